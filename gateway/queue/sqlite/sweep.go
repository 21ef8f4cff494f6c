package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// purgeStep bounds the mails that one transaction purges.
const purgeStep = 200

// Sweep implements [queue.Queue].
func (q *Queue) Sweep(ctx context.Context) error {
	err := q.step(ctx)
	if err == nil {
		err = q.writer.do(ctx, func(t *tx) error { return t.lapse(life.Micros(t.now), q.opts.Policy) })
	}
	if err == nil {
		err = q.writer.do(ctx, func(t *tx) error {
			return errors.Join(
				t.exec("DELETE FROM seen WHERE until <= ?", life.Micros(t.now)),
				t.exec("DELETE FROM occupied WHERE n <= 0"),
			)
		})
	}
	for n := purgeStep; err == nil && n == purgeStep; {
		err = q.writer.do(ctx, func(t *tx) (err error) {
			n, err = t.purge()
			return err
		})
	}
	if err == nil {
		err = q.pack(ctx)
	}
	if err == nil {
		err = q.bodies.sweep(mail.NewID(q.clock.Now()))
	}
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	return nil
}

// step follows the machine's clock. What ends some time after now still ends after that time.
func (q *Queue) step(ctx context.Context) error {
	by := q.clock.drift().Truncate(time.Microsecond)
	if by == 0 {
		return nil
	}
	moved := false
	err := q.writer.do(ctx, func(t *tx) error {
		if !moved {
			q.clock.move(by) // here, where nobody else looks at leases
			moved = true
		}
		t.w.known.forgetAll()
		t.w.soonest = unknownTime
		return errors.Join(
			t.exec("UPDATE recipient SET until = until + ? WHERE state = 2", by.Microseconds()),
			t.exec("UPDATE lock SET until = until + ? WHERE until > 0", by.Microseconds()),
			t.followBack(life.Micros(q.clock.Now())),
		)
	})
	if err != nil && moved {
		q.clock.move(-by)
	}
	return err
}

// followBack moves what a clock that was ahead has put off: a mail that was to wait for five minutes must not wait for the hours that
// the clock was set back by. What the sender has put off to a time of day stays there.
func (t *tx) followBack(now int64) error {
	t.w.known.forgetAll()
	return t.exec(`UPDATE recipient SET next = max(?, next - (since - ?)), since = ?
		WHERE state IN (1, 3) AND since > ? AND (attempts > 0 OR next <= since)`, now, now, now, now+mostDrift.Microseconds())
}

// purge forgets mails whose time of keeping is over and returns how many.
func (t *tx) purge() (int, error) {
	var ids []mail.ID
	err := t.rows("SELECT id FROM mail INDEXED BY mail_keep WHERE keep <> 0 AND keep <= ? LIMIT ?", []any{life.Micros(t.now), purgeStep},
		func(rows *sql.Rows) error {
			var id mail.ID
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		})
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if err := t.purgeOne(id); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

func (t *tx) purgeOne(id mail.ID) error {
	t.w.known.forget(id)
	var at spot
	if err := t.row("SELECT place, content, size FROM mail WHERE id = ?", []any{string(id)}, &at.place, &at.n, &at.size); err != nil {
		return err
	}
	if err := t.dropBody(id, at); err != nil {
		return err
	}
	err := t.rows("SELECT courier, state FROM recipient WHERE mail = ?", []any{string(id)}, func(rows *sql.Rows) error {
		var courier string
		var state queue.State
		err := rows.Scan(&courier, &state)
		t.moved(courier, state, 0)
		return err
	})
	if err != nil {
		return err
	}
	for _, table := range []string{"DELETE FROM recipient WHERE mail = ?", "DELETE FROM event WHERE mail = ?", "DELETE FROM mail WHERE id = ?"} {
		if err := t.exec(table, string(id)); err != nil {
			return err
		}
	}
	return nil
}
