package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
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
	if err := q.turn(ctx, id, (*life.Turn).Settle); err != nil {
		return fmt.Errorf("settle %s: %w", id, err)
	}
	return nil
}

// records shows the mails whose ids a query gives, in its order.
func (r *reader) records(ctx context.Context, query string, args ...any) ([]queue.Record, error) {
	ids, err := r.ids(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return r.recordsOf(ctx, ids)
}

func (r *reader) ids(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := r.pool.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// recordsOf gives the records of mails, without those that were purged meanwhile.
func (r *reader) recordsOf(ctx context.Context, ids []string) ([]queue.Record, error) {
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
