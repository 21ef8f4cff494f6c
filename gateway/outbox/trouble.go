package outbox

import (
	"context"
	"errors"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// elsewhereWait is how long a message is left alone after a failure that is not its own.
const elsewhereWait = time.Minute

// A trouble is what has gone wrong with one message. It outlives the session,
// since a message can be what ends each one.
type trouble struct {
	failures int
	last     error
	until    time.Time
	hopeless bool
}

// troubles are known by claims, or by what stands for one.
type troubles map[string]*trouble

// maxTroubles bounds how many are remembered; a mailbox with more has another problem.
const maxTroubles = 10000

// of gives what is known of a message, making it if need be.
func (t troubles) of(key string) *trouble {
	if t[key] == nil {
		if len(t) >= maxTroubles {
			clear(t)
		}
		t[key] = new(trouble)
	}
	return t[key]
}

// hopeless gives why a message is to be set aside, or nil.
func (t troubles) hopeless(key string) error {
	if at := t[key]; at != nil && at.hopeless {
		return at.last
	}
	return nil
}

// An elsewhereError is a failure that a message met and that is not its own: of
// the queue, of the address book, of the routes.
type elsewhereError struct{ err error }

func (e *elsewhereError) Error() string { return e.err.Error() }
func (e *elsewhereError) Unwrap() error { return e.err }

// elsewhere marks an error as not the message's own.
func elsewhere(err error) error {
	if err == nil {
		return nil
	}
	return &elsewhereError{err}
}

// A sessionError is a failure that took the session with it. Its text is for the
// sender of the message; what is behind it is for the log.
type sessionError struct{ err error }

func (e *sessionError) Error() string { return "each try ended the session with the mail server" }
func (e *sessionError) Unwrap() error { return e.err }

// busy are what a server says when it cannot do anything for anybody now.
var busy = []mapi.ErrorCode{
	mapi.ErrServerBusy, mapi.ErrBusy, mapi.ErrRpcServerTooBusy, mapi.ErrConnectionsOverBudget, mapi.ErrMaxPoolExceeded,
	mapi.ErrServerPaused, mapi.ErrExiting, mapi.ErrMountInProgress, mapi.ErrDismountInProgress, mapi.ErrMailboxInTransit,
	mapi.ErrMailboxQuarantined, mapi.ErrTimeout, mapi.ErrNetwork, mapi.ErrTooManySessions, mapi.ErrMaxObjectsExceeded,
}

// own tells whether a failure is the message's own.
func own(err error) bool {
	var other *elsewhereError
	if errors.As(err, &other) {
		return false
	}
	for _, code := range busy {
		if errors.Is(err, code) {
			return false
		}
	}
	return true
}

// errHopeless is in the chain of failures that no retry will mend.
var errHopeless = errors.New("no retry will help")

// failed notes what went wrong with a message, and puts it off. The error that
// it gives back, if any, is about the session: the mailbox must be opened anew.
func (s *shift) failed(ctx context.Context, id mapi.MessageID, key, what string, err error) error {
	if ctx.Err() != nil {
		return err
	}
	lost := s.mailbox.Lost() != nil
	at := s.troubles.of(key)
	if at.last = err; lost {
		at.last = &sessionError{err}
	}
	wait := elsewhereWait
	if own(err) {
		at.failures++
		at.hopeless = at.failures > len(s.patience) || errors.Is(err, errHopeless)
		if wait = 0; !at.hopeless && (!lost || at.failures > 1) { // most sessions are not lost for a message's sake
			wait = s.patience[at.failures-1]
		}
	}
	at.until = s.opts.Now().Add(wait)
	s.later[id] = at.until // for id 0, whichever message is settled: the pause ends then
	s.opts.Observer.Did(s.opts.Mailbox, "failed")
	s.log.Error(what, "message", key, "failures", at.failures, "error", err, "again_in", wait, "session_lost", lost)
	if lost {
		return err
	}
	return nil
}

// putOff tells until when a message is to be left alone because of its failures.
func (s *shift) putOff(key string) (until time.Time, yes bool) {
	if at := s.troubles[key]; at != nil && s.opts.Now().Before(at.until) {
		return at.until, true
	}
	return time.Time{}, false
}

// waiting tells whether a message is to be left alone now.
func (s *shift) waiting(id mapi.MessageID, key string) bool {
	if until, yes := s.putOff(key); yes {
		s.later[id] = until
		return true
	}
	at, put := s.later[id]
	if put && !s.opts.Now().Before(at) {
		delete(s.later, id)
		put = false
	}
	return put
}
