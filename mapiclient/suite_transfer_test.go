package mapiclient_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/fasttransfer"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// counted opens the mailbox of a target so that its requests are counted.
func counted(t *testing.T, tg target) (*mapiclient.Mailbox, func(func()) int64) {
	t.Helper()
	var n atomic.Int64
	opts := tg.options
	opts.Observe = func(e mapihttp.Exchange) {
		if e.Type == "Execute" {
			n.Add(1)
		}
	}
	c, err := mapiclient.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.OpenMailbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close(context.Background()); c.Close() })
	return m, func(f func()) int64 {
		before := n.Load()
		f()
		return n.Load() - before
	}
}

// needs skips a test of what the server says it does not have.
func needs(t *testing.T, err error) {
	t.Helper()
	if errors.Is(err, mapi.ErrNotImplemented) || errors.Is(err, mapi.ErrNotSupported) {
		t.Skip("the server does not have this:", err)
	}
}

// newFolder makes an empty folder for a test.
func newFolder(t *testing.T, m *mapiclient.Mailbox) mapi.FolderID {
	t.Helper()
	folder, err := m.CreateFolder(t.Context(), m.SpecialFolder(rop.FolderIPMSubtree), fmt.Sprintf("Suite %016x", rand.Uint64()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		rows, _ := m.Messages(context.Background(), folder, mapiclient.Query{})
		for _, r := range rows {
			_ = m.Delete(context.Background(), folder, r.ID)
		}
	})
	return folder
}

func saveIn(t *testing.T, m *mapiclient.Mailbox, folder mapi.FolderID, msg *mapi.Message) mapi.MessageID {
	t.Helper()
	id, err := m.Save(t.Context(), folder, msg)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func random(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	return b
}

// parcel is a note with everything that travels: bodies, names, attachments, a
// message within it.
func parcel(tg target, size int) *mapi.Message {
	msg, subject := note(tg)
	inner, _ := note(tg)
	inner.Attachments = []mapi.Attachment{file("inner.bin", random(5000))}
	msg.Props.Set(mapi.PidTagHtml.Of(bytes.Repeat([]byte("<p>äöü</p>"), 2000)))
	msg.Props.Set(mapi.PidTagInternetCodepage.Of(65001))
	msg.Props.Set(mapi.InternetHeader("X-Mapigate-Id").Of(subject))
	msg.Props.Set(mapi.PidNameKeywords.Of([]string{"red", "blue"}))
	msg.Recipients = append(msg.Recipients, recipient(mapi.RecipientCc, "cc@example.test"), recipient(mapi.RecipientBcc, "bcc@example.test"))
	msg.Attachments = []mapi.Attachment{
		file("first.bin", random(size)), file("ünï.txt", []byte("hello")),
		{Props: mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachEmbeddedMessage), mapi.PidTagDisplayName.Of("inner")}, Message: inner},
	}
	return msg
}

func file(name string, data []byte) mapi.Attachment {
	return mapi.Attachment{
		Props: mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachByValue), mapi.PidTagAttachLongFilename.Of(name), mapi.PidTagRenderingPosition.Of(-1)},
		Data:  mapi.BytesStream(data),
	}
}

// same compares what came back with what was written.
func same(t *testing.T, got, want *mapi.Message) {
	t.Helper()
	for _, p := range want.Props {
		var v any
		for _, g := range got.Props {
			if p.Name != nil && g.Name != nil && g.Name.Same(*p.Name) || p.Name == nil && g.Name == nil && g.Tag == p.Tag {
				v = g.Value
			}
		}
		if p.Tag != mapi.PidTagMessageFlags.Tag() && fmt.Sprint(v) != fmt.Sprint(p.Value) {
			t.Errorf("%v %v is %.60v, want %.60v", p.Tag, p.Name, fmt.Sprint(v), fmt.Sprint(p.Value))
		}
	}
	if len(got.Recipients) != len(want.Recipients) || len(got.Attachments) != len(want.Attachments) {
		t.Fatalf("%d recipients and %d attachments, want %d and %d",
			len(got.Recipients), len(got.Attachments), len(want.Recipients), len(want.Attachments))
	}
	for i := range want.Recipients {
		g, w := got.Recipients[i], want.Recipients[i]
		if g.Type != w.Type || mapi.PidTagEmailAddress.Get(g.Props) != mapi.PidTagEmailAddress.Get(w.Props) {
			t.Errorf("recipient %d is %v %v", i, g.Type, g.Props)
		}
	}
	for i := range want.Attachments {
		g, w := got.Attachments[i], want.Attachments[i]
		if a, b := mapi.PidTagAttachLongFilename.Get(g.Props), mapi.PidTagAttachLongFilename.Get(w.Props); a != b {
			t.Errorf("attachment %d is called %q, want %q", i, a, b)
		}
		switch {
		case (g.Message == nil) != (w.Message == nil):
			t.Errorf("attachment %d: message %v, want %v", i, g.Message, w.Message)
		case w.Message != nil:
			same(t, g.Message, w.Message)
		case !bytes.Equal(content(t, g.Data), content(t, w.Data)):
			t.Errorf("attachment %d has other content", i)
		}
	}
}

func testDownload(t *testing.T, tg target, _ *mapiclient.Mailbox) {
	m, count := counted(t, tg)
	folder := newFolder(t, m)
	needs(t, m.Download(t.Context(), folder, []mapi.MessageID{1}, mapiclient.DownloadOptions{}, func(*mapiclient.Downloaded) error { return nil }))
	want := make(map[mapi.MessageID]*mapi.Message)
	var ids []mapi.MessageID
	for i := range 5 {
		msg := parcel(tg, 100_000*i)
		id := saveIn(t, m, folder, msg)
		want[id], ids = msg, append(ids, id)
	}
	gone := saveIn(t, m, folder, parcel(tg, 10))
	if err := m.Delete(t.Context(), folder, gone); err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{2, 5} {
		downloadAll(t, m, count, folder, slices.Insert(slices.Clone(ids), at, gone), want)
	}
	var last error
	if err := m.Download(t.Context(), folder, []mapi.MessageID{gone}, mapiclient.DownloadOptions{}, func(d *mapiclient.Downloaded) error { last = d.Err; return nil }); err != nil || !errors.Is(last, mapiclient.ErrNotDownloaded) {
		t.Errorf("one that is gone: %v, %v", err, last)
	}
	testDownloadEnds(t, m, count, folder, ids, want)
}

// downloadAll downloads messages of which one is not wanted, because it is gone.
func downloadAll(t *testing.T, m *mapiclient.Mailbox, count func(func()) int64, folder mapi.FolderID, asked []mapi.MessageID, want map[mapi.MessageID]*mapi.Message) {
	t.Helper()
	seen := make(map[mapi.MessageID]error)
	n := count(func() {
		err := m.Download(t.Context(), folder, asked, mapiclient.DownloadOptions{}, func(d *mapiclient.Downloaded) error {
			if _, twice := seen[d.ID]; twice {
				t.Errorf("%v came twice", d.ID)
			}
			if seen[d.ID] = d.Err; d.Message != nil {
				same(t, d.Message, want[d.ID])
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	for _, id := range asked {
		if err, came := seen[id]; !came || (want[id] == nil) != errors.Is(err, mapiclient.ErrNotDownloaded) || want[id] != nil && err != nil {
			t.Errorf("%v: came %v, %v", id, came, err)
		}
	}
	opened := count(func() {
		for id := range want {
			for _, a := range open(t, m, folder, id).Attachments {
				if a.Data != nil {
					content(t, a.Data)
				}
			}
		}
	})
	t.Logf("%d messages, 1.1 MB: %d requests, one by one %d", len(want), n, opened)
}

// testDownloadEnds ends downloads in other ways.
func testDownloadEnds(t *testing.T, m *mapiclient.Mailbox, count func(func()) int64, folder mapi.FolderID, ids []mapi.MessageID, want map[mapi.MessageID]*mapi.Message) {
	err := m.Download(t.Context(), folder, ids, mapiclient.DownloadOptions{Limit: 150_000}, func(d *mapiclient.Downloaded) error {
		if small := d.ID == ids[0] || d.ID == ids[1]; small != (d.Err == nil) || !small && !errors.Is(d.Err, fasttransfer.ErrTooLarge) {
			t.Errorf("with a limit, %v: %v", d.ID, d.Err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	enough := errors.New("enough")
	if err := m.Download(t.Context(), folder, ids, mapiclient.DownloadOptions{}, func(*mapiclient.Downloaded) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("taking no more: %v", err)
	}
	// The session works on after a download was left in its middle.
	opened := open(t, m, folder, ids[4])
	whole, err := opened.Download(t.Context(), mapiclient.DownloadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, whole, want[ids[4]])
	one := count(func() {
		_ = m.Download(t.Context(), folder, ids[:1], mapiclient.DownloadOptions{}, func(d *mapiclient.Downloaded) error { return d.Err })
	})
	if one != 1 {
		t.Errorf("a small message took %d requests, want 1", one)
	}
}

func testUpload(t *testing.T, tg target, _ *mapiclient.Mailbox) {
	m, count := counted(t, tg)
	folder := newFolder(t, m)
	for _, size := range []int{100, 20_000, 300_000} {
		msg := parcel(tg, size)
		var id mapi.MessageID
		var err error
		uploaded := count(func() { id, err = m.Upload(t.Context(), folder, msg) })
		if needs(t, err); err != nil {
			t.Fatal(err)
		}
		same(t, &open(t, m, folder, id).Message, msg)
		again := count(func() { _, err = m.Upload(t.Context(), folder, msg) })
		saved := count(func() { saveIn(t, m, folder, msg) })
		t.Logf("attachment of %d bytes: %d requests by FastTransfer (%d at first), %d by streams", size, again, uploaded, saved)
	}
	many, _ := note(tg)
	for i := range 150 {
		many.Attachments = append(many.Attachments, file(fmt.Sprint(i), random(300)))
	}
	var err error
	uploaded := count(func() { _, err = m.Upload(t.Context(), folder, many) })
	if err != nil {
		t.Fatal(err)
	}
	saved := count(func() { saveIn(t, m, folder, many) })
	t.Logf("%d attachments: %d requests by FastTransfer, %d by streams", len(many.Attachments), uploaded, saved)
}

func testSync(t *testing.T, tg target, _ *mapiclient.Mailbox) {
	m, count := counted(t, tg)
	folder := newFolder(t, m)
	columns := []mapi.PropTag{mapi.PidTagSubject.Tag(), mapi.PidTagMessageFlags.Tag()}
	var state []byte
	sync := func() *mapiclient.Changes {
		t.Helper()
		var changes *mapiclient.Changes
		n := count(func() {
			var err error
			changes, state, err = m.Sync(t.Context(), folder, state, mapiclient.SyncOptions{Columns: columns})
			if needs(t, err); err != nil {
				t.Fatal(err)
			}
		})
		if n != 1 {
			t.Errorf("a synchronisation took %d requests, want 1", n)
		}
		return changes
	}
	if c := sync(); !c.Empty() {
		t.Errorf("an empty folder: %+v", c)
	}
	var ids []mapi.MessageID
	subjects := make(map[mapi.MessageID]string)
	for range 4 {
		msg, subject := note(tg)
		id := saveIn(t, m, folder, msg)
		ids, subjects[id] = append(ids, id), subject
	}
	c := sync()
	if len(c.Messages) != 4 || c.Deleted.Len() != 0 {
		t.Fatalf("four new messages: %+v", c)
	}
	for _, ch := range c.Messages {
		if !ch.New || ch.Associated || ch.Size == 0 || ch.Number == 0 || time.Since(ch.Modified) > time.Hour ||
			mapi.PidTagSubject.Get(ch.Props) != subjects[ch.ID] || len(ch.SourceKey) != 22 {
			t.Errorf("new message %+v", ch)
		}
		if len(ch.Props) > 8 {
			t.Errorf("%d properties, asked for %d: %v", len(ch.Props), len(columns), ch.Props)
		}
	}
	if c := sync(); !c.Empty() {
		t.Errorf("nothing has changed: %+v", c)
	}

	change(t, m, folder, ids[0])
	if err := m.Delete(t.Context(), folder, ids[1]); err != nil {
		t.Fatal(err)
	}
	other := newFolder(t, m)
	if err := m.Move(t.Context(), folder, other, ids[2]); err != nil {
		t.Fatal(err)
	}
	before := state
	c = sync()
	if len(c.Messages) != 1 || c.Messages[0].ID != ids[0] || c.Messages[0].New {
		t.Errorf("one was changed: %+v", c.Messages)
	}
	if c.Deleted.Len() != 2 || !c.Deleted.Contains(ids[1]) || !c.Deleted.Contains(ids[2]) || c.Deleted.Contains(ids[3]) {
		t.Errorf("two have gone: %v", slices.Collect(c.Deleted.All()))
	}
	// The state from before tells the same again: it is only what the client knows.
	state = before
	if c := sync(); len(c.Messages) != 1 || c.Deleted.Len() != 2 {
		t.Errorf("again from the state before: %+v", c)
	}

	state = before
	_ = sync()
	for _, read := range []bool{false, true} {
		if err := m.MarkRead(t.Context(), folder, read, ids[3]); err != nil {
			t.Fatal(err)
		}
		c := sync()
		if len(c.Messages) != 0 || c.Read.Contains(ids[3]) != read || c.Unread.Contains(ids[3]) == read || c.Read.Len()+c.Unread.Len() != 1 {
			t.Errorf("marked read %v: %+v", read, c)
		}
	}

	for name, foreign := range map[string][]byte{"of another folder": state, "cut": state[:len(state)-3], "nonsense": []byte("nonsense")} {
		in := folder
		if name == "of another folder" {
			in = other
		}
		if _, _, err := m.Sync(t.Context(), in, foreign, mapiclient.SyncOptions{}); !errors.Is(err, mapiclient.ErrForeignState) {
			t.Errorf("a state %s: %v", name, err)
		}
	}
	enough := errors.New("enough")
	_, _, err := m.Sync(t.Context(), folder, nil, mapiclient.SyncOptions{Change: func(*mapiclient.Change) error { return enough }})
	if !errors.Is(err, enough) {
		t.Errorf("taking no more: %v", err)
	}
}

func change(t *testing.T, m *mapiclient.Mailbox, folder mapi.FolderID, id mapi.MessageID) {
	t.Helper()
	o, err := m.Open(t.Context(), folder, id, mapiclient.OpenOptions{Write: true})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if err := o.SetProps(t.Context(), mapi.Props{mapi.PidTagImportance.Of(2)}); err != nil {
		t.Fatal(err)
	}
	if err := o.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A state larger than a request, and changes larger than an answer.
func testSyncLarge(t *testing.T, tg target, _ *mapiclient.Mailbox) {
	m, count := counted(t, tg)
	folder := newFolder(t, m)
	_, _, err := m.Sync(t.Context(), folder, nil, mapiclient.SyncOptions{})
	needs(t, err)
	const n = 60
	for range n {
		msg, _ := note(tg)
		saveIn(t, m, folder, msg)
	}
	seen := 0
	var state []byte
	requests := count(func() {
		var err error
		_, state, err = m.Sync(t.Context(), folder, nil, mapiclient.SyncOptions{Change: func(*mapiclient.Change) error { seen++; return nil }})
		if err != nil {
			t.Fatal(err)
		}
	})
	if seen != n {
		t.Errorf("%d changes, want %d", seen, n)
	}
	t.Logf("%d new messages: %d requests, a state of %d bytes", n, requests, len(state))

	// What the client claims to know and the folder does not have is deleted.
	const known = 20_000
	ours := fasttransfer.State{Given: fasttransfer.IDSet{{Replica: replica(t, m)}}}
	for i := range uint64(known) {
		ours.Given[0].Set.Add(1<<40+20*i, 1<<40+20*i)
	}
	head := bytes.Index(state, []byte{0x03, 0x00, 0x3A, 0x40}) // IncrSyncStateBegin
	claimed := &buffer{data: slices.Clone(state[:head])}
	w := fasttransfer.NewWriter(claimed)
	_ = ours.Write(w)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	var changes *mapiclient.Changes
	requests = count(func() {
		var err error
		if changes, _, err = m.Sync(t.Context(), folder, claimed.data, mapiclient.SyncOptions{}); err != nil {
			t.Fatal(err)
		}
	})
	if len(changes.Messages) != n || changes.Deleted.Len() != known {
		t.Errorf("%d changes and %d deletions, want %d and %d", len(changes.Messages), changes.Deleted.Len(), n, known)
	}
	t.Logf("a state of %d bytes: %d requests", len(claimed.data), requests)
}

// replica gives the replica that the mailbox makes ids in.
func replica(t *testing.T, m *mapiclient.Mailbox) mapi.GUID {
	t.Helper()
	folder := newFolder(t, m)
	msg, _ := note(target{recipient: "a@example.test"})
	saveIn(t, m, folder, msg)
	c, _, err := m.Sync(t.Context(), folder, nil, mapiclient.SyncOptions{})
	if err != nil || len(c.Messages) != 1 {
		t.Fatal(c, err)
	}
	long, err := mapi.ParseSourceKey(c.Messages[0].SourceKey)
	if err != nil {
		t.Fatal(err)
	}
	return long.Replica
}

// A buffer keeps a stream.
type buffer struct{ data []byte }

func (*buffer) Room() int { return 1 << 20 }
func (b *buffer) Put(p []byte) error {
	b.data = append(b.data, p...)
	return nil
}
