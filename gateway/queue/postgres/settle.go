package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// Settleable implements [queue.Settler].
func (r *reader) Settleable(ctx context.Context, source string, n int) ([]queue.Record, error) {
	records, err := r.records(ctx, `SELECT id FROM mail WHERE claim <> '' AND NOT settled AND open = 0 AND source = $1
		AND NOT EXISTS (SELECT 1 FROM recipient WHERE mail = id AND owes <> 0) ORDER BY id LIMIT $2`, text(source), n)
	if err != nil {
		return nil, fmt.Errorf("settleable: %w", err)
	}
	return records, nil
}

// FindClaim implements [queue.Settler].
func (r *reader) FindClaim(ctx context.Context, claim string) (queue.Record, error) {
	records, err := r.records(ctx, "SELECT id FROM mail WHERE claim = $1 AND claim <> ''", text(claim))
	if err == nil && len(records) == 0 {
		err = queue.ErrNotFound
	}
	if err != nil {
		return queue.Record{}, fmt.Errorf("claim %s: %w", claim, err)
	}
	return records[0], nil
}

// Settle implements [queue.Settler].
func (q *Queue) Settle(ctx context.Context, id mail.ID) error {
	if err := q.do(ctx, func(t *tx) error { return t.settle(id) }); err != nil {
		return fmt.Errorf("settle %s: %w", id, err)
	}
	return nil
}

func (t *tx) settle(id mail.ID) error {
	m, err := t.lockMail(id)
	if err != nil || m.settled {
		return err
	}
	all, err := t.recipients(id)
	if err != nil {
		return err
	}
	f := finishing{tx: t, mail: m, all: all}
	for i := range all {
		if err := all[i].Settle(t.now); err != nil {
			return err
		}
		f.moved(&all[i])
	}
	f.mail.settled = true
	if err := t.event(id, queue.Event{Kind: queue.EventSettled, Recipient: -1}); err != nil {
		return err
	}
	return f.end()
}

// records shows the mails whose ids a query gives, in its order.
func (r *reader) records(ctx context.Context, query string, args ...any) ([]queue.Record, error) {
	rows, err := r.pool.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	all, err := r.load(ctx, ids)
	if err != nil {
		return nil, err
	}
	records := make([]queue.Record, len(all))
	for i := range all {
		records[i] = all[i].record()
	}
	return records, nil
}
