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
		rec := m.record()
		debts = append(debts, life.Debts(rec.Mail, rec.Recipients)...)
	}
	return debts[:min(n, len(debts))], nil
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
