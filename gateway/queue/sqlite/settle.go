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

// Settleable implements [queue.Settler].
func (r *reader) Settleable(ctx context.Context, source string, n int) ([]queue.Record, error) {
	rows, err := r.db.QueryContext(ctx, `SELECT id FROM mail INDEXED BY mail_unsettled
		WHERE claim <> '' AND settled = 0 AND open = 0 AND source = ?
		AND NOT EXISTS (SELECT 1 FROM recipient WHERE mail = id AND owes <> 0) ORDER BY id LIMIT ?`, source, n)
	if err != nil {
		return nil, fmt.Errorf("settleable: %w", err)
	}
	records, err := r.records(ctx, rows)
	if err != nil {
		return nil, fmt.Errorf("settleable: %w", err)
	}
	return records, nil
}

// FindClaim implements [queue.Settler].
func (r *reader) FindClaim(ctx context.Context, claim string) (queue.Record, error) {
	var id mail.ID
	err := r.db.QueryRowContext(ctx, "SELECT id FROM mail WHERE claim = ? AND claim <> ''", claim).Scan(&id)
	if err != nil {
		return queue.Record{}, fmt.Errorf("claim %s: %w", claim, noRowsToNotFound(err))
	}
	return r.Show(ctx, id)
}

// Settle implements [queue.Settler].
func (q *Queue) Settle(ctx context.Context, id mail.ID) error {
	err := q.writer.do(ctx, func(t *tx) error { return t.turn(id, q.policy(), (*life.Turn).Settle, everybody) })
	if err != nil {
		return fmt.Errorf("settle %s: %w", id, err)
	}
	return nil
}

// noRowsToNotFound says it in the words of the contract.
func noRowsToNotFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return queue.ErrNotFound
	}
	return err
}
