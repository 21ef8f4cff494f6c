package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// Report implements [queue.Leaser].
func (q *Queue) Report(ctx context.Context, g queue.Group, outcomes []mail.Outcome) ([]queue.State, error) {
	if len(outcomes) != len(g.Items) {
		return nil, fmt.Errorf("report: %d outcomes for %d recipients", len(outcomes), len(g.Items))
	}
	var states []queue.State
	late := false
	err := q.writer.do(ctx, func(t *tx) (err error) {
		states, late, err = t.report(g, outcomes, q.opts.Policy)
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

func (t *tx) report(g queue.Group, outcomes []mail.Outcome, p queue.Policy) (states []queue.State, late bool, err error) {
	id := g.Lease.Mail
	mine, err := t.leased(g.Lease)
	if err != nil {
		return nil, false, err
	}
	byIndex := map[int]*recipientRow{}
	for i := range mine {
		byIndex[mine[i].Index] = &mine[i]
	}
	m, err := t.mail(id)
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", id, noRowsToNotFound(err))
	}
	j := &judge{tx: t, policy: p, mail: m}
	for i, item := range g.Items {
		r := byIndex[item.Index]
		if r == nil {
			late = true
			state, err := t.late(id, item, outcomes[i])
			if err != nil {
				return nil, false, err
			}
			states = append(states, state)
			continue
		}
		if err := j.apply(r, outcomes[i]); err != nil {
			return nil, false, err
		}
		states = append(states, r.State)
	}
	return states, late, t.closed(id, j.closed, j.flawed, p)
}

// late notes an outcome that came after somebody else had taken over.
func (t *tx) late(id mail.ID, item queue.Item, o mail.Outcome) (queue.State, error) {
	var state queue.State
	err := t.row("SELECT state FROM recipient WHERE mail = ? AND n = ?", []any{string(id), item.Index}, &state)
	if err != nil {
		return 0, noRowsToNotFound(err)
	}
	return state, t.event(id, queue.Event{
		Kind: queue.EventLate, Recipient: item.Index, State: state, Attempt: item.Attempt, Outcome: o,
	})
}

// A judge applies outcomes to the recipients of one mail.
type judge struct {
	*tx
	policy queue.Policy
	mail   mailRow
	closed int  // recipients that became final
	flawed bool // and not because they were delivered
}

func (j *judge) apply(r *recipientRow, o mail.Outcome) error {
	id := j.mail.mail.ID
	worker := r.Worker
	r.Attempts++
	c := j.changeFor(o.Verdict, r.Doubt && !o.Absent)
	var next time.Time
	switch c {
	case queue.Defer, queue.Doubt:
		next = j.now.Add(j.policy.Wait(r.Attempts, o.RetryAfter, queue.Chance()))
	}
	if err := j.change(id, r, c, next); err != nil {
		return err
	}
	switch {
	case c == queue.Doubt:
		r.Doubt = true
	case o.Absent:
		r.Doubt = false
	}
	r.Last = o
	r.until, r.Worker = 0, ""
	j.debts(r, c, o)
	if r.State.Final() {
		j.closed++
		j.flawed = j.flawed || r.State != queue.Delivered
	}
	if err := j.store(id, r); err != nil {
		return err
	}
	return j.event(id, queue.Event{
		Kind: queue.EventTried, Recipient: r.Index, State: r.State, Attempt: r.Attempts, Outcome: o, Worker: worker,
	})
}

// changeFor turns a verdict into what happens to the recipient. One that may have the mail from an earlier attempt still
// may after a failed one.
func (j *judge) changeFor(v mail.Verdict, doubt bool) queue.Change {
	over := !j.now.Before(j.mail.expires)
	switch {
	case v == mail.Delivered:
		return queue.Deliver
	case v == mail.Failed:
		return queue.Fail
	case over:
		return queue.Expire
	case v == mail.Unknown || doubt:
		return queue.Doubt
	}
	return queue.Defer
}

// debts says what the sender must hear of. RFC 3461 5.2, RFC 5321 6.1: nothing goes to the null sender.
func (j *judge) debts(r *recipientRow, c queue.Change, o mail.Outcome) {
	if j.mail.mail.Envelope.From == "" {
		return
	}
	switch c {
	case queue.Deliver:
		r.owes = 0
		if r.Notify.WantsSuccess() && !o.Reports {
			r.owes = queue.Success
		}
	case queue.Fail, queue.Expire:
		r.owes = 0
		if r.Notify.WantsFailure() {
			r.owes = queue.Failure
		}
	case queue.Defer, queue.Doubt:
		late := j.policy.Warn > 0 && !j.now.Before(j.mail.mail.Received.Add(j.policy.Warn))
		if late && !r.warned && r.Notify.WantsDelay() {
			r.owes, r.warned = r.owes|queue.Delay, true
		}
	}
	if r.owes != 0 {
		j.topics[queue.ReportTopic()] = true
	}
}

// closed counts recipients of a mail that became final, and finishes the mail when they were the last.
func (t *tx) closed(id mail.ID, n int, flawed bool, p queue.Policy) error {
	if n == 0 {
		return nil
	}
	err := t.exec("UPDATE mail SET open = open - ?, flawed = flawed OR ?, finished = CASE WHEN open = ? THEN ? ELSE 0 END WHERE id = ?",
		n, flawed, n, micros(t.now), string(id))
	if err != nil {
		return err
	}
	return t.finish(id, p)
}

// finish does what is due once nothing is left to do for a mail: it wakes the one that settles it, or sets the
// time for purging it. It may be called at any time.
func (t *tx) finish(id mail.ID, p queue.Policy) error {
	var open, debts int
	var flawed, settled bool
	var claim, source string
	err := t.row(`SELECT open, flawed, settled, claim, source,
		(SELECT count(*) FROM recipient WHERE mail = id AND owes <> 0) FROM mail WHERE id = ?`, []any{string(id)},
		&open, &flawed, &settled, &claim, &source, &debts)
	if err != nil {
		return err
	}
	if open > 0 || debts > 0 {
		return nil
	}
	if claim != "" && !settled {
		t.topics[queue.SettleTopic(source)] = true
		return nil
	}
	keep := p.KeepDelivered
	if flawed {
		keep = p.KeepFailed
	} else if err := t.dropBody(id); err != nil {
		return err
	}
	return t.exec("UPDATE mail SET keep = ? WHERE id = ?", micros(t.now.Add(keep)), string(id))
}

// dropBody forgets the body of a mail. A file goes when the transaction has committed.
func (t *tx) dropBody(id mail.ID) error {
	var at place
	if err := t.row("SELECT place FROM mail WHERE id = ?", []any{string(id)}, &at); err != nil {
		return err
	}
	switch at {
	case inRow:
		if err := t.exec("DELETE FROM body WHERE mail = ?", string(id)); err != nil {
			return err
		}
	case inFile:
		t.unlink = append(t.unlink, id)
	}
	return t.exec("UPDATE mail SET place = 0 WHERE id = ?", string(id))
}
