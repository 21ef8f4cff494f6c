package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// Owed implements [queue.Reporter].
func (r *reader) Owed(ctx context.Context, n int) ([]queue.Debt, error) {
	rows, err := r.pool.Query(ctx, "SELECT DISTINCT mail FROM recipient WHERE owes <> 0 ORDER BY mail LIMIT $1", n)
	if err != nil {
		return nil, fmt.Errorf("owed: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("owed: %w", err)
	}
	loaded, err := r.load(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("owed: %w", err)
	}
	var debts []queue.Debt
	for _, m := range loaded {
		debts = append(debts, debtsOf(m)...)
	}
	return debts[:min(n, len(debts))], nil
}

// debtsOf sorts what is owed for one mail by kind.
func debtsOf(m loaded) (debts []queue.Debt) {
	for _, kind := range []queue.Kind{queue.Failure, queue.Delay, queue.Success} {
		d := queue.Debt{Kind: kind, Mail: m.Mail.Mail}
		for _, r := range m.recipients {
			if r.Owes&kind != 0 {
				d.Recipients = append(d.Recipients, r.Status)
			}
		}
		if len(d.Recipients) > 0 {
			debts = append(debts, d)
		}
	}
	return debts
}

// Pay implements [queue.Reporter].
func (q *Queue) Pay(ctx context.Context, d queue.Debt, report *queue.Entry) error {
	var p *prepared
	if report != nil {
		var err error
		if p, err = q.prepare(ctx, *report); err != nil {
			return fmt.Errorf("pay: %w", err)
		}
	}
	err := q.do(ctx, func(t *tx) error { return t.pay(d, p) })
	if p != nil {
		q.end(ctx, p, err == nil)
	}
	if err != nil {
		return fmt.Errorf("pay: %w", err)
	}
	return nil
}

func (t *tx) pay(d queue.Debt, report *prepared) error {
	if t.again && report != nil { // the answer to the COMMIT was lost
		if paid, err := t.has(report.Mail.ID); err != nil || paid {
			return err
		}
	}
	var sent mail.ID
	if report != nil {
		sent = report.Mail.ID
		if _, err := t.put(report); err != nil {
			return err
		}
	}
	return t.turn(d.Mail.ID, func(turn *life.Turn) error { return turn.Pay(d, sent) })
}
