package queuetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

func (b *bench) owed() []queue.Debt {
	b.Helper()
	debts, err := b.Owed(b.ctx, 100)
	if err != nil {
		b.Fatalf("owed: %v", err)
	}
	return debts
}

// What is owed follows from NOTIFY, the outcome and the sender. RFC 3461 4.1
func testDebts(t *testing.T, b *bench) {
	reported := delivered
	reported.Reports = true
	for _, c := range []struct {
		name    string
		from    string
		notify  mail.Notify
		outcome mail.Outcome
		want    queue.Kind
	}{
		{"failure by default", "a@here.test", 0, failed, queue.Failure},
		{"failure asked for", "a@here.test", mail.NotifyFailure, failed, queue.Failure},
		{"failure not asked for", "a@here.test", mail.NotifySuccess | mail.NotifyDelay, failed, 0},
		{"failure, never", "a@here.test", mail.NotifyNever, failed, 0},
		{"failure of a report", "", 0, failed, 0},
		{"success by default", "a@here.test", 0, delivered, 0},
		{"success asked for", "a@here.test", mail.NotifySuccess, delivered, queue.Success},
		{"success, the next hop reports", "a@here.test", mail.NotifySuccess, reported, 0},
		{"success, never", "a@here.test", mail.NotifyNever, delivered, 0},
		{"success of a report", "", mail.NotifySuccess, delivered, 0},
	} {
		e := entry("x@one.test")
		e.Mail.Envelope.From = c.from
		e.Mail.Envelope.Recipients[0].Notify = c.notify
		id := b.put(e)
		b.report(b.leaseOne(), c.outcome)
		var got queue.Kind
		for _, d := range b.owed() {
			if d.Mail.ID == id {
				got |= d.Kind
			}
		}
		if got != c.want {
			t.Errorf("%s: owed is %v, want %v", c.name, got, c.want)
		}
	}
}

func testDelayReport(t *testing.T, b *bench) {
	e := entry("x@one.test", "y@one.test")
	e.Mail.Envelope.Recipients[1].Notify = mail.NotifyFailure
	b.put(e)
	b.report(b.leaseOne(), retry)
	if d := b.owed(); len(d) != 0 {
		t.Errorf("too early: %+v", d)
	}
	b.clock.Advance(b.policy.Warn)
	b.report(b.leaseOne(), retry)
	d := b.owed()
	if len(d) != 1 || d[0].Kind != queue.Delay || len(d[0].Recipients) != 1 || d[0].Recipients[0].Address != "x@one.test" {
		t.Fatalf("owed %+v", d)
	}
	if err := b.Pay(b.ctx, d[0], nil); err != nil {
		t.Fatal(err)
	}
	b.wantStates(d[0].Mail.ID, "waiting waiting")
	b.clock.Advance(10 * time.Minute)
	g := b.leaseOne()
	b.report(g, retry)
	if d := b.owed(); len(d) != 0 {
		t.Errorf("a second time: %+v", d)
	}
}

func testPay(t *testing.T, b *bench) {
	id := b.put(entry("x@one.test", "y@one.test"))
	b.report(b.leaseOne(), failed)
	d := b.owed()
	if len(d) != 1 || len(d[0].Recipients) != 2 || d[0].Recipients[1].Last != failed {
		t.Fatalf("owed %+v", d)
	}
	report := func() *queue.Entry {
		e := entry("a@here.test")
		e.Mail.Envelope.From = ""
		return &e
	}
	broken := report()
	broken.Legs = nil
	if err := b.Pay(b.ctx, d[0], broken); err == nil {
		t.Error("a bad report was taken")
	}
	b.wantStates(id, "failed failed")
	if err := b.Pay(b.ctx, d[0], report()); err != nil {
		t.Fatal(err)
	}
	b.wantStates(id, "bounced bounced")
	if err := b.Pay(b.ctx, d[0], report()); !errors.Is(err, queue.ErrState) {
		t.Errorf("paid twice: %v", err)
	}
	if n := len(b.owed()); n != 0 {
		t.Errorf("still owed: %d", n)
	}
	if g := b.leaseOne(); g.Mail.Envelope.From != "" || g.Items[0].Address != "a@here.test" {
		t.Errorf("the report is %+v", g.Mail)
	}
}

func testSettle(t *testing.T, b *bench) {
	e := entry("x@one.test", "y@two.test")
	e.Mail.Source = mail.Source{Kind: "outbox", Name: "box", Claim: "{1}"}
	id := b.put(e)
	b.put(entry("z@one.test")) // no claim: never settleable
	settleable := func(want int) []queue.Record {
		t.Helper()
		got, err := b.Settleable(b.ctx, "box", 10)
		if err != nil || len(got) != want {
			t.Fatalf("settleable: %d, %v; want %d", len(got), err, want)
		}
		return got
	}
	if err := b.Settle(b.ctx, id); !errors.Is(err, queue.ErrState) {
		t.Errorf("settled before its time: %v", err)
	}
	for _, g := range b.lease(10) {
		switch g.Destination {
		case "two.test":
			b.report(g, failed)
		default:
			b.report(g, delivered)
		}
	}
	settleable(0) // a report is owed
	for _, d := range b.owed() {
		report := entry("a@here.test")
		report.Mail.Envelope.From = ""
		if err := b.Pay(b.ctx, d, &report); err != nil {
			t.Fatal(err)
		}
	}
	got := settleable(1)
	if got[0].Mail.ID != id || got[0].Recipients[1].State != queue.Bounced || got[0].Recipients[1].Last != failed {
		t.Errorf("settleable %+v", got[0])
	}
	for range 2 {
		if err := b.Settle(b.ctx, id); err != nil {
			t.Fatal(err)
		}
	}
	b.wantStates(id, "settled settled")
	settleable(0)
	if err := b.Settle(b.ctx, mail.NewID(b.clock.Now())); !errors.Is(err, queue.ErrNotFound) {
		t.Errorf("settling nothing: %v", err)
	}
}

func testLocks(t *testing.T, b *bench) {
	one, err := b.Lock(b.ctx, "box", "gateway 1", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Lock(b.ctx, "box", "gateway 2", time.Minute)
	if !errors.Is(err, queue.ErrLocked) || !strings.Contains(err.Error(), "gateway 1") {
		t.Errorf("locked twice: %v", err)
	}
	if _, err := b.Lock(b.ctx, "other", "gateway 2", time.Minute); err != nil {
		t.Errorf("another lock: %v", err)
	}
	b.clock.Advance(30 * time.Second)
	if err := b.Relock(b.ctx, one, time.Minute); err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(59 * time.Second)
	if _, err := b.Lock(b.ctx, "box", "gateway 2", time.Minute); !errors.Is(err, queue.ErrLocked) {
		t.Errorf("relocked, but %v", err)
	}
	b.clock.Advance(time.Second)
	two, err := b.Lock(b.ctx, "box", "gateway 2", time.Minute)
	if err != nil || two.Token <= one.Token {
		t.Errorf("after it ran out: %+v after %+v, %v", two, one, err)
	}
	if err := b.Relock(b.ctx, one, time.Minute); !errors.Is(err, queue.ErrLockLost) {
		t.Errorf("relock of a lost lock: %v", err)
	}
	if err := b.Unlock(b.ctx, one); err != nil {
		t.Errorf("unlock of a lost lock: %v", err)
	}
	if err := b.Relock(b.ctx, two, time.Minute); err != nil {
		t.Errorf("somebody else's unlock took it: %v", err)
	}
	if err := b.Unlock(b.ctx, two); err != nil {
		t.Fatal(err)
	}
	if three, err := b.Lock(b.ctx, "box", "gateway 1", time.Minute); err != nil || three.Token <= two.Token {
		t.Errorf("after unlock: %+v, %v", three, err)
	}
}

func testFence(t *testing.T, b *bench) {
	f, err := b.Lock(b.ctx, "box", "gateway 1", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	fenced := func() queue.Entry {
		e := entry("x@one.test")
		e.Fence = f
		return e
	}
	b.put(fenced())
	b.clock.Advance(time.Minute)
	if _, err := b.Put(b.ctx, fenced()); !errors.Is(err, queue.ErrLockLost) {
		t.Errorf("put behind a lock that ran out: %v", err)
	}
	if _, err := b.Lock(b.ctx, "box", "gateway 2", time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Put(b.ctx, fenced()); !errors.Is(err, queue.ErrLockLost) {
		t.Errorf("put behind somebody else's lock: %v", err)
	}
}

func testOperate(t *testing.T, b *bench) {
	id := b.put(entry("x@one.test", "y@one.test"))
	operate := func(c queue.Change, want int) {
		t.Helper()
		n, err := b.Operate(b.ctx, id, c, "test")
		if n != want || (want == 0) != errors.Is(err, queue.ErrState) {
			t.Errorf("%v: %d, %v; want %d", c, n, err, want)
		}
	}
	operate(queue.Free, 0)
	operate(queue.Hold, 2)
	b.wantNone("held")
	operate(queue.Free, 2)
	g := b.leaseOne()
	operate(queue.Hold, 0) // leased
	b.report(g, unknown)
	operate(queue.Hold, 2)
	operate(queue.Free, 2)
	b.wantStates(id, "unknown unknown")
	operate(queue.Deliver, 0) // not for operators
	operate(queue.Drop, 2)
	b.wantStates(id, "failed failed")
	if n := len(b.owed()); n != 0 {
		t.Errorf("dropping owes %d reports", n)
	}
	if b.show(id).Finished.IsZero() {
		t.Error("dropped, but not finished")
	}
	b.clock.Advance(b.policy.Expire)
	operate(queue.Revive, 2)
	b.report(b.leaseOne(), retry)
	b.wantStates(id, "unknown unknown") // the doubt survives it all
	b.clock.Advance(time.Minute)
	b.report(b.leaseOne(), delivered)
	operate(queue.Revive, 0)
	if _, err := b.Operate(b.ctx, mail.NewID(b.clock.Now()), queue.Hold, ""); !errors.Is(err, queue.ErrNotFound) {
		t.Errorf("nothing to operate on: %v", err)
	}
}
