package queuetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

func testList(t *testing.T, b *bench) {
	names := map[mail.ID]string{}
	put := func(name, from string, to ...string) {
		e := entry(to...)
		e.Mail.Envelope.From = from
		e.Mail.MessageID = "<" + name + "@here.test>"
		names[b.put(e)] = name
		b.clock.Advance(time.Minute)
	}
	start := b.clock.Now()
	put("done", "A@here.test", "x@one.test")
	b.report(b.leaseOne(), delivered)
	put("bad", "b@here.test", "x@two.test")
	b.report(b.leaseOne(), failed)
	put("late", "b@there.test", "X@one.test")
	b.report(b.leaseOne(), mail.Outcome{RetryAfter: time.Hour})
	put("mixed", "c@here.test", "y@one.test", "z@three.test")
	for _, g := range b.lease(10) {
		if g.Destination == "three.test" {
			b.report(g, failed)
		}
	}
	for name, c := range map[string]struct {
		filter queue.Filter
		want   string
	}{
		"zero":           {queue.Filter{}, "mixed late"},
		"all":            {queue.Filter{All: true}, "mixed late bad done"},
		"delivered":      {queue.Filter{States: []queue.State{queue.Delivered}}, "done"},
		"failed":         {queue.Filter{States: []queue.State{queue.Failed, queue.Expired}}, "mixed bad"},
		"leased":         {queue.Filter{States: []queue.State{queue.Leased}}, "mixed"},
		"sender":         {queue.Filter{All: true, Sender: "a@HERE.test"}, "done"},
		"sender domain":  {queue.Filter{All: true, Sender: "@here.test"}, "mixed bad done"},
		"recipient":      {queue.Filter{All: true, Recipient: "x@one.test"}, "late done"},
		"domain":         {queue.Filter{All: true, Recipient: "@one.test"}, "mixed late done"},
		"one recipient":  {queue.Filter{States: []queue.State{queue.Failed}, Recipient: "@one.test"}, ""},
		"courier":        {queue.Filter{All: true, Courier: "other"}, ""},
		"this courier":   {queue.Filter{Courier: "out"}, "mixed late"},
		"message-id":     {queue.Filter{All: true, MessageID: "<bad@here.test>"}, "bad"},
		"before":         {queue.Filter{All: true, Before: start.Add(2 * time.Minute)}, "bad done"},
		"since":          {queue.Filter{All: true, Since: start.Add(2 * time.Minute)}, "mixed late"},
		"destination":    {queue.Filter{All: true, Destination: "three.test"}, "mixed"},
		"limit":          {queue.Filter{All: true, Limit: 1}, "mixed"},
		"odd characters": {queue.Filter{All: true, Sender: "' OR 1=1 --"}, ""},
	} {
		p, err := b.List(b.ctx, c.filter)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var got []string
		for _, r := range p.Records {
			got = append(got, names[r.Mail.ID])
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %q, want %q", name, s, c.want)
		}
	}
}

func testPages(t *testing.T, b *bench) {
	var want []mail.ID
	for range 25 {
		want = append(want, b.put(entry("x@one.test")))
		b.clock.Advance(time.Millisecond)
	}
	slices.Reverse(want)
	var got []mail.ID
	f := queue.Filter{Limit: 10}
	for pages := 0; pages < 5; pages++ {
		p, err := b.List(b.ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Records {
			got = append(got, r.Mail.ID)
		}
		if f.After = p.Next; p.Next == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("pages gave %v, want %v", got, want)
	}
}

func testEvents(t *testing.T, b *bench) {
	e := entry("x@one.test")
	e.Mail.Source = mail.Source{Kind: "outbox", Name: "box", Claim: "{1}"}
	id := b.put(e)
	b.clock.Advance(time.Second)
	b.report(b.leaseOne(), retry)
	b.clock.Advance(time.Minute)
	b.leaseOne()
	b.clock.Advance(time.Minute)
	b.report(b.leaseOne(), failed)
	report := entry("a@here.test")
	report.Mail.ID = mail.NewID(b.clock.Now())
	if err := b.Pay(b.ctx, b.owed()[0], &report); err != nil {
		t.Fatal(err)
	}
	if err := b.Settle(b.ctx, id); err != nil {
		t.Fatal(err)
	}
	events, err := b.Events(b.ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, ev := range events {
		if i > 0 && ev.At.Before(events[i-1].At) {
			t.Errorf("event %d goes back in time", i)
		}
		got = append(got, fmt.Sprint(ev.Kind, " ", ev.Recipient, " ", ev.Attempt, " ", ev.Outcome.Code))
	}
	want := []string{"accepted -1 0 0", "tried 0 1 451", "lapsed 0 2 0", "tried 0 3 550", "reported 0 0 0", "settled -1 0 0"}
	if !slices.Equal(got, want) {
		t.Errorf("story\n%q, want\n%q", got, want)
	}
	if !strings.Contains(events[4].Text, string(report.Mail.ID)) {
		t.Errorf("the story does not name the report: %q", events[4].Text)
	}
	if events[1].Worker != "w" || events[1].State != queue.Waiting {
		t.Errorf("tried: %+v", events[1])
	}
	if _, err := b.Events(b.ctx, mail.NewID(b.clock.Now())); !errors.Is(err, queue.ErrNotFound) {
		t.Errorf("events of nothing: %v", err)
	}
}

func testStats(t *testing.T, b *bench) {
	if s, err := b.Stats(b.ctx); err != nil || len(s.Depths) != 0 || len(s.Oldest) != 0 {
		t.Errorf("empty: %+v, %v", s, err)
	}
	b.put(entry("x@one.test", "y@one.test", "z@two.test"))
	second := b.clock.Now().Add(time.Minute)
	b.clock.Advance(time.Minute)
	e := entry("v@one.test")
	e.Legs[0].Courier = "other"
	b.put(e)
	for _, g := range b.lease(10) {
		if g.Destination == "one.test" {
			b.report(g, delivered)
		}
	}
	s, err := b.Stats(b.ctx)
	if err != nil {
		t.Fatal(err)
	}
	want := []queue.Depth{{Courier: "other", State: queue.Waiting, Count: 1}, {Courier: "out", State: queue.Leased, Count: 1}, {Courier: "out", State: queue.Delivered, Count: 2}}
	if !slices.Equal(s.Depths, want) {
		t.Errorf("depths %v, want %v", s.Depths, want)
	}
	if !s.Oldest["out"].Equal(second.Add(-time.Minute)) || !s.Oldest["other"].Equal(second) || len(s.Oldest) != 2 {
		t.Errorf("oldest %v", s.Oldest)
	}
}

func testPurge(t *testing.T, b *bench) {
	sweep := func(d time.Duration) {
		t.Helper()
		b.clock.Advance(d)
		if err := b.Sweep(b.ctx); err != nil {
			t.Fatal(err)
		}
	}
	gone := func(id mail.ID) bool {
		_, err := b.Show(b.ctx, id)
		return errors.Is(err, queue.ErrNotFound)
	}
	big := entry("x@one.test")
	big.Body = strings.NewReader(strings.Repeat("x", 300<<10))
	good, waiting, bad := b.put(big), b.put(entry("w@wait.test")), b.put(entry("x@bad.test"))
	claimed := entry("x@one.test")
	claimed.Mail.Source.Claim = "{1}"
	unsettled := b.put(claimed)
	for _, g := range b.lease(10) {
		switch g.Destination {
		case "one.test":
			b.report(g, delivered)
		case "bad.test":
			b.report(g, failed)
		default:
			b.report(g, retry)
		}
	}
	if _, err := b.body(good); !errors.Is(err, queue.ErrNotFound) {
		t.Errorf("the body of a delivered mail: %v", err)
	}
	sweep(b.policy.KeepDelivered)
	if !gone(good) || gone(waiting) || gone(bad) || gone(unsettled) {
		t.Errorf("after %v: gone are %v %v %v %v, want only the first", b.policy.KeepDelivered, gone(good), gone(waiting), gone(bad), gone(unsettled))
	}
	sweep(10 * b.policy.KeepFailed)
	if gone(bad) {
		t.Error("a mail that owes a report was purged")
	}
	for _, d := range b.owed() {
		if err := b.Pay(b.ctx, d, nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.body(bad); err != nil {
		t.Errorf("the body of a failed mail: %v", err)
	}
	sweep(b.policy.KeepFailed)
	if !gone(bad) || gone(waiting) || gone(unsettled) {
		t.Errorf("after the report: gone are %v %v %v", gone(bad), gone(waiting), gone(unsettled))
	}
	s, err := b.Stats(b.ctx)
	want := []queue.Depth{{Courier: "out", State: queue.Waiting, Count: 1}, {Courier: "out", State: queue.Delivered, Count: 1}}
	if err != nil || !slices.Equal(s.Depths, want) {
		t.Errorf("depths %v, %v; want %v", s.Depths, err, want)
	}
}

func testWakeUps(t *testing.T, b *bench) {
	courier, cancel := b.Subscribe(queue.CourierTopic("out"))
	defer cancel()
	settle, cancelSettle := b.Subscribe(queue.SettleTopic("box"))
	defer cancelSettle()
	report, cancelReport := b.Subscribe(queue.ReportTopic())
	defer cancelReport()
	gone, cancelGone := b.Subscribe(queue.CourierTopic("out"))
	cancelGone()
	woken := func(name string, ch <-chan struct{}) {
		t.Helper()
		select {
		case <-ch:
		case <-time.After(5 * time.Second):
			t.Errorf("%s was not woken", name)
		}
	}
	for i := range 2 {
		e := entry("x@one.test")
		e.Mail.Source = mail.Source{Kind: "outbox", Name: "box", Claim: fmt.Sprint(i)}
		b.put(e)
	}
	woken("the courier", courier)
	groups := b.lease(2)
	b.report(groups[0], delivered)
	woken("who settles", settle)
	b.report(groups[1], failed)
	woken("who reports", report)
	if err := b.Pay(b.ctx, b.owed()[0], nil); err != nil {
		t.Fatal(err)
	}
	woken("who settles, after the report", settle)
	select {
	case <-gone:
		t.Error("a subscription that was cancelled got a token")
	default:
	}
}

func testClosed(t *testing.T, b *bench) {
	b.put(entry("x@one.test"))
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Put(b.ctx, entry("x@one.test")); !errors.Is(err, queue.ErrClosed) {
		t.Errorf("put: %v", err)
	}
	if _, err := b.Lease(b.ctx, queue.LeaseRequest{Courier: "out", Max: 1}); !errors.Is(err, queue.ErrClosed) {
		t.Errorf("lease: %v", err)
	}
}
