package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// Lock implements [queue.Locker].
func (q *Queue) Lock(ctx context.Context, name, holder string, d time.Duration) (queue.Fence, error) {
	f := queue.Fence{Name: name}
	err := q.writer.do(ctx, func(t *tx) error {
		var by string
		var until int64
		err := t.row("SELECT holder, until FROM lock WHERE name = ?", []any{name}, &by, &until)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if until > life.Micros(t.now) {
			return fmt.Errorf("%w: %s has it until %s", queue.ErrLocked, by, life.FromMicros(until).Format(time.RFC3339))
		}
		f.Token = t.serial()
		return t.exec("INSERT OR REPLACE INTO lock (name, token, holder, until) VALUES (?, ?, ?, ?)",
			name, f.Token, holder, life.Micros(t.now.Add(d)))
	})
	if err != nil {
		return queue.Fence{}, fmt.Errorf("lock %s: %w", name, err)
	}
	return f, nil
}

// Relock implements [queue.Locker].
func (q *Queue) Relock(ctx context.Context, f queue.Fence, d time.Duration) error {
	return q.writer.do(ctx, func(t *tx) error {
		if err := t.checkFence(f); err != nil {
			return err
		}
		return t.exec("UPDATE lock SET until = ? WHERE name = ?", life.Micros(t.now.Add(d)), f.Name)
	})
}

// Unlock implements [queue.Locker].
func (q *Queue) Unlock(ctx context.Context, f queue.Fence) error {
	return q.writer.do(ctx, func(t *tx) error {
		return t.exec("UPDATE lock SET until = 0 WHERE name = ? AND token = ?", f.Name, f.Token)
	})
}

// checkFence fails with ErrLockLost when the lock is not held under this token. The zero Fence asks for none.
func (t *tx) checkFence(f queue.Fence) error {
	if f == (queue.Fence{}) {
		return nil
	}
	var token, until int64
	err := t.row("SELECT token, until FROM lock WHERE name = ?", []any{f.Name}, &token, &until)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if token != f.Token || until <= life.Micros(t.now) {
		return fmt.Errorf("%w: %s", queue.ErrLockLost, f.Name)
	}
	return nil
}
