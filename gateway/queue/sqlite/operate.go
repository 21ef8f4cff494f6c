package sqlite

import (
	"context"
	"fmt"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// Operate implements [queue.Operator].
func (q *Queue) Operate(ctx context.Context, id mail.ID, c queue.Change, why string) (int, error) {
	n := 0
	err := q.writer.do(ctx, func(t *tx) (err error) {
		n, err = t.operate(id, c, why, q.opts.Policy)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("%v %s: %w", c, id, err)
	}
	return n, nil
}

func (t *tx) operate(id mail.ID, c queue.Change, why string, p queue.Policy) (int, error) {
	m, err := t.mail(id)
	if err != nil {
		return 0, noRowsToNotFound(err)
	}
	if c == queue.Revive && m.place == nowhere {
		return 0, fmt.Errorf("%w: its body is no longer kept", queue.ErrState)
	}
	all, err := t.recipientsWhere(id, "TRUE")
	if err != nil {
		return 0, err
	}
	n, opened, closed := 0, 0, 0
	for i := range all {
		r := &all[i]
		was := r.State
		done, err := t.operateOne(id, r, c, why)
		if err != nil {
			return 0, err
		}
		if !done {
			continue
		}
		n++
		if was.Final() && !r.State.Final() {
			opened++
		}
		if !was.Final() && r.State.Final() {
			closed++
		}
	}
	if n == 0 {
		return 0, fmt.Errorf("%w: no recipient allows it", queue.ErrState)
	}
	if opened > 0 {
		if err := t.reopen(id, opened, p); err != nil {
			return 0, err
		}
	}
	return n, t.closed(id, closed, true, p)
}

// operateOne makes the change on one recipient if its state allows it.
func (t *tx) operateOne(id mail.ID, r *recipientRow, c queue.Change, why string) (bool, error) {
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
		return false, fmt.Errorf("%w: %v is not for operators", queue.ErrState, c)
	}
	if _, err := r.State.After(c); err != nil {
		return false, nil
	}
	if err := t.change(id, r, c, t.now); err != nil {
		return false, err
	}
	switch c {
	case queue.Drop:
		r.owes = 0 // whoever drops it knows
		r.Last = mail.Outcome{Verdict: mail.Failed, Text: "dropped by the operator: " + why}
	case queue.Revive, queue.ReviveDoubt:
		r.owes, r.Attempts = 0, 0
	}
	t.topics[queue.CourierTopic(r.Courier)] = true
	if err := t.store(id, r); err != nil {
		return false, err
	}
	return true, t.event(id, queue.Event{
		Kind: queue.EventOperator, Recipient: r.Index, State: r.State, Text: c.String() + ": " + why,
	})
}

// reopen takes back that a mail is finished, and gives it its whole time again.
func (t *tx) reopen(id mail.ID, n int, p queue.Policy) error {
	return t.exec("UPDATE mail SET open = open + ?, finished = 0, keep = 0, expires = ? WHERE id = ?",
		n, micros(t.now.Add(p.Expire)), string(id))
}
