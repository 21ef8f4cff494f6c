package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// Operate implements [queue.Operator].
func (q *Queue) Operate(ctx context.Context, id mail.ID, c queue.Change, why string) (int, error) {
	n := 0
	err := q.do(ctx, func(t *tx) (err error) {
		n, err = t.operate(id, c, why)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("%v %s: %w", c, id, err)
	}
	return n, nil
}

func (t *tx) operate(id mail.ID, c queue.Change, why string) (int, error) {
	m, err := t.lockMail(id)
	if err != nil {
		return 0, err
	}
	if c == queue.Revive && !m.body {
		return 0, fmt.Errorf("%w: its body is no longer kept", queue.ErrState)
	}
	all, err := t.recipients(id)
	if err != nil {
		return 0, err
	}
	n := 0
	f := finishing{tx: t, mail: m, all: all}
	for i := range all {
		r := &all[i]
		e, done, err := r.Operate(c, why, t.now)
		if err != nil {
			return 0, err
		}
		if !done {
			continue
		}
		n++
		t.topics[queue.CourierTopic(r.Courier)] = true
		if r.was.Final() && !r.State.Final() { // it gets its whole time again
			f.mail.finished, f.mail.expires = time.Time{}, t.now.Add(t.policy.Expire)
		}
		f.moved(r)
		if err := t.event(id, e); err != nil {
			return 0, err
		}
	}
	if n == 0 {
		return 0, fmt.Errorf("%w: no recipient allows it", queue.ErrState)
	}
	return n, f.end()
}
