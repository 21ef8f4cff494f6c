// Package life is what every engine of the queue does with one recipient: how outcomes, lapsed leases and operators move it
// from state to state, what its sender must hear of, and how the parts that nothing searches for are stored. It
// is pure; engines bring the database and the clock.
package life

import (
	"fmt"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// A Recipient is one recipient as an engine keeps it.
type Recipient struct {
	queue.Status
	// Token is that of the last lease.
	Token int64
	// Until is when the lease lapses.
	Until time.Time
	// Was is the state that the store has.
	Was queue.State
}

// Change moves the recipient; next is when it is tried next.
func (r *Recipient) Change(c queue.Change, now, next time.Time) error {
	to, err := r.State.After(c)
	if err != nil {
		return fmt.Errorf("recipient %d: %w", r.Index, err)
	}
	r.State, r.Since, r.Next = to, now, next
	return nil
}

// Lease gives the recipient to a worker. Doubt stays, so that giving it back leads where it came from.
func (r *Recipient) Lease(now, until time.Time, token int64, worker string) error {
	if err := r.Change(queue.Lease, now, r.Next); err != nil {
		return err
	}
	r.Token, r.Until, r.Worker = token, until, worker
	return nil
}

// Lapse ends a lease without a report: the recipient may have got the mail. next is when it is tried next.
func (r *Recipient) Lapse(now, next time.Time) (queue.Event, error) {
	worker := r.Worker
	if err := r.Change(queue.Lapse, now, next); err != nil {
		return queue.Event{}, err
	}
	r.Doubt = true
	r.Attempts++
	return queue.Event{
		Kind: queue.EventLapsed, Recipient: r.Index, State: r.State, Attempt: r.Attempts, Worker: worker,
		Text: "the courier did not report; the mail may have been delivered",
	}, nil
}

// GiveBack takes a lease back untried; the recipient is due again at notBefore, or now.
func (r *Recipient) GiveBack(now, notBefore time.Time) error {
	c := queue.GiveBack
	if r.Doubt {
		c = queue.GiveDoubt
	}
	return r.Change(c, now, Later(now, notBefore))
}

// Pay marks a report as made. sent says that there was one to send.
func (r *Recipient) Pay(kind queue.Kind, sent bool, text string, now time.Time) (queue.Event, error) {
	if r.Owes&kind == 0 {
		return queue.Event{}, fmt.Errorf("%w: a %v report on recipient %d is not owed", queue.ErrState, kind, r.Index)
	}
	r.Owes &^= kind
	if kind == queue.Failure && sent {
		if err := r.Change(queue.Bounce, now, r.Next); err != nil {
			return queue.Event{}, err
		}
	}
	return queue.Event{Kind: queue.EventReported, Recipient: r.Index, State: r.State, Text: kind.String() + ": " + text}, nil
}

// Settle marks the recipient as settled.
func (r *Recipient) Settle(now time.Time) error {
	if r.Owes != 0 {
		return fmt.Errorf("%w: a report on recipient %d is still owed", queue.ErrState, r.Index)
	}
	return r.Change(queue.Settle, now, r.Next)
}

// Operate makes the change of an operator, if the state allows it.
func (r *Recipient) Operate(c queue.Change, why string, now time.Time) (queue.Event, bool, error) {
	switch c {
	case queue.Hold, queue.Drop:
	case queue.Free:
		if r.Doubt {
			c = queue.FreeDoubt
		}
	case queue.Revive:
		if r.Doubt {
			c = queue.ReviveDoubt
		}
	default:
		return queue.Event{}, false, fmt.Errorf("%w: %v is not for operators", queue.ErrState, c)
	}
	waited := r.State == queue.Waiting || r.State == queue.Unknown
	if _, err := r.State.After(c); err != nil {
		return queue.Event{}, false, nil
	}
	if err := r.Change(c, now, now); err != nil {
		return queue.Event{}, false, err
	}
	switch c {
	case queue.Drop:
		r.Owes = 0 // whoever drops it knows
		r.Last = mail.Outcome{Verdict: mail.Failed, Text: "dropped by the operator: " + why}
	case queue.Revive, queue.ReviveDoubt:
		if !waited {
			r.Owes, r.Attempts = 0, 0
		}
	}
	return queue.Event{Kind: queue.EventOperator, Recipient: r.Index, State: r.State, Text: c.String() + ": " + why}, true, nil
}

// Lend leases recipients of one mail that travel to one destination together.
func Lend(m mail.Mail, due []*Recipient, g queue.Group, now time.Time, worker string) (queue.Group, error) {
	g.Mail = m
	g.Mail.Envelope.Recipients = make([]mail.Recipient, 0, len(due))
	for _, r := range due {
		g.Mail.Envelope.Recipients = append(g.Mail.Envelope.Recipients, r.Recipient)
		g.Items = append(g.Items, queue.Item{
			Recipient: r.Recipient, Index: r.Index, Attempt: r.Attempts + 1, Unknown: r.State == queue.Unknown, Last: r.Last,
		})
		g.Route, g.Destination = r.Route, r.Destination
		if err := r.Lease(now, g.Until, g.Lease.Token, worker); err != nil {
			return g, err
		}
	}
	return g, nil
}

// Later is the later of two times.
func Later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
