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

// Count implements [queue.Surveyor].
func (r *reader) Count(ctx context.Context, f queue.Filter) (int, error) {
	f.After, f.Limit = "", -1 // no limit, for SQLite
	query, args := listQuery(f, r.few(ctx, f))
	var n int
	if err := r.db.QueryRowContext(ctx, "SELECT count(*) FROM ("+query+")", args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count: %w", err)
	}
	return n, nil
}

// Backlog implements [queue.Surveyor]. The index has all that the first question asks for.
func (r *reader) Backlog(ctx context.Context, n int) ([]queue.Load, error) {
	rows, err := r.db.QueryContext(ctx, `SELECT courier, destination, count(*) AS waiting, min(mail), min(next)
		FROM recipient INDEXED BY recipient_destination WHERE state IN (1, 3)
		GROUP BY courier, destination ORDER BY waiting DESC, courier, destination LIMIT ?`, n)
	var list []queue.Load
	if err == nil {
		err = each(rows, func(rows *sql.Rows) error {
			var l queue.Load
			var next int64
			err := rows.Scan(&l.Courier, &l.Destination, &l.Count, &l.Mail, &next)
			l.Next = life.FromMicros(next)
			list = append(list, l)
			return err
		})
	}
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
	err := r.db.QueryRowContext(ctx, `SELECT received, outcome FROM mail JOIN recipient ON mail = id
		WHERE id = ? AND courier = ? AND destination = ? ORDER BY n LIMIT 1`, string(l.Mail), l.Courier, l.Destination).Scan(&received, &outcome)
	if errors.Is(err, sql.ErrNoRows) {
		l.Mail = mail.ID("") // finished and purged meanwhile
		return nil
	}
	if err != nil {
		return err
	}
	l.Oldest = life.FromMicros(received)
	l.Last, err = life.DecodeOutcome(outcome)
	return err
}
