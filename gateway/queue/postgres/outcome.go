package postgres

import (
	"context"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// Report implements [queue.Leaser].
func (q *Queue) Report(ctx context.Context, g queue.Group, outcomes []mail.Outcome) ([]queue.State, error) {
	return life.Report(ctx, q.turn, g, outcomes)
}
