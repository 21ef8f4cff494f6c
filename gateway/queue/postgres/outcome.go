package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// Report implements [queue.Leaser].
func (q *Queue) Report(ctx context.Context, g queue.Group, outcomes []mail.Outcome) ([]queue.State, error) {
	if len(outcomes) != len(g.Items) {
		return nil, fmt.Errorf("report: %d outcomes for %d recipients", len(outcomes), len(g.Items))
	}
	var states []queue.State
	late := false
	err := q.do(ctx, func(t *tx) (err error) {
		states, late, err = t.report(g, outcomes)
		return err
	})
	if err == nil && late {
		err = queue.ErrLeaseLost
	}
	if err != nil {
		return states, fmt.Errorf("report: %w", err)
	}
	return states, nil
}

func (t *tx) report(g queue.Group, outcomes []mail.Outcome) (states []queue.State, late bool, err error) {
	id := g.Lease.Mail
	m, err := t.lockMail(id)
	if err != nil {
		return nil, false, err
	}
	all, err := t.recipients(id)
	if err != nil {
		return nil, false, err
	}
	j := life.Judge{Policy: t.policy, From: m.mail.Envelope.From, Received: m.mail.Received, Expires: m.expires, Now: t.now}
	f := finishing{tx: t, mail: m, all: all}
	for i, item := range g.Items {
		if item.Index < 0 || item.Index >= len(all) {
			return nil, false, fmt.Errorf("%s has no recipient %d", id, item.Index)
		}
		r := &all[item.Index]
		if t.again && r.Token == g.Lease.Token && r.State != queue.Leased && r.Attempts == item.Attempt && r.Last.Verdict == outcomes[i].Verdict {
			states = append(states, r.State) // the first try did it, and its answer was lost
			continue
		}
		mine := r.Token == g.Lease.Token && (r.State == queue.Leased || r.State == queue.Unknown)
		if err := t.judge(j, r, item, outcomes[i], mine); err != nil {
			return nil, false, err
		}
		late = late || !mine
		if mine {
			f.moved(r)
		}
		states = append(states, r.State)
	}
	return states, late, f.end()
}

// judge applies an outcome, or notes that it came after somebody else had taken over.
func (t *tx) judge(j life.Judge, r *recipientRow, item queue.Item, o mail.Outcome, mine bool) error {
	if !mine {
		return t.event(r.mail, queue.Event{
			Kind: queue.EventLate, Recipient: r.Index, State: r.State, Attempt: item.Attempt, Outcome: o,
		})
	}
	e, err := j.Apply(&r.Recipient, o)
	if err != nil {
		return fmt.Errorf("%s: %w", r.mail, err)
	}
	if r.Owes != 0 {
		t.topics[queue.ReportTopic()] = true
	}
	return t.event(r.mail, e)
}

// A finishing gathers what happens to the recipients of one locked mail and finishes the mail when the last of them is final.
type finishing struct {
	*tx
	mail   mailRow
	all    []recipientRow
	stores []*recipientRow
	open   int // more recipients that are not final
	flawed bool
}

// moved notes a recipient that has changed.
func (f *finishing) moved(r *recipientRow) {
	f.stores = append(f.stores, r)
	switch was, is := r.was.Final(), r.State.Final(); {
	case was && !is:
		f.open++
	case !was && is:
		f.open--
		f.flawed = f.flawed || r.State != queue.Delivered
	}
}

// end writes it all. Once nothing is left to do for the mail it wakes the one that settles it, or sets the time for purging it.
func (f *finishing) end() error {
	m := &f.mail
	if len(f.stores) == 0 {
		return nil // all came too late: how long the mail is kept has been said
	}
	for _, r := range f.stores {
		if err := f.store(r); err != nil {
			return err
		}
	}
	wasOpen := m.open
	m.open += f.open
	m.flawed = m.flawed || f.flawed
	if m.open == 0 && wasOpen > 0 {
		m.finished = f.now
	}
	var keep int64
	if m.open == 0 && !f.owes() {
		if m.mail.Source.Claim != "" && !m.settled {
			f.topics[queue.SettleTopic(m.mail.Source.Name)] = true
		} else {
			keep = life.Micros(f.now.Add(f.kept()))
		}
	}
	f.write("UPDATE mail SET open = $1, flawed = $2, finished = $3, keep = $4, body = $5, settled = $6, expires = $7 WHERE id = $8",
		m.open, m.flawed, life.Micros(m.finished), keep, m.body, m.settled, life.Micros(m.expires), string(m.mail.ID))
	return nil
}

func (f *finishing) owes() bool {
	for i := range f.all {
		if f.all[i].Owes != 0 {
			return true
		}
	}
	return false
}

// kept is how long the mail is kept, now that it is done. Without a flaw its body is of no use any more.
func (f *finishing) kept() time.Duration {
	if f.mail.flawed {
		return f.policy.KeepFailed
	}
	if f.mail.body {
		f.write("DELETE FROM body WHERE mail = $1", string(f.mail.mail.ID))
		f.mail.body = false
	}
	return f.policy.KeepDelivered
}
