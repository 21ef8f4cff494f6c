package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// Lock implements [queue.Locker]. The token is drawn while the row is locked, so that a later lock has the greater one.
func (q *Queue) Lock(ctx context.Context, name, holder string, d time.Duration) (queue.Fence, error) {
	f := queue.Fence{Name: name}
	err := q.do(ctx, func(t *tx) error {
		err := t.row(`INSERT INTO lock (name, token, holder, until) VALUES ($1, nextval('serial'), $2, $3)
			ON CONFLICT (name) DO UPDATE SET token = nextval('serial'), holder = excluded.holder, until = excluded.until
			WHERE lock.until <= $4 RETURNING token`,
			[]any{text(name), text(holder), life.Micros(t.now.Add(d)), life.Micros(t.now)}, &f.Token)
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		var by text
		var until int64
		if err := t.row("SELECT holder, until FROM lock WHERE name = $1", []any{text(name)}, &by, &until); err != nil {
			return err
		}
		return fmt.Errorf("%w: %s has it until %s", queue.ErrLocked, by, life.FromMicros(until).Format(time.RFC3339))
	})
	if err != nil {
		return queue.Fence{}, fmt.Errorf("lock %s: %w", name, err)
	}
	return f, nil
}

// Relock implements [queue.Locker].
func (q *Queue) Relock(ctx context.Context, f queue.Fence, d time.Duration) error {
	return q.do(ctx, func(t *tx) error {
		tag, err := t.conn.Exec(t.ctx, "UPDATE lock SET until = $1 WHERE name = $2 AND token = $3 AND until > $4",
			life.Micros(t.now.Add(d)), text(f.Name), f.Token, life.Micros(t.now))
		if err == nil && tag.RowsAffected() == 0 {
			err = fmt.Errorf("%w: %s", queue.ErrLockLost, f.Name)
		}
		return err
	})
}

// Unlock implements [queue.Locker].
func (q *Queue) Unlock(ctx context.Context, f queue.Fence) error {
	return q.do(ctx, func(t *tx) error {
		t.write("UPDATE lock SET until = 0 WHERE name = $1 AND token = $2", text(f.Name), f.Token)
		return nil
	})
}

// checkFence fails with ErrLockLost when the lock is not held under this token, and keeps it from changing hands before the
// transaction ends. The zero Fence asks for none.
func (t *tx) checkFence(f queue.Fence) error {
	if f == (queue.Fence{}) {
		return nil
	}
	var one int
	err := t.row("SELECT 1 FROM lock WHERE name = $1 AND token = $2 AND until > $3 FOR SHARE",
		[]any{text(f.Name), f.Token, life.Micros(t.now)}, &one)
	if errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("%w: %s", queue.ErrLockLost, f.Name)
	}
	return err
}
