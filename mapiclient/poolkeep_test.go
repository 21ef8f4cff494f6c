package mapiclient_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

func nothing(*mapiclient.Mailbox) error { return nil }

// until waits for what another goroutine, or the server, does.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(40 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

// An idle session is asked for before the server forgets it, by what X-ExpirationInfo says, and closed when it has lain
// idle for as long as the pool keeps one. [MS-OXCMAPIHTTP] 3.1.5.6
func TestPoolPingsBeforeExpiry(t *testing.T) {
	t.Parallel()
	s := mapitest.NewServer(t, mapitest.Options{Limits: mapitest.Limits{SessionIdle: 3 * time.Second}})
	c, err := mapiclient.New(addAlice(t, s))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	pool := mapiclient.NewPool(mapiclient.PoolOptions{Idle: 12 * time.Second, Each: 1}) // one: who comes during a PING waits for its session
	defer pool.Close(context.Background())
	if err := pool.With(t.Context(), c, nothing); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	until(t, "three PINGs", func() bool { return s.Count(mapitest.Request("PING")) >= 3 })
	if err := pool.With(t.Context(), c, nothing); err != nil {
		t.Fatal(err)
	}
	if n := s.Count(mapitest.Request("Connect")); n != 1 {
		t.Errorf("%d sessions in %v, want the first to be kept", n, time.Since(start))
	}
	until(t, "the idle session is closed", func() bool { return s.Count(mapitest.Request("Disconnect")) == 1 })
}

// A session that the server has forgotten nevertheless is not given to anybody.
func TestPoolDropsWhatAPingDoesNotFind(t *testing.T) {
	t.Parallel()
	s := mapitest.NewServer(t, mapitest.Options{Limits: mapitest.Limits{SessionIdle: 3 * time.Second}})
	c, err := mapiclient.New(addAlice(t, s))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	pool := mapiclient.NewPool(mapiclient.PoolOptions{})
	defer pool.Close(context.Background())
	if err := pool.With(t.Context(), c, nothing); err != nil {
		t.Fatal(err)
	}
	s.ExpireSessions("")
	until(t, "a PING", func() bool { return s.Count(mapitest.Request("PING")) >= 1 })
	if err := pool.With(t.Context(), c, func(m *mapiclient.Mailbox) error {
		_, err := m.Properties(t.Context(), mapi.PidTagDisplayName.Tag())
		return err
	}); err != nil {
		t.Errorf("behind the lost session: %v", err)
	}
	if n := s.Count(mapitest.Request("Connect")); n != 2 {
		t.Errorf("%d sessions, want 2", n)
	}
}

// What a server asks for in the middle of a session is kept: whoever wants the mailbox next fails at once, and other
// mailboxes are left alone too where it is not about this one.
func TestServerThatWantsToBeLeftAlone(t *testing.T) {
	logon := mapitest.ROP(rop.GetPropertiesSpecific)
	for name, c := range map[string]struct {
		fault mapitest.Fault
		least time.Duration
		all   bool
	}{
		"RopBackoff":           {mapitest.Fault{At: logon, Backoff: 3 * time.Second}, 3 * time.Second, false},
		"ecServerBusy":         {mapitest.Fault{At: logon, Code: mapi.ErrServerBusy}, time.Second, false},
		"a budget":             {mapitest.Fault{At: logon, Code: mapi.ErrConnectionsOverBudget}, time.Second, true},
		"Retry-After with 503": {mapitest.Fault{At: mapitest.Request("Execute"), HTTPStatus: 503, RetryAfter: 30 * time.Second}, 30 * time.Second, true},
		"Retry-After with 429": {mapitest.Fault{At: mapitest.Request("Execute"), HTTPStatus: 429, RetryAfter: 30 * time.Second}, 30 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			s, opts := newExchange(t)
			opts.Breaker = &mapiclient.Breaker{}
			alice, err := mapiclient.New(opts)
			if err != nil {
				t.Fatal(err)
			}
			defer alice.Close()
			other, err := mapiclient.New(opts)
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			pool := mapiclient.NewPool(mapiclient.PoolOptions{})
			defer pool.Close(context.Background())
			if err := pool.With(t.Context(), alice, nothing); err != nil {
				t.Fatal(err)
			}
			s.Faults().Add(c.fault)
			began := time.Now()
			if err := pool.With(t.Context(), alice, func(m *mapiclient.Mailbox) error {
				_, err := m.Properties(t.Context(), mapi.PidTagDisplayName.Tag())
				return err
			}); err == nil {
				t.Fatal("the fault did not show")
			}
			s.ResetCounts()
			var paused *mapiclient.PausedError
			err = pool.With(t.Context(), alice, nothing)
			if !errors.As(err, &paused) || paused.Until.Sub(began) < c.least || paused.Until.Sub(began) > 2*c.least+6*time.Second {
				t.Errorf("%v, want a *PausedError of %v or somewhat more", err, c.least)
			}
			if _, err := alice.OpenMailbox(t.Context()); !errors.As(err, &paused) {
				t.Errorf("opening it: %v", err)
			}
			if n := s.Count(mapitest.Request("Connect")) + s.Count(mapitest.Request("Execute")) + s.Count(mapitest.Request("PING")); n != 0 {
				t.Errorf("%d requests to a server that wants none", n)
			}
			err = pool.With(t.Context(), other, nothing)
			if errors.As(err, &paused) != c.all {
				t.Errorf("another mailbox: %v", err)
			}
		})
	}
}
