package queuetest

import (
	"context"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// Only what the filter wants is changed, also within a mail.
func testOperateAll(t *testing.T, b *bench) {
	both := b.put(entry("x@one.test", "y@two.test"))
	b.clock.Advance(time.Millisecond)
	other := b.put(entry("z@two.test"))
	apart := b.put(entry("x@three.test"))
	done, err := b.OperateAll(b.ctx, queue.Filter{Recipient: "@two.test"}, queue.Hold, "test")
	if err != nil || done.Recipients != 2 || !reflect.DeepEqual(done.IDs, []mail.ID{other, both}) {
		t.Errorf("hold: %+v, %v", done, err)
	}
	b.wantStates(both, "waiting held")
	b.wantStates(other, "held")
	b.wantStates(apart, "waiting")
	if done, err = b.OperateAll(b.ctx, queue.Filter{States: []queue.State{queue.Held}, Limit: 1}, queue.Free, "test"); err != nil || done.Recipients != 1 {
		t.Errorf("free one: %+v, %v", done, err)
	}
	b.wantStates(other, "waiting")
	if done, err = b.OperateAll(b.ctx, queue.Filter{Recipient: "@nowhere.test"}, queue.Drop, "test"); err != nil || done.Recipients != 0 {
		t.Errorf("drop none: %+v, %v", done, err)
	}
	// More than a page, with a change that takes them out of the selection.
	for range 600 {
		b.put(entry("many@one.test"))
	}
	if done, err = b.OperateAll(b.ctx, queue.Filter{Recipient: "many@one.test"}, queue.Drop, "test"); err != nil || done.Recipients != 600 {
		t.Errorf("drop many: %d, %v", done.Recipients, err)
	}
	if _, err = b.OperateAll(b.ctx, queue.Filter{}, queue.Deliver, "test"); err != nil {
		t.Errorf("a change that is not for operators: %v", err) // no recipient allows it
	}
	b.wantStates(apart, "waiting")
}

// What waits for its next attempt is due at once when the operator says so, and keeps its history.
func testRetryNow(t *testing.T, b *bench) {
	id := b.put(entry("x@one.test", "y@two.test"))
	for _, g := range b.lease(2) {
		if g.Destination == "one.test" {
			b.report(g, retry)
		} else {
			b.report(g, unknown)
		}
	}
	b.wantNone("before the next attempt")
	if n, err := b.Operate(b.ctx, id, queue.Revive, "test"); err != nil || n != 2 {
		t.Errorf("revive: %d, %v", n, err)
	}
	groups := b.lease(5)
	if len(groups) != 2 || groups[0].Items[0].Attempt != 2 || groups[0].Items[0].Unknown == groups[1].Items[0].Unknown {
		t.Errorf("leased %+v", groups)
	}
}

// save reads all that a queue knows of a mail.
func save(t *testing.T, q queue.Inspector, id mail.ID) queue.Saved {
	t.Helper()
	ctx := context.Background()
	rec, err := q.Show(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	events, err := q.Events(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	s := queue.Saved{Record: rec, Events: events}
	body, err := q.Open(ctx, id)
	if errors.Is(err, queue.ErrNotFound) {
		return s
	}
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(body)
	body.Close()
	if err != nil {
		t.Fatal(err)
	}
	s.Body = strings.NewReader(string(data))
	return s
}

// A mail that goes from one queue to another is there what it was here.
func testRestore(t *testing.T, b *bench) {
	e := entry("ok@one.test", "bad@two.test", "later@three.test", "odd@four.test", "leased@five.test")
	e.Body = strings.NewReader(content(300 << 10))
	e.Mail.Source.Claim = "{claim}"
	id := b.put(e)
	for _, g := range b.lease(10) {
		switch g.Destination {
		case "one.test":
			b.report(g, delivered)
		case "two.test":
			b.report(g, failed)
		case "three.test":
			b.report(g, retry)
		case "four.test":
			b.report(g, unknown)
		}
	}
	saved := save(t, b, id)
	other := b.engine.New(t, b.policy, b.clock.Now)
	defer other.Close()
	receipt, err := other.Restore(b.ctx, saved)
	if err != nil || receipt.Repeated || receipt.ID != id || receipt.Size != 300<<10 {
		t.Fatalf("restore: %+v, %v", receipt, err)
	}
	again := save(t, other, id)
	for i, want := range saved.Record.Recipients {
		if want.State == queue.Leased {
			want.State, want.Doubt, want.Worker, want.Next = queue.Unknown, true, "", again.Record.Recipients[i].Next
		}
		if got := again.Record.Recipients[i]; !reflect.DeepEqual(got, want) {
			t.Errorf("recipient %d\n%+v, want\n%+v", i, got, want)
		}
	}
	for i, want := range saved.Events {
		if got := again.Events[i]; got.Kind != want.Kind || got.Outcome != want.Outcome || got.Recipient != want.Recipient || got.At.Before(want.At.Add(-time.Millisecond)) {
			t.Errorf("event %d\n%+v, want\n%+v", i, got, want)
		}
	}
	if data, err := io.ReadAll(again.Body); err != nil || string(data) != content(300<<10) {
		t.Errorf("body of %d bytes, %v", len(data), err)
	}
	debts, err := other.Owed(b.ctx, 10)
	if err != nil || len(debts) != 1 || debts[0].Recipients[0].Address != "bad@two.test" {
		t.Errorf("owed %+v, %v", debts, err)
	}
	if rec, err := other.FindClaim(b.ctx, "{claim}"); err != nil || rec.Mail.ID != id {
		t.Errorf("claim: %+v, %v", rec, err)
	}
	st, err := other.Stats(b.ctx)
	if err != nil || len(st.Depths) != 4 {
		t.Errorf("stats %+v, %v", st, err)
	}
	batch, err := other.Lease(b.ctx, queue.LeaseRequest{Courier: "out", Worker: "w", Max: 10, Duration: time.Minute})
	if err != nil || len(batch.Groups) != 1 || batch.Groups[0].Destination != "five.test" || !batch.Groups[0].Items[0].Unknown {
		t.Errorf("leased %+v, %v", batch, err)
	}
}

// What is here already stays as it is; what is not whole is refused; what shall be held is.
func testRestoreAgain(t *testing.T, b *bench) {
	id := b.put(entry("x@one.test"))
	saved := save(t, b, id)
	b.report(b.leaseOne(), retry)
	if r, err := b.Restore(b.ctx, saved); err != nil || !r.Repeated || r.ID != id {
		t.Errorf("again: %+v, %v", r, err)
	}
	if rec := b.show(id); rec.Recipients[0].Attempts != 1 {
		t.Errorf("it was changed: %+v", rec)
	}
	if _, err := b.body(id); err != nil {
		t.Errorf("its body: %v", err)
	}
	saved = save(t, b, id)
	saved.Record.Mail.ID, saved.Hold = mail.NewID(b.clock.Now()), true
	if r, err := b.Restore(b.ctx, saved); err != nil || r.Repeated {
		t.Errorf("held: %+v, %v", r, err)
	}
	b.wantStates(saved.Record.Mail.ID, "held")
	bodiless := save(t, b, id)
	bodiless.Record.Mail.ID, bodiless.Body = mail.NewID(b.clock.Now()), nil
	if _, err := b.Restore(b.ctx, bodiless); err == nil {
		t.Error("a mail that waits was restored without its body")
	}
	nameless := save(t, b, id)
	nameless.Record.Mail.ID = "../x"
	if _, err := b.Restore(b.ctx, nameless); err == nil {
		t.Error("a mail with a bad id was restored")
	}
	bad := save(t, b, id)
	bad.Record.Mail.ID, bad.Record.Recipients[0].State = mail.NewID(b.clock.Now()), 77
	if _, err := b.Restore(b.ctx, bad); err == nil {
		t.Error("a mail in a state that is not known was restored")
	}
}

// content is a body of that size.
func content(size int) string {
	const line = "0123456789abcdef\r\n"
	return strings.Repeat(line, size/len(line)+1)[:size]
}
