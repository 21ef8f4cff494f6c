package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
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
	err := q.writer.do(ctx, func(t *tx) error { return t.settle(id, q.opts.Policy) })
	if err != nil {
		return fmt.Errorf("settle %s: %w", id, err)
	}
	return nil
}

func (t *tx) settle(id mail.ID, p queue.Policy) error {
	var settled bool
	if err := t.row("SELECT settled FROM mail WHERE id = ?", []any{string(id)}, &settled); err != nil {
		return noRowsToNotFound(err)
	}
	if settled {
		return nil
	}
	all, err := t.recipientsWhere(id, "TRUE")
	if err != nil {
		return err
	}
	for i := range all {
		r := &all[i]
		if r.owes != 0 {
			return fmt.Errorf("%w: a report on recipient %d is still owed", queue.ErrState, r.Index)
		}
		if err := t.change(id, r, queue.Settle, r.Next); err != nil {
			return err
		}
		if err := t.store(id, r); err != nil {
			return err
		}
	}
	if err := t.exec("UPDATE mail SET settled = 1 WHERE id = ?", string(id)); err != nil {
		return err
	}
	if err := t.event(id, queue.Event{Kind: queue.EventSettled, Recipient: -1}); err != nil {
		return err
	}
	return t.finish(id, p)
}

// noRowsToNotFound says it in the words of the contract.
func noRowsToNotFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return queue.ErrNotFound
	}
	return err
}
