package queuetest

import (
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

func testSurvey(t *testing.T, b *bench) {
	if list, err := b.Backlog(b.ctx, 10); err != nil || len(list) != 0 {
		t.Errorf("empty: %v, %v", list, err)
	}
	first := b.put(entry("x@two.test"))
	received := b.clock.Now()
	b.clock.Advance(time.Minute)
	b.put(entry("x@one.test", "y@two.test"))
	b.put(entry("z@two.test", "w@three.test"))
	for _, g := range b.lease(10) {
		switch {
		case g.Mail.ID == first:
			b.report(g, mail.Outcome{Code: 451, Detail: "4.1", Text: "away", RetryAfter: time.Hour})
		case g.Destination == "two.test":
			b.report(g, mail.Outcome{RetryAfter: time.Hour})
		case g.Destination == "three.test":
			b.report(g, delivered)
		}
	}
	list, err := b.Backlog(b.ctx, 10)
	if err != nil || len(list) != 1 { // one.test is in work
		t.Fatalf("%+v, %v", list, err)
	}
	l := list[0]
	if l.Courier != "out" || l.Destination != "two.test" || l.Count != 3 || l.Mail != first || !l.Oldest.Equal(received) || l.Last.Text != "away" {
		t.Errorf("%+v", l)
	}
	if !l.Next.After(b.clock.Now()) {
		t.Errorf("next %v, now %v", l.Next, b.clock.Now())
	}
	b.put(entry("a@one.test"))
	if list, err := b.Backlog(b.ctx, 1); err != nil || len(list) != 1 || list[0].Destination != "two.test" {
		t.Errorf("the longest alone: %+v, %v", list, err)
	}
	for want, f := range map[int]queue.Filter{4: {}, 3: {Recipient: "@two.test"}, 1: {States: []queue.State{queue.Delivered}, Limit: 1}, 0: {Sender: "nobody@x.test"}} {
		if n, err := b.Count(b.ctx, f); err != nil || n != want {
			t.Errorf("%+v: %d, %v; want %d", f, n, err, want)
		}
	}
}
