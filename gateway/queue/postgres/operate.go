package postgres

import (
	"context"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// Operate implements [queue.Operator].
func (q *Queue) Operate(ctx context.Context, id mail.ID, c queue.Change, why string) (int, error) {
	return life.Operate(ctx, q.turn, id, c, why, queue.Filter{})
}

// OperateAll implements [queue.Operator].
func (q *Queue) OperateAll(ctx context.Context, f queue.Filter, c queue.Change, why string) (queue.Operated, error) {
	return life.OperateAll(ctx, q.reader, f, func(id mail.ID) (int, error) { return life.Operate(ctx, q.turn, id, c, why, f) })
}
