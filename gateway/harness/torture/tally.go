package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/store"
)

// A result is what the books say.
type result struct {
	kills, accepted, arrived, bounced, queued, lost, doubled int
	// unexplained counts mails of which more copies came than answers were lost.
	unexplained int
}

// fine tells whether all is as promised: nothing lost, and no more copies than answers that were lost.
func (r result) fine() bool { return r.lost == 0 && r.unexplained == 0 }

func (r result) plus(o result) result {
	return result{
		r.kills + o.kills, r.accepted + o.accepted, r.arrived + o.arrived, r.bounced + o.bounced, r.queued + o.queued,
		r.lost + o.lost, r.doubled + o.doubled, r.unexplained + o.unexplained,
	}
}

// String is a line of the report.
func (r result) String() string {
	return fmt.Sprintf("%d kills: %d accepted = %d arrived + %d bounced + %d still queued + %d lost; %d doubled, %d of them without a lost answer",
		r.kills, r.accepted, r.arrived, r.bounced, r.queued, r.lost, r.doubled, r.unexplained)
}

// A teller knows the story of a mail, by Message-ID.
type teller func(messageID string) (told, error)

// A told story is what the queue knows of a mail.
type told struct {
	// found says that the queue knows it.
	found bool
	// open says that it has still something to do, failed that somebody did not get it.
	open, failed bool
	// lostAnswers counts the attempts of which nobody knows how they ended.
	lostAnswers int
	lines       []string
}

// tally compares the books with each other and with the queue.
func (w *world) tally(ctx context.Context, books *ledgers) (r result, err error) {
	c, err := config.Load(w.gateway.config)
	if err != nil {
		return r, err
	}
	q, err := store.Read(ctx, c)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	return books.tally(func(id string) (told, error) { return tell(ctx, q, id) })
}

// tell asks a queue.
func tell(ctx context.Context, q queue.Inspector, messageID string) (told, error) {
	var t told
	page, err := q.List(ctx, queue.Filter{All: true, MessageID: messageID})
	if err != nil {
		return t, err
	}
	for _, rec := range page.Records {
		t.found = true
		for _, s := range rec.Recipients {
			t.open = t.open || !s.State.Final()
			t.failed = t.failed || s.State == queue.Failed || s.State == queue.Expired || s.State == queue.Bounced
		}
		events, err := q.Events(ctx, rec.Mail.ID)
		if err != nil {
			return t, err
		}
		for _, e := range events {
			if e.Kind == queue.EventLapsed || e.Kind == queue.EventTried && e.Outcome.Verdict == mail.Unknown {
				t.lostAnswers++
			}
			t.lines = append(t.lines, fmt.Sprintf("  %s %s %v attempt %d %v %d %s %s", e.At.Format("15:04:05.000"), e.Kind, e.State, e.Attempt,
				e.Outcome.Verdict, e.Outcome.Code, e.Outcome.Text, e.Text))
		}
	}
	return t, nil
}

func (l *ledgers) tally(tell teller) (r result, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r.accepted = len(l.promise)
	for id := range l.promise {
		if len(l.copies[id]) > 0 {
			r.arrived++
			continue
		}
		t, err := tell(id)
		if err != nil {
			return r, err
		}
		switch {
		case t.open:
			r.queued++
		case t.failed:
			r.bounced++
		default:
			r.lost++
		}
		show("not arrived", id, nil, t)
	}
	for id, copies := range l.copies {
		if len(copies) < 2 {
			continue
		}
		t, err := tell(id)
		if err != nil {
			return r, err
		}
		r.doubled++
		if copies[0].where == mailbox || len(copies)-1 > t.lostAnswers {
			r.unexplained++ // in the mailbox the gateway looks before it tries again
			show("doubled", id, copies, t)
		}
	}
	return r, nil
}

// show prints the story of a mail that is not as it should be.
func show(what, id string, copies []arrival, t told) {
	fmt.Printf("%s: %s; the queue knows it: %v\n", what, id, t.found)
	for _, c := range copies {
		fmt.Printf("  %s a copy in the %s\n", c.at.UTC().Format("15:04:05.000"), c.where)
	}
	for _, line := range t.lines {
		fmt.Println(line)
	}
}
