package life

import (
	"context"
	"fmt"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// Turns is how an engine makes a turn of a mail: in one transaction it loads and locks the mail, lets change decide, and stores what came
// of it. change may be called again when the transaction is.
type Turns func(ctx context.Context, id mail.ID, change func(*Turn) error) error

// Report applies the outcomes of a lease, and gives the states of its recipients.
func Report(ctx context.Context, turns Turns, g queue.Group, outcomes []mail.Outcome) ([]queue.State, error) {
	if len(outcomes) != len(g.Items) {
		return nil, fmt.Errorf("report: %d outcomes for %d recipients", len(outcomes), len(g.Items))
	}
	var states []queue.State
	late := false
	err := turns(ctx, g.Lease.Mail, func(turn *Turn) (err error) {
		states, late, err = turn.Report(g, outcomes)
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

// Operate makes an operator's change of one mail, and gives the number of recipients that it changed.
func Operate(ctx context.Context, turns Turns, id mail.ID, c queue.Change, why string, f queue.Filter) (n int, err error) {
	err = turns(ctx, id, func(turn *Turn) (err error) {
		n, err = turn.Operate(c, why, f.Wants)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("%v %s: %w", c, id, err)
	}
	return n, nil
}
