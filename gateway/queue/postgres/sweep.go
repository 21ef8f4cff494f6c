package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

const (
	// purgeStep bounds the mails that one transaction purges.
	purgeStep = 200
	// uploadAge is when an upload without its mail is given up.
	uploadAge = 6 * time.Hour
)

// Sweep implements [queue.Queue]. Several gateways may sweep at once.
func (q *Queue) Sweep(ctx context.Context) error {
	back, err := q.clock.sync(ctx, q.pool)
	if err == nil && back {
		err = q.do(ctx, (*tx).followBack)
	}
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	steps := []func(*tx) error{
		(*tx).lapse,
		(*tx).sumDepths,
		(*tx).sumOccupied,
		(*tx).forgetSeen,
		(*tx).collectUploads,
	}
	for _, step := range steps {
		if err := q.do(ctx, step); err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
	}
	for n := purgeStep; n == purgeStep; {
		err := q.do(ctx, func(t *tx) (err error) {
			n, err = t.purge()
			return err
		})
		if err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
	}
	return nil
}

// longLock is longer than anybody takes a lock without renewing it.
const longLock = 10 * time.Minute

// followBack moves what a clock that was ahead has put off: a mail that was to wait for five minutes must not wait for the hours that
// the clock was set back by, and what nobody holds any more must not stay leased and locked for them. What the sender has put off
// to a time of day stays there. Each gateway may do it: the second finds nothing.
func (t *tx) followBack() error {
	now := life.Micros(t.now)
	ahead := now + mostDrift.Microseconds()
	t.write(`UPDATE recipient SET next = greatest($1, next - (since - $1)), since = $1
		WHERE state IN (1, 3) AND since > $2 AND (attempts > 0 OR next <= since)`, now, ahead)
	t.write("UPDATE recipient SET until = until - (since - $1), since = $1 WHERE state = 2 AND since > $2", now, ahead)
	t.write("UPDATE lock SET until = $1 WHERE until > $1", now+longLock.Microseconds())
	return nil
}

// sumDepths adds the changes of the counts together.
func (t *tx) sumDepths() error {
	t.write(`WITH gone AS (DELETE FROM depth RETURNING courier, state, n)
		INSERT INTO depth SELECT courier, state, sum(n) FROM gone GROUP BY courier, state HAVING sum(n) <> 0`)
	return nil
}

// sumOccupied does the same with the counts of mails. What was stored before there were lanes left none behind when it came.
func (t *tx) sumOccupied() error {
	t.write(`WITH gone AS (DELETE FROM occupied RETURNING source, n)
		INSERT INTO occupied SELECT source, sum(n) FROM gone GROUP BY source HAVING sum(n) > 0`)
	return nil
}

// forgetSeen forgets what guards need not know any more.
func (t *tx) forgetSeen() error {
	t.write("DELETE FROM seen WHERE until <= $1", life.Micros(t.now))
	return nil
}

// collectUploads forgets bodies whose mail never came.
func (t *tx) collectUploads() error {
	t.write(`WITH gone AS (DELETE FROM upload WHERE since <= $1 RETURNING mail)
		DELETE FROM body WHERE mail IN (SELECT mail FROM gone)`, life.Micros(t.now.Add(-uploadAge)))
	return nil
}

// purge forgets mails whose time of keeping is over and returns how many.
func (t *tx) purge() (int, error) {
	rows, err := t.conn.Query(t.ctx, "SELECT id FROM mail WHERE keep <> 0 AND keep <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED",
		life.Micros(t.now), purgeStep)
	if err != nil {
		return 0, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	rows, err = t.conn.Query(t.ctx, "DELETE FROM recipient WHERE mail = ANY($1) RETURNING courier, state", ids)
	if err != nil {
		return 0, err
	}
	var courier text
	var state queue.State
	_, err = pgx.ForEachRow(rows, []any{&courier, &state}, func() error {
		t.moved(string(courier), state, 0)
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, query := range []string{
		"DELETE FROM body WHERE mail = ANY($1)", "DELETE FROM event WHERE mail = ANY($1)", "DELETE FROM mail WHERE id = ANY($1)",
	} {
		t.write(query, ids)
	}
	return len(ids), nil
}
