package sqlite

import (
	"context"
	"fmt"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// Operate implements [queue.Operator].
func (q *Queue) Operate(ctx context.Context, id mail.ID, c queue.Change, why string) (int, error) {
	return q.operate(ctx, id, c, why, queue.Filter{})
}

// OperateAll implements [queue.Operator].
func (q *Queue) OperateAll(ctx context.Context, f queue.Filter, c queue.Change, why string) (queue.Operated, error) {
	return life.OperateAll(ctx, q.reader, f, func(id mail.ID) (int, error) { return q.operate(ctx, id, c, why, f) })
}

func (q *Queue) operate(ctx context.Context, id mail.ID, c queue.Change, why string, f queue.Filter) (n int, err error) {
	err = q.writer.do(ctx, func(t *tx) error {
		return t.turn(id, q.policy(), func(turn *life.Turn) (err error) {
			n, err = turn.Operate(c, why, f.Wants)
			return err
		}, everybody)
	})
	if err != nil {
		return 0, fmt.Errorf("%v %s: %w", c, id, err)
	}
	return n, nil
}
