package sqlite

import (
	"context"
	"fmt"

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
	err := q.writer.do(ctx, func(t *tx) error {
		return t.turn(g.Lease.Mail, q.policy(), func(turn *life.Turn) (err error) {
			states, late, err = turn.Report(g, outcomes)
			return err
		}, "+destination = ?", g.Destination)
	})
	if err == nil && late {
		err = queue.ErrLeaseLost
	}
	if err != nil {
		return states, fmt.Errorf("report: %w", err)
	}
	return states, nil
}
