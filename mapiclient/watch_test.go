package mapiclient_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
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
