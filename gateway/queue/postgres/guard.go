package postgres

import (
	"context"
	"fmt"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// guard gives the receipt of the mail that came before with the same key, or nil and remembers the key. Of two that come at once one waits
// for the other here.
func (t *tx) guard(p *prepared) (*queue.Receipt, error) {
	if p.Guard == nil {
		return nil, nil
	}
	key := p.Guard.Key()
	if key == "" {
		return nil, nil
	}
	tag, err := t.conn.Exec(t.ctx, `INSERT INTO seen (key, mail, until) VALUES ($1, $2, $3) ON CONFLICT (key) DO UPDATE
		SET mail = excluded.mail, until = excluded.until
		WHERE seen.until <= $4 OR NOT EXISTS (SELECT 1 FROM mail WHERE id = seen.mail)`,
		text(key), string(p.Mail.ID), life.Micros(t.now.Add(p.Guard.For)), life.Micros(t.now))
	if err != nil || tag.RowsAffected() > 0 {
		return nil, err
	}
	r := &queue.Receipt{Repeated: true}
	var id string
	err = t.row("SELECT mail.id, mail.size FROM seen JOIN mail ON mail.id = seen.mail WHERE key = $1", []any{text(key)}, &id, &r.Size)
	r.ID = mail.ID(id)
	return r, err
}

// occupies counts a mail that has something to do, or has not any more.
func (t *tx) occupies(s mail.Source, n int64) {
	if n != 0 {
		t.write("INSERT INTO occupied (source, n) VALUES ($1, $3), ($2, $3)", text(s.Name), text(life.Lane(s)), n)
	}
}

// Occupied implements [queue.Inspector].
func (r *reader) Occupied(ctx context.Context, s mail.Source) (all, client int64, err error) {
	err = r.pool.QueryRow(ctx, `SELECT greatest(coalesce(sum(n) FILTER (WHERE source = $1), 0), 0)::bigint,
		greatest(coalesce(sum(n) FILTER (WHERE source = $2), 0), 0)::bigint FROM occupied WHERE source IN ($1, $2)`,
		text(s.Name), text(life.Lane(s))).Scan(&all, &client)
	if err != nil {
		return 0, 0, fmt.Errorf("occupied: %w", err)
	}
	return all, client, nil
}
