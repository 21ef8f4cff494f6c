package mapiclient

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// SubmitOptions say how a message is sent. The zero value works.
type SubmitOptions struct {
	// SentTo is the folder for the sent copy; 0 is Sent Items.
	SentTo mapi.FolderID
	// DraftOnly are properties that the message has until it is submitted, and then no more: they tell a draft that was left
	// over, when a session is lost, from what somebody makes of the sent copy.
	DraftOnly mapi.Props
	// OneRequest sends a message without large values, whose shape the server has taken
	// before, with one request. It saves a round trip; but ROPs behind a failed one run
	// nevertheless ([MS-OXCROPS] 3.2.5.1), so when the server refuses a part of it this time,
	// it sends the rest: see [SubmitError]. Otherwise all is written and checked before the submit.
	OneRequest bool
}

// Submit writes a message into the Outbox and has the server send it.
// [MS-OXOMSG] 3.2.4
//
// Success means that the server took the message; where it will end is not
// known yet. Errors:
//   - *[mapihttp.UnknownOutcomeError]: the answer was lost. It may have been
//     sent: look for it before trying again.
//   - *[SubmitError]: the server refused or broke off, see there.
//   - *[UnsentError]: the session was lost before the server was asked to send.
//   - any other error: it has not been sent, and what was written is deleted.
//
// Everything is written, and its answers are checked, before the submit.
func (m *Mailbox) Submit(ctx context.Context, msg *mapi.Message, opts SubmitOptions) (mapi.MessageID, error) {
	if opts.SentTo == 0 {
		opts.SentTo = m.SpecialFolder(rop.FolderSentItems)
	}
	outgoing := *msg
	filed, err := m.filedIn(ctx, msg.Props, opts.SentTo)
	if err != nil {
		return 0, err
	}
	outgoing.Props = append(filed, opts.DraftOnly...)
	marks, err := m.bind(ctx, opts.DraftOnly)
	if err != nil {
		return 0, err
	}

	w := writer{pipeline: m.session.pipeline(ctx), mailbox: m}
	var id mapi.MessageID
	outbox := m.SpecialFolder(rop.FolderOutbox)
	o, err := w.draft(outbox, &outgoing, &id)
	key := shapeOf(&outgoing)
	known := opts.OneRequest && m.client.shapes.known(key)
	if err == nil && !known {
		err = w.flush()
	}
	asked, sent := false, false
	if err == nil {
		asked = true
		w.unmark(o, marks)
		add(w.pipeline, o, &rop.SubmitMessageRequest{}, func(*rop.SubmitMessageResponse) error { sent = true; return nil })
		w.release(o)
		err = w.flush()
	}
	if err == nil {
		m.client.shapes.learn(key)
		return id, nil
	}
	m.client.shapes.forget(key)
	if !asked && m.session.Lost() != nil {
		m.session.discard(o)
		return id, &UnsentError{Err: err}
	}
	return id, m.submitFailed(ctx, o, outbox, id, sent, err)
}

// An UnsentError says that the session was lost before the server was asked to
// send a message. What was written of it may lie in the Outbox, as a draft.
type UnsentError struct{ Err error }

// Error implements error.
func (e *UnsentError) Error() string {
	return fmt.Sprintf("not sent, the session was lost before: %v", e.Err)
}

// Unwrap gives the cause.
func (e *UnsentError) Unwrap() error { return e.Err }

// SubmitStored has the server send a message that is stored already, as it is.
// A bare submit must never be repeated without looking: see [Mailbox.Submit] for
// its errors. [MS-OXOMSG] 2.2.3.1
func (m *Mailbox) SubmitStored(ctx context.Context, folder mapi.FolderID, id mapi.MessageID) error {
	p := m.session.pipeline(ctx)
	o := create(p, p.logon, &rop.OpenMessageRequest{
		CodePageID: rop.CodePageLogon, FolderID: folder, OpenModeFlags: rop.MessageReadWrite, MessageID: id,
	}, nil)
	if err := p.flush(); err != nil {
		return err
	}
	sent := false
	add(p, o, &rop.SubmitMessageRequest{}, func(*rop.SubmitMessageResponse) error { sent = true; return nil })
	p.release(o)
	if err := p.flush(); err != nil {
		var unknown *mapihttp.UnknownOutcomeError
		if errors.As(err, &unknown) || m.session.Lost() != nil {
			return err
		}
		return &SubmitError{ID: id, Sent: sent || errors.Is(err, mapi.WarnWithErrors), Unknown: isWarning(err) && !errors.Is(err, mapi.WarnNoService), Err: err}
	}
	return nil
}

// unmark takes properties off a draft as it is submitted: the submit commits that with the rest. Whether it works does not matter to the
// message.
func (w *writer) unmark(o *object, marks mapi.Props) {
	q := new(rop.DeletePropertiesRequest)
	for i := range marks {
		q.Tags = append(q.Tags, marks[i].Tag)
	}
	if len(q.Tags) == 0 || !w.room(q) {
		return
	}
	call := rop.Add(w.batch, w.slot(o), q)
	w.checks = append(w.checks, func() error { _, _ = call.Result(); return nil })
}

// draft queues a new message with its content and its first save.
func (w *writer) draft(folder mapi.FolderID, msg *mapi.Message, id *mapi.MessageID) (*object, error) {
	o := create(w.pipeline, w.logon, &rop.CreateMessageRequest{CodePageID: rop.CodePageLogon, FolderID: folder}, nil)
	if err := w.content(o, msg); err != nil {
		return o, err
	}
	add(w.pipeline, o, &rop.SaveChangesMessageRequest{SaveFlags: rop.KeepOpenReadWrite}, func(r *rop.SaveChangesMessageResponse) error {
		*id = r.MessageID
		return nil
	})
	return o, w.err
}

// A SubmitError says how far a submit got that did not end well.
type SubmitError struct {
	// ID is the message in the Outbox, if it is still there.
	ID mapi.MessageID
	// Sent says that the server has sent it nevertheless: incomplete, because something before
	// the submit failed (ID is 0; only with OneRequest), or complete but without its copy filed.
	Sent bool
	// Unknown says that the server cannot tell whether it was sent to somebody.
	Unknown bool
	// Err is the cause, a *[mapi.Error] or a *[ProblemsError].
	Err error
}

// Error implements error.
func (e *SubmitError) Error() string {
	switch {
	case e.Sent:
		return fmt.Sprintf("sent, but not as asked: %v", e.Err)
	case e.Unknown:
		return fmt.Sprintf("perhaps sent to some recipients: %v", e.Err)
	}
	return fmt.Sprintf("not sent: %v", e.Err)
}

// Unwrap gives the cause.
func (e *SubmitError) Unwrap() error { return e.Err }

// submitFailed clears away what a failed submit has left and tells what is known.
func (m *Mailbox) submitFailed(ctx context.Context, o *object, outbox mapi.FolderID, id mapi.MessageID, sent bool, err error) error {
	m.session.discard(o)
	var unknown *mapihttp.UnknownOutcomeError
	if errors.As(err, &unknown) || m.session.Lost() != nil {
		return err
	}
	e := &SubmitError{ID: id, Sent: sent, Err: err}
	switch {
	case sent:
		e.ID = 0
		return e
	case errors.Is(err, mapi.WarnWithErrors):
		// Sent, but the copy could not be filed. Never resend. [MS-OXOMSG] 2.2.3.1.2
		e.Sent = true
		return e
	case isWarning(err) && !errors.Is(err, mapi.WarnNoService):
		e.Unknown = true
		return e
	}
	// It lies in the Outbox as if somebody were still writing it. Nobody is.
	if id != 0 && m.Delete(context.WithoutCancel(ctx), outbox, id) == nil {
		e.ID = 0
	}
	return e
}

// isWarning tells whether err is the answer of a server that did something.
func isWarning(err error) bool {
	var code mapi.ErrorCode
	return errors.As(err, &code) && code.IsWarning()
}

// filedIn gives the properties with those that say where the sent copy goes:
// Exchange reads PidTagSentMailSvrEID, gromox 3.10 PidTagSentMailEntryId.
// [MS-OXOMSG] 2.2.3.10
func (m *Mailbox) filedIn(ctx context.Context, props mapi.Props, folder mapi.FolderID) (mapi.Props, error) {
	id, err := m.folderEntryID(ctx, folder)
	if err != nil {
		return nil, fmt.Errorf("naming the folder for sent mail: %w", err)
	}
	out := make(mapi.Props, len(props), len(props)+2)
	copy(out, props)
	out.Set(mapi.PidTagSentMailSvrEID.Of(mapi.StoreServerID{Folder: folder}.ServerID()))
	out.Set(mapi.PidTagSentMailEntryId.Of(id))
	return out, nil
}

// maxShapes bounds how many shapes of messages are remembered.
const maxShapes = 4096

// shapes remembers which properties and recipient columns a server has taken
// together without a problem.
type shapes struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (s *shapes) known(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return key != "" && s.seen[key]
}

func (s *shapes) learn(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if key == "" || len(s.seen) >= maxShapes {
		return
	}
	if s.seen == nil {
		s.seen = make(map[string]bool)
	}
	s.seen[key] = true
}

func (s *shapes) forget(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.seen, key)
}

// shapeOf gives the shape of a plain message: its tags and its recipient
// columns. A message with attachments or a value that needs a stream has none.
func shapeOf(msg *mapi.Message) string {
	if len(msg.Attachments) > 0 {
		return ""
	}
	parts := make([]string, 0, len(msg.Props)+8)
	for i := range msg.Props {
		p := &msg.Props[i]
		if n, err := propSize(p); err != nil || n > inlineValue {
			return ""
		}
		name := fmt.Sprintf("%08x", uint32(p.Tag))
		if p.Name != nil {
			name = fmt.Sprintf("%v %x", p.Name, uint16(p.Tag.Type()))
		}
		parts = append(parts, name)
	}
	sort.Strings(parts)
	for _, c := range mapi.RecipientColumns(msg.Recipients) {
		parts = append(parts, fmt.Sprintf("r%08x", uint32(c)))
	}
	return strings.Join(parts, ",")
}
