package store

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// A logged is a mailbox whose log is kept in memory.
type logged struct {
	*Mailbox
	records [][]byte
	opts    Options
}

func newLogged(t *rapid.T, dir string) *logged {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	l := &logged{opts: Options{Dir: dir, Values: dir, Now: func() time.Time { now = now.Add(time.Second); return now }}}
	l.Mailbox = NewMailbox(Owner{DN: "/o=x", DisplayName: "X", Address: "x@example.test"}, l.opts)
	log := func(record []byte, err error) {
		if err != nil {
			t.Fatalf("a change cannot be written down: %v", err)
		}
		l.records = append(l.records, bytes.Clone(record))
	}
	l.Everything(log)
	l.KeepLog(log)
	return l
}

// replay makes the mailbox anew from the records.
func (l *logged) replay(t *rapid.T, records [][]byte) *Mailbox {
	i := NewImage(l.GUID, l.Replica, l.opts.Values)
	for n, r := range records {
		if err := i.Apply(r); err != nil {
			t.Fatalf("record %d: %v", n, err)
		}
	}
	m, err := i.Mailbox(l.Owner, l.opts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// portrait is everything about a mailbox that has to survive.
func portrait(m *Mailbox) map[string]any {
	p := map[string]any{
		"counters": []uint64{m.counter, m.change}, "size": m.size, "props": plain(m.props), "names": slices.Clone(m.Names.names),
	}
	for _, f := range m.folders {
		p["folder "+f.ID.String()] = []any{f.name, f.Path(), f.above().ID, plain(f.props), f.created, f.modified, f.committed, f.change, fmt.Sprint(f.rights)}
		for kind, list := range map[string][]*Message{"normal": f.normal, "associated": f.associated, "deleted": f.deleted} {
			for _, msg := range list {
				p[kind+" "+msg.ID.String()] = []any{f.ID, msg.status, msg.created, msg.change, msg.readChange, msg.size, msg.state, msg.soft, plainContent(msg.content)}
			}
		}
	}
	for n, f := range m.special {
		p[fmt.Sprint("special ", n)] = f.ID
	}
	for _, msg := range m.messages {
		p["known "+msg.ID.String()] = msg.folder.ID
	}
	return p
}

func plainContent(c *Content) any {
	out := []any{c.Flags, plain(c.Props)}
	for _, r := range c.Recipients {
		out = append(out, r.RowID, r.Type, plain(r.Props))
	}
	for _, a := range c.Attachments {
		out = append(out, a.Number, plain(a.Props))
		if a.Embedded != nil {
			out = append(out, plainContent(a.Embedded))
		}
	}
	return out
}

// plain is a bag with large values as what is in them.
func plain(ps mapi.Props) string {
	var b bytes.Buffer
	for _, p := range ps {
		v := p.Value
		if blob, ok := v.(*Blob); ok {
			v, _ = blob.Bytes()
		}
		fmt.Fprintf(&b, "%v=%T %v\n", p.Tag, v, v)
	}
	return b.String()
}

// TestReplay does things at random and compares the mailbox with the one that
// its log gives, after each step.
func TestReplay(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		l := newLogged(t, dir)
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			l.Lock()
			l.step(t)
			l.Unlock()
			same(t, portrait(l.Mailbox), portrait(l.replay(t, l.records)))
		}
		var all [][]byte
		l.Everything(func(r []byte, err error) { all = append(all, r) })
		same(t, portrait(l.Mailbox), portrait(l.replay(t, all)))
	})
}

func same(t *rapid.T, want, got map[string]any) {
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if !reflect.DeepEqual(got[k], want[k]) {
			t.Fatalf("%s:\n got %v\nwant %v", k, got[k], want[k])
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d things, want %d", len(got), len(want))
	}
}

func (l *logged) step(t *rapid.T) {
	folders := slices.SortedFunc(maps.Values(l.folders), func(a, b *Folder) int { return byCounter(uint64(a.ID), uint64(b.ID)) })
	messages := slices.SortedFunc(maps.Values(l.messages), func(a, b *Message) int { return byCounter(uint64(a.ID), uint64(b.ID)) })
	f := rapid.SampledFrom(folders).Draw(t, "folder")
	steps := []func(){
		func() { l.write(t, f.CreateMessage(rapid.Bool().Draw(t, "associated"))) },
		func() { f.CreateFolder(rapid.StringN(1, 5, 20).Draw(t, "name"), "a comment") },
		func() { f.Set(mapi.PidTagComment.Of("is\x00 this")) },
		func() { f.SetRights(rapid.SampledFrom([]string{"", "/o=y"}).Draw(t, "who"), 3) },
		func() { l.Set(mapi.PidTagComment.Of("mine")) },
		func() {
			l.Names.Register(mapi.PropertyName{Set: mapi.PSPublicStrings, Name: rapid.String().Draw(t, "property")})
		},
		func() { f.DeleteFolder(rapid.SampledFrom(folders).Draw(t, "child").ID, true, true) },
		func() {
			if child := rapid.SampledFrom(folders).Draw(t, "moved"); child.parent != nil {
				child.parent.MoveFolder(child, f, child.name)
			}
		},
	}
	if len(messages) > 0 {
		m := rapid.SampledFrom(messages).Draw(t, "message")
		steps = append(steps,
			func() { l.write(t, m.Open(true)) },
			func() { l.Move(m, f) },
			func() { l.Copy(m, f) },
			func() { l.Delete(m, rapid.Bool().Draw(t, "hard")) },
			func() { m.SetRead(rapid.Bool().Draw(t, "read")) },
			func() { m.SetStatus(3, 1) },
			func() { m.ClearNotify(mapi.MfNotifyRead) },
			func() {
				if m.state == StateIdle && !m.associated {
					m.Submit(rapid.SampledFrom([]State{StateQueued, StateSpooled}).Draw(t, "state"), func(*Content) {})
				}
			},
			func() {
				if m.state == StateQueued {
					m.SetState(StateSending)
				}
			},
			func() {
				if m.state != StateIdle {
					m.File(true, true)
				}
			},
			m.Aborted,
		)
	}
	rapid.SampledFrom(steps).Draw(t, "step")()
}

// write fills a draft with values of many types and saves it.
func (l *logged) write(t *rapid.T, d *Draft) {
	id, _ := l.Names.Register(mapi.PropertyName{Set: mapi.PSMAPI, LID: 0x9000})
	for _, p := range []mapi.Prop{
		mapi.PidTagMessageFlags.Of(mapi.MfNotifyRead | mapi.MfUnsent), mapi.PidTagSubject.Of(rapid.String().Draw(t, "subject")), mapi.PidTagBody.Of("a\x00b"),
		{Tag: mapi.PidTagBody.Tag().WithType(mapi.PtypString8), Value: mapi.String8("a\x00\xE4")},
		mapi.PidTagHtml.Of(bytes.Repeat([]byte{1}, rapid.SampledFrom([]int{0, 10, inline + 10}).Draw(t, "size"))),
		mapi.PidTagConversationIndex.Of([]byte{}), mapi.PidTagReadReceiptRequested.Of(true),
		{Tag: mapi.MakeTag(id, mapi.PtypMultipleString), Value: []string{"x\x00", ""}},
		mapi.PidTagSentMailSvrEID.Of(mapi.StoreServerID{Folder: l.special[SentItems].ID}.ServerID()),
	} {
		d.Set(p)
	}
	d.SetRecipient(Recipient{RowID: 7, Recipient: mapi.Recipient{Type: mapi.RecipientCc, Props: mapi.Props{mapi.PidTagDisplayName.Of("Otto")}}})
	a, code := d.CreateAttachment()
	if code == 0 {
		a.Set(mapi.PidTagAttachLongFilename.Of("a.txt"))
		inner, _ := a.OpenEmbedded(true, true)
		inner.Set(mapi.PidTagSubject.Of("inside"))
		inner.Save(false)
		a.Save()
	}
	d.Save(false)
}

// FuzzReplay feeds bytes to an image: they are refused or taken, nothing worse.
func FuzzReplay(f *testing.F) {
	dir := f.TempDir()
	m := NewMailbox(Owner{}, Options{Dir: dir, Values: dir})
	m.Everything(func(record []byte, _ error) { f.Add(record) })
	f.Fuzz(func(t *testing.T, record []byte) {
		i := NewImage(m.GUID, m.Replica, dir)
		if i.Apply(record) == nil {
			_, _ = i.Mailbox(Owner{}, Options{Dir: dir})
		}
	})
}
