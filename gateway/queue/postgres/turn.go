package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// turn makes a turn of a mail in a transaction of its own: [life.Turns].
func (q *Queue) turn(ctx context.Context, id mail.ID, change func(*life.Turn) error) error {
	return q.do(ctx, func(t *tx) error { return t.turn(id, change) })
}

// turn locks a mail and loads it with its recipients, lets a change decide, and stores what came of it.
func (t *tx) turn(id mail.ID, change func(*life.Turn) error) error {
	m, err := scanMail(t.conn.QueryRow(t.ctx, "SELECT "+mailColumns+" FROM mail WHERE id = $1 FOR UPDATE", string(id)))
	if err != nil {
		return fmt.Errorf("mail %s: %w", id, err)
	}
	if err := t.recipients(&m); err != nil {
		return fmt.Errorf("mail %s: %w", id, err)
	}
	turn := &life.Turn{Policy: t.policy, Now: t.now, Again: t.again, Mail: &m}
	if err := change(turn); err != nil {
		return err
	}
	return t.storeTurn(turn)
}

// recipients reads all recipients of a mail that is locked, in order.
func (t *tx) recipients(m *life.Mail) error {
	rows, err := t.conn.Query(t.ctx, "SELECT "+recipientColumns+" FROM recipient WHERE mail = $1 ORDER BY n", string(m.Mail.ID))
	if err != nil {
		return err
	}
	m.Recipients, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (life.Recipient, error) {
		r, err := scanRecipient(row)
		return r.Recipient, err
	})
	return err
}

func (t *tx) storeTurn(turn *life.Turn) error {
	id := turn.Mail.Mail.ID
	for _, r := range turn.Changed {
		if err := t.store(id, r); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
	}
	for _, e := range turn.Events {
		if err := t.event(id, e); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
	}
	for _, topic := range turn.Topics {
		t.topics[topic] = true
	}
	t.occupies(turn.Mail.Mail.Source, turn.Occupies)
	if turn.Forget {
		t.write("DELETE FROM body WHERE mail = $1", string(id))
	}
	if turn.Altered {
		t.write("UPDATE mail SET open = $1, flawed = $2, finished = $3, keep = $4, body = $5, settled = $6, expires = $7 WHERE id = $8",
			turn.Open, turn.Flawed, life.Micros(turn.Finished), life.Micros(turn.Keep), turn.Body, turn.Settled, life.Micros(turn.Expires), string(id))
	}
	return nil
}
