package mapiclient_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// A server that still holds an earlier wait refuses this one: the watcher is
// not told of an error, for which it would open the mailbox anew in vain, and
// does not ask again at once.
func TestWaitRefused(t *testing.T) {
	s, opts := newExchange(t)
	m := openAlice(t, opts)
	s.Faults().Add(mapitest.Fault{At: mapitest.Request("NotificationWait"), Code: mapi.ErrRejected, Times: -1})
	start := time.Now()
	if some, err := m.Wait(t.Context()); some || err != nil || time.Since(start) < time.Second {
		t.Errorf("%v, %v after %v, want false after a pause", some, err, time.Since(start))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := m.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want the deadline", err)
	}
	if m.Lost() != nil {
		t.Errorf("the session is lost: %v", m.Lost())
	}
}

// A session whose answer was lost on the way still stands on the server; closing
// it makes the server forget it, or it would count among the account's for a
// quarter of an hour.
func TestLostSessionIsReleased(t *testing.T) {
	s, opts := newExchange(t)
	m := openAlice(t, opts)
	s.Faults().Add(mapitest.Fault{At: mapitest.Request("Execute"), DropAnswer: true})
	if _, err := m.FolderState(t.Context(), m.SpecialFolder(rop.FolderInbox)); err == nil || m.Lost() == nil {
		t.Fatalf("%v, lost %v, want an unknown outcome", err, m.Lost())
	}
	if n := s.Sessions(); n != 1 {
		t.Fatalf("%d sessions stand on the server, want the lost one", n)
	}
	if err := m.Close(t.Context()); err != nil || s.Sessions() != 0 {
		t.Errorf("%v, and %d sessions stand on the server", err, s.Sessions())
	}
}
