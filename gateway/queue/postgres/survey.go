package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// Count implements [queue.Surveyor].
func (r *reader) Count(ctx context.Context, f queue.Filter) (int, error) {
	f.After = ""
	q := listQuery(f, r.few(ctx, f))
	q.limit = 1 << 30
	var n int
	if err := r.pool.QueryRow(ctx, "SELECT count(*) FROM ("+q.text()+") AS selected", q.args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count: %w", err)
	}
	return n, nil
}

// Backlog implements [queue.Surveyor].
func (r *reader) Backlog(ctx context.Context, n int) ([]queue.Load, error) {
	rows, err := r.pool.Query(ctx, `SELECT courier, destination, count(*) AS waiting, min(mail), min(next) FROM recipient
		WHERE state IN (1, 3) GROUP BY courier, destination ORDER BY waiting DESC, courier, destination LIMIT $1`, n)
	if err != nil {
		return nil, fmt.Errorf("backlog: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (queue.Load, error) {
		var l queue.Load
		var courier, destination text
		var oldest string
		var next int64
		err := row.Scan(&courier, &destination, &l.Count, &oldest, &next)
		l.Courier, l.Destination, l.Mail, l.Next = string(courier), string(destination), mail.ID(oldest), life.FromMicros(next)
		return l, err
	})
	for i := range list {
		if err == nil {
			err = r.oldest(ctx, &list[i])
		}
	}
	if err != nil {
		return nil, fmt.Errorf("backlog: %w", err)
	}
	return list, nil
}

// oldest tells more about the oldest mail of a load.
func (r *reader) oldest(ctx context.Context, l *queue.Load) error {
	var received int64
	var outcome []byte
	err := r.pool.QueryRow(ctx, `SELECT received, outcome FROM mail JOIN recipient ON mail = id
		WHERE id = $1 AND courier = $2 AND destination = $3 ORDER BY n LIMIT 1`,
		string(l.Mail), text(l.Courier), text(l.Destination)).Scan(&received, &outcome)
	if errors.Is(err, pgx.ErrNoRows) {
		l.Mail = "" // finished and purged meanwhile
		return nil
	}
	if err != nil {
		return err
	}
	l.Oldest = life.FromMicros(received)
	l.Last, err = life.DecodeOutcome(outcome)
	return err
}
