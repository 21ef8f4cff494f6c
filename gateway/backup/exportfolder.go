package backup

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// A pass is one run over one folder.
type pass struct {
	*exporter
	folder *folder
	*manifest
	store  store
	todo   []mapiclient.Ref
	keys   map[mapi.MessageID]want
	listed map[string]bool // all that the server has, when it was asked for all
	states map[string]bool // read or not, of what has not changed otherwise
	failed bool
}

// A want is a message to be read.
type want struct{ key, change string }

// folder brings one folder up to date.
func (e *exporter) folder(ctx context.Context, f *folder) error {
	m, s, err := e.open(f)
	if err != nil {
		return err
	}
	defer m.close()
	p := &pass{exporter: e, folder: f, manifest: m, store: s, keys: make(map[mapi.MessageID]want), states: make(map[string]bool)}
	changes, next, err := p.sync(ctx)
	if err != nil {
		return err
	}
	e.progress.Total += int64(len(p.todo)) - int64(f.count)
	written := e.result.Written
	if err := e.Mailbox.OpenAll(ctx, f.id, p.todo, func(ref mapiclient.Ref, o *mapiclient.Opened, err error) error {
		return p.each(ctx, ref, o, err)
	}); err != nil {
		return err
	}
	if err := p.departures(ctx, changes); err != nil {
		return err
	}
	if err := p.readStates(ctx, changes); err != nil {
		return err
	}
	if err := s.commit(m.sorted()); err != nil {
		return err
	}
	for _, r := range m.records {
		if !r.Gone {
			e.result.Unchanged++
		}
	}
	e.result.Unchanged -= e.result.Written - written
	if p.failed { // told again the next time, and what is here then is passed over
		next = m.state
	}
	return m.commit(next)
}

// sync asks what has changed. If files are missing that should be there, or the
// state is of another life of the mailbox, it asks for everything.
func (p *pass) sync(ctx context.Context) (*mapiclient.Changes, []byte, error) {
	state := p.manifest.state
	for _, r := range p.records {
		if !r.Gone && !p.store.there(r) {
			state = nil
			break
		}
	}
	changes, next, err := p.ask(ctx, state)
	if errors.Is(err, mapiclient.ErrForeignState) {
		changes, next, err = p.ask(ctx, nil)
	}
	return changes, next, err
}

func (p *pass) ask(ctx context.Context, state []byte) (*mapiclient.Changes, []byte, error) {
	p.todo = nil
	p.listed = nil
	if state == nil {
		p.listed = make(map[string]bool)
	}
	return p.Mailbox.Sync(ctx, p.folder.id, state, mapiclient.SyncOptions{
		Columns: []mapi.PropTag{mapi.PidTagMessageFlags.Tag()},
		Change:  func(c *mapiclient.Change) error { p.change(c); return nil },
	})
}

// change notes what is to be read.
func (p *pass) change(c *mapiclient.Change) {
	if c.Associated {
		return
	}
	w := want{hex.EncodeToString(c.SourceKey), hex.EncodeToString(c.ChangeKey)}
	if p.listed != nil {
		p.listed[w.key] = true
	}
	if r := p.records[w.key]; r != nil && !r.Gone && w.change != "" && r.Change == w.change && p.store.there(r) {
		if flags, told := mapi.PidTagMessageFlags.From(c.Props); told {
			p.states[w.key] = flags&mapi.MfRead != 0
		}
		return
	}
	p.keys[c.ID] = w
	p.todo = append(p.todo, mapiclient.Ref{ID: c.ID, Size: int(c.Size)})
}

// each takes one message, and goes on after what is the fault of the message alone.
func (p *pass) each(ctx context.Context, ref mapiclient.Ref, o *mapiclient.Opened, err error) error {
	if err == nil {
		err = p.take(ctx, ref, o)
		o.Close()
	}
	p.progress.Done++
	p.Progress(p.progress)
	var local *diskError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, mapiclient.ErrGone):
		return nil // the next synchronisation tells
	case ctx.Err() != nil, errors.As(err, &local), p.Mailbox.Lost() != nil:
		return err
	}
	p.failed = true
	p.result.Failed = append(p.result.Failed, Failure{Folder: p.folder.name(), Message: ref.ID.String(), Err: err})
	return nil
}

// take writes one message.
func (p *pass) take(ctx context.Context, ref mapiclient.Ref, o *mapiclient.Opened) error {
	w := p.keys[ref.ID]
	k := kindOf(&o.Message)
	temporary, size, err := p.write(ctx, o, k)
	if err != nil {
		return err
	}
	r := &record{
		Key: w.key, Change: w.change, States: statesOf(o.Props), Time: received(o.Props),
		Class: mapi.PidTagMessageClass.Get(o.Props), SearchKey: hex.EncodeToString(mapi.PidTagSearchKey.Get(o.Props)),
	}
	if err := p.store.put(r, p.records[w.key], k, mapi.PidTagSubject.Get(o.Props), temporary); err != nil {
		_ = os.Remove(temporary)
		return err
	}
	p.result.Written++
	p.result.Bytes += size
	return p.note(line{Message: r})
}

// write writes a message to a temporary file and gives its name.
func (p *pass) write(ctx context.Context, o *mapiclient.Opened, k kind) (name string, size int64, err error) {
	f, err := os.CreateTemp(p.below("tmp"), "message-*")
	if err != nil {
		return "", 0, disk(err)
	}
	out := &counter{w: diskWriter{f}}
	w := bufio.NewWriterSize(out, 64<<10)
	var to io.Writer = w
	if p.Format == Maildir && k == kindMail {
		to = &unixLines{w: w}
	}
	losses, err := render(ctx, to, &o.Message, k, p.Resolver)
	if err == nil {
		err = disk(errors.Join(w.Flush(), f.Sync()))
	}
	err = errors.Join(err, disk(f.Close()))
	if err != nil {
		_ = os.Remove(f.Name())
		return "", 0, err
	}
	if len(losses) > 0 {
		p.result.Lossy++
		if p.Loss != nil {
			p.Loss(p.folder.name(), mapi.PidTagSubject.Get(o.Props), losses)
		}
	}
	return f.Name(), out.n, nil
}

// received tells when a message came or was sent or, at the least, made.
func received(props mapi.Props) time.Time {
	for _, tag := range []mapi.Tag[time.Time]{
		mapi.PidTagMessageDeliveryTime, mapi.PidTagClientSubmitTime, mapi.PidTagCreationTime, mapi.PidTagLastModificationTime,
	} {
		if t, ok := tag.From(props); ok && t.Year() > 1970 && t.Year() < 4000 {
			return t.UTC()
		}
	}
	return time.Time{}
}

// departures notes what has left the folder.
func (p *pass) departures(ctx context.Context, c *mapiclient.Changes) error {
	for _, r := range p.sorted() {
		if p.listed != nil {
			if !p.listed[r.Key] {
				if err := p.gone(p.manifest, p.store, r); err != nil {
					return err
				}
			}
			continue
		}
		id, err := p.id(ctx, r)
		if err != nil {
			return err
		}
		if r.Gone && p.Delete || c.Deleted.Contains(id) || c.OutOfScope.Contains(id) {
			if err := p.gone(p.manifest, p.store, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// id gives the id that a message has in this logon.
func (p *pass) id(ctx context.Context, r *record) (mapi.MessageID, error) {
	key, err := hex.DecodeString(r.Key)
	if err != nil {
		return 0, err
	}
	return p.Mailbox.MessageFromSourceKey(ctx, key)
}

// readStates brings what was read since, or is unread again.
func (p *pass) readStates(ctx context.Context, c *mapiclient.Changes) error {
	for _, r := range p.sorted() {
		if r.Gone {
			continue
		}
		seen, told := p.states[r.Key]
		if !told && c.Read.Len()+c.Unread.Len() > 0 {
			id, err := p.id(ctx, r)
			if err != nil {
				return err
			}
			read, unread := c.Read.Contains(id), c.Unread.Contains(id)
			seen, told = read, read || unread
		}
		if !told || r.States.has(stateSeen) == seen {
			continue
		}
		marked := *r
		if err := p.store.mark(&marked, r.States.with(stateSeen, seen)); err != nil {
			return err
		}
		if err := p.note(line{Message: &marked}); err != nil {
			return err
		}
		p.result.Marked++
	}
	return nil
}

// String says which message and why.
func (f Failure) String() string {
	return strings.Join([]string{f.Folder + "/" + f.Message, f.Err.Error()}, ": ")
}
