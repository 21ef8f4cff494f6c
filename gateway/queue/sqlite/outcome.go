package sqlite

import (
	"context"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// Report implements [queue.Leaser]. What goes elsewhere has no part in it.
func (q *Queue) Report(ctx context.Context, g queue.Group, outcomes []mail.Outcome) ([]queue.State, error) {
	return life.Report(ctx, func(ctx context.Context, id mail.ID, change func(*life.Turn) error) error {
		return q.writer.do(ctx, func(t *tx) error { return t.turn(id, q.policy(), change, "+destination = ?", g.Destination) })
	}, g, outcomes)
}
