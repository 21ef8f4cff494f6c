package postgres

import (
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/queuetest"
)

// When the database's clock is set back, mail waits for as long as it was to wait, and what a gateway that is gone had in hand is
// soon somebody else's.
func TestClockSetBack(t *testing.T) {
	url, clock := schema(t), queuetest.NewClock()
	q := open(t, Options{URL: url, Clock: clock.Now})
	put(t, q, 10)
	failed := lease(t, q, "w")
	if len(failed) != 1 {
		t.Fatal("nothing to lease")
	}
	if _, err := q.Report(t.Context(), failed[0], []mail.Outcome{{Verdict: mail.Retry, Code: 451, RetryAfter: 5 * time.Minute}}); err != nil {
		t.Fatal(err)
	}
	put(t, q, 20)
	if held := lease(t, q, "gone"); len(held) != 1 {
		t.Fatal("nothing to lease")
	}
	if _, err := q.Lock(t.Context(), "mailbox", "gone", time.Minute); err != nil {
		t.Fatal(err)
	}
	later := plainEntry("later@one.test", 10)
	later.NotBefore = clock.Now().Add(time.Hour)
	if _, err := q.Put(t.Context(), later); err != nil {
		t.Fatal(err)
	}

	clock.Advance(-3 * time.Hour)
	for range 2 { // by each gateway
		if err := q.do(t.Context(), (*tx).followBack); err != nil {
			t.Fatal(err)
		}
	}
	if got := lease(t, q, "w"); len(got) != 0 {
		t.Fatalf("leased %d at once", len(got))
	}
	clock.Advance(6 * time.Minute)
	got := lease(t, q, "w")
	if len(got) != 2 {
		t.Fatalf("leased %d after the wait; want what was put off and what was leased", len(got))
	}
	for _, g := range got {
		if g.Items[0].Unknown != (g.Mail.Body.Size() == 20) {
			t.Errorf("%d octets: in doubt %v", g.Mail.Body.Size(), g.Items[0].Unknown)
		}
	}
	clock.Advance(longLock)
	if _, err := q.Lock(t.Context(), "mailbox", "another", time.Minute); err != nil {
		t.Errorf("the lock of who is gone: %v", err)
	}
	if page, err := q.List(t.Context(), queue.Filter{Recipient: "later@one.test"}); err != nil || len(page.Records) != 1 ||
		!page.Records[0].Recipients[0].Next.After(clock.Now().Add(3*time.Hour)) {
		t.Errorf("what the sender has put off: %+v, %v", page, err)
	}
}

// A look at the database's clock tells whether it was set back.
func TestClockSync(t *testing.T) {
	url := schema(t)
	q := open(t, Options{URL: url})
	for _, tt := range []struct {
		ahead time.Duration
		back  bool
	}{{0, false}, {time.Hour, true}, {0, false}, {-time.Hour, false}} {
		q.clock.mu.Lock()
		q.clock.base = q.clock.base.Add(tt.ahead)
		q.clock.mu.Unlock()
		if back, err := q.clock.sync(t.Context(), q.pool); err != nil || back != tt.back {
			t.Errorf("%v ahead: set back %v, %v", tt.ahead, back, err)
		}
	}
}
