package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// Owed implements [queue.Reporter].
func (r *reader) Owed(ctx context.Context, n int) ([]queue.Debt, error) {
	var ids []mail.ID
	rows, err := r.db.QueryContext(ctx, "SELECT DISTINCT mail FROM recipient INDEXED BY recipient_owes WHERE owes <> 0 ORDER BY mail LIMIT ?", n)
	if err == nil {
		err = each(rows, func(rows *sql.Rows) error {
			var id mail.ID
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("owed: %w", err)
	}
	var debts []queue.Debt
	for _, id := range ids {
		of, err := r.debtsOf(ctx, id)
		if errors.Is(err, queue.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("owed: %w", err)
		}
		debts = append(debts, of...)
	}
	return debts[:min(n, len(debts))], nil
}

// debtsOf sorts what is owed for one mail by kind.
func (r *reader) debtsOf(ctx context.Context, id mail.ID) ([]queue.Debt, error) {
	m, rows, err := r.load(ctx, id)
	if err != nil {
		return nil, err
	}
	states := make([]queue.Status, len(rows))
	for i := range rows {
		states[i] = rows[i].Status
	}
	return life.Debts(m.Mail.Mail, states), nil
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
	err := q.writer.do(ctx, func(t *tx) error { return t.pay(d, p, q.policy()) })
	if p != nil {
		p.end(err == nil)
	}
	if err != nil {
		return fmt.Errorf("pay: %w", err)
	}
	return nil
}

func (t *tx) pay(d queue.Debt, report *prepared, p queue.Policy) error {
	var id mail.ID
	if report != nil {
		id = report.Mail.ID
		if _, err := t.put(report); err != nil {
			return err
		}
	}
	return t.turn(d.Mail.ID, p, func(turn *life.Turn) error { return turn.Pay(d, id) }, "owes & ? <> 0", int(d.Kind))
}
