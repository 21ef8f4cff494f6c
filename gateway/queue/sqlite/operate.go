package sqlite

import (
	"context"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// Operate implements [queue.Operator].
func (q *Queue) Operate(ctx context.Context, id mail.ID, c queue.Change, why string) (int, error) {
	return life.Operate(ctx, q.wholeTurn, id, c, why, queue.Filter{})
}

// OperateAll implements [queue.Operator].
func (q *Queue) OperateAll(ctx context.Context, f queue.Filter, c queue.Change, why string) (queue.Operated, error) {
	return life.OperateAll(ctx, q.reader, f, func(id mail.ID) (int, error) { return life.Operate(ctx, q.wholeTurn, id, c, why, f) })
}

// wholeTurn makes a turn of a mail and all of its recipients: [life.Turns].
func (q *Queue) wholeTurn(ctx context.Context, id mail.ID, change func(*life.Turn) error) error {
	return q.writer.do(ctx, func(t *tx) error { return t.turn(id, q.policy(), change, everybody) })
}
