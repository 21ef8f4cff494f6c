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

// guard gives the receipt of the mail that came before with the same key, or nil and remembers the key.
func (t *tx) guard(p *prepared) (*queue.Receipt, error) {
	if p.Guard == nil {
		return nil, nil
	}
	key := p.Guard.Key()
	if key == "" {
		return nil, nil
	}
	r := &queue.Receipt{Repeated: true}
	err := t.row("SELECT seen.mail, mail.size FROM seen JOIN mail ON mail.id = seen.mail WHERE key = ? AND until > ?",
		[]any{key, life.Micros(t.now)}, &r.ID, &r.Size)
	if !errors.Is(err, sql.ErrNoRows) {
		return r, err
	}
	return nil, t.exec("INSERT OR REPLACE INTO seen (key, mail, until) VALUES (?, ?, ?)", key, string(p.Mail.ID), life.Micros(t.now.Add(p.Guard.For)))
}

// occupies counts a mail that has something to do, or has not any more.
func (t *tx) occupies(s mail.Source, n int64) {
	if n != 0 {
		t.occupied[s.Name] += n
		t.occupied[life.Lane(s)] += n
	}
}

// Occupied implements [queue.Inspector].
func (r *reader) Occupied(ctx context.Context, s mail.Source) (all, client int64, err error) {
	err = r.db.QueryRowContext(ctx, `SELECT coalesce((SELECT n FROM occupied WHERE source = ?), 0), coalesce((SELECT n FROM occupied WHERE source = ?), 0)`,
		s.Name, life.Lane(s)).Scan(&all, &client)
	if err != nil {
		return 0, 0, fmt.Errorf("occupied: %w", err)
	}
	return all, client, nil
}
