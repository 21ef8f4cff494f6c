package mapiclient

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// A Session is a session context on a server, with the one logon that the
// gateway needs of it. It is safe for concurrent use; requests queue.
type Session struct {
	client *Client
	conn   *mapihttp.Context
	// dnPrefix stands in front of the distinguished names of recipient rows.
	dnPrefix string
	logon    *object

	mu sync.Mutex
	// unused are handles that the next request releases.
	unused []uint32

	events events
}

// newBatch starts a batch on the session's logon.
func (s *Session) newBatch() *rop.Batch { return rop.NewBatch(0) }

// execute sends a batch and decodes the answer. Handles that nobody needs any
// more are released along the way.
func (s *Session) execute(ctx context.Context, b *rop.Batch) error {
	return s.run(ctx, b, false)
}

// executeChained is execute, but the server may append more answers of the
// last ROP. [MS-OXCRPC] 3.1.4.2.1.2.2
func (s *Session) executeChained(ctx context.Context, b *rop.Batch) error {
	return s.run(ctx, b, true)
}

func (s *Session) run(ctx context.Context, b *rop.Batch, chain bool) error {
	// A chained answer continues the last ROP, and Release has no answer, so
	// the releases may stand behind everything else only when nothing is chained.
	if !chain {
		s.releaseUnused(b)
	}
	payload, err := b.Encode()
	if err != nil {
		return fmt.Errorf("building a request: %w", err)
	}
	answers, err := s.conn.Execute(ctx, payload, mapihttp.ExecuteOptions{Chain: chain})
	if err != nil {
		s.client.noteBusy(err)
		return err
	}
	if err := b.Decode(answers...); err != nil {
		// Whatever the server did, we cannot know it, nor which handles are which.
		return s.conn.Abandon("Execute", err)
	}
	b.Each(func(id rop.ID, err error) {
		if err != nil {
			s.client.noteBusy(err)
		}
		if tell := s.client.opts.ObserveROPs; tell != nil {
			tell(id, err)
		}
	})
	s.events.note(b.Notifications, len(b.Pending) > 0)
	return nil
}

// Lost tells why the session can no longer be used, or nil.
func (s *Session) Lost() error { return s.conn.Lost() }

// discard remembers an object for release with the next request.
func (s *Session) discard(o *object) {
	if !o.exists() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unused = append(s.unused, o.handle)
	o.handle = rop.NoHandle
}

func (s *Session) releaseUnused(b *rop.Batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.unused) > 0 && b.Fits(&rop.ReleaseRequest{}) {
		b.Release(b.Use(s.unused[0]))
		s.unused = s.unused[1:]
	}
}

// Close ends the session, also one that was lost on the way but may still stand
// on the server. The server drops every object of it.
func (s *Session) Close(ctx context.Context) error { return s.conn.Release(ctx) }

// closing is how long the end of a session that nobody waits for may take.
const closing = 5 * time.Second

// abandon closes a session that could not be used.
func (s *Session) abandon(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
	defer cancel()
	_ = s.Close(ctx)
}

// Expires is when the server forgets the session unless something is sent before; the zero
// time if it did not say. [MS-OXCMAPIHTTP] 2.2.3.3.10
func (s *Session) Expires() time.Time { return s.conn.Expires() }

// Ping keeps an idle session alive. [MS-OXCMAPIHTTP] 3.1.5.6
func (s *Session) Ping(ctx context.Context) error {
	err := s.conn.Ping(ctx)
	s.client.noteBusy(err)
	return err
}

// logonPrivate opens the mailbox with the given distinguished name, and looks
// at one of its folders along the way if look is not nil. [MS-OXCSTOR] 2.2.1.1
func (s *Session) logonPrivate(ctx context.Context, dn string, flags rop.OpenFlags, look *look) (*rop.LogonResponse, error) {
	b := s.newBatch()
	call := rop.Add(b, rop.Slot{}, &rop.LogonRequest{
		LogonFlags: rop.LogonPrivate,
		// Without the mapping flag Exchange 2010 and later refuse. [MS-OXCSTOR] 3.2.5.1.1
		OpenFlags: flags | rop.OpenUsePerMDBReplIDMapping,
		Essdn:     dn,
	})
	if look != nil {
		look.queue(b, call.Out)
	}
	if err := s.execute(ctx, b); err != nil {
		return nil, err
	}
	r, err := call.Result()
	if errors.Is(err, mapi.ErrWrongServer) {
		return nil, &WrongServerError{Server: r.ServerName, Err: err}
	}
	if err != nil {
		return nil, err
	}
	s.logon = &object{handle: call.Handle(), name: "logon"}
	if look != nil {
		look.take(s)
	}
	return r, nil
}

// A WrongServerError says that the mailbox lives elsewhere: discover it again.
type WrongServerError struct {
	// Server is the distinguished name that the server gave; its leaf is the
	// MailboxId of the right URL.
	Server string
	Err    error
}

// Error implements error.
func (e *WrongServerError) Error() string {
	return fmt.Sprintf("%v: the mailbox has moved to %q, discover it again", e.Err, e.Server)
}

// Unwrap gives the cause.
func (e *WrongServerError) Unwrap() error { return e.Err }
