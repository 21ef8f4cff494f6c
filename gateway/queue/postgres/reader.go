package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// A reader answers questions.
type reader struct {
	pool   *pgxpool.Pool
	name   string    // for people: where the database is
	chunks sync.Pool // of *[]byte, chunkSize long
}

// check sees to it that the schema is one that this program knows.
func (r *reader) check(ctx context.Context) error {
	conn, err := r.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	version, err := schemaVersion(ctx, conn.Conn())
	switch {
	case err == nil && version == 0:
		err = errors.New("there is no queue here")
	case err == nil && version < len(migrations):
		err = fmt.Errorf("its schema is version %d, this program wants %d: start the gateway once", version, len(migrations))
	}
	return err
}

// A loaded mail is one with its recipients.
type loaded struct {
	life.Mail
	recipients []recipientRow
}

func (l loaded) record() queue.Record {
	rec := queue.Record{Mail: l.Mail.Mail, Expires: l.Expires, Finished: l.Finished}
	for i := range l.recipients {
		rec.Recipients = append(rec.Recipients, l.recipients[i].Status)
	}
	return rec
}

// load reads mails with their recipients in the order of ids. Those that are not there are left out.
func (r *reader) load(ctx context.Context, ids []string) ([]loaded, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	b := &pgx.Batch{}
	b.Queue("SELECT "+mailColumns+" FROM mail WHERE id = ANY($1)", ids)
	b.Queue("SELECT "+recipientColumns+" FROM recipient WHERE mail = ANY($1) ORDER BY mail, n", ids)
	results := r.pool.SendBatch(ctx, b)
	defer results.Close()
	rows, err := results.Query()
	if err != nil {
		return nil, err
	}
	mails, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (life.Mail, error) { return scanMail(row) })
	if err != nil {
		return nil, err
	}
	if rows, err = results.Query(); err != nil {
		return nil, err
	}
	recipients, err := pgx.CollectRows(rows, scanRecipient)
	if err != nil {
		return nil, err
	}
	return r.assemble(ids, mails, recipients), nil
}

func (r *reader) assemble(ids []string, mails []life.Mail, recipients []recipientRow) []loaded {
	found := make(map[mail.ID]*loaded, len(mails))
	for _, m := range mails {
		m.Mail.Body.(*body).r = r
		found[m.Mail.ID] = &loaded{Mail: m}
	}
	for _, row := range recipients {
		if l := found[row.mail]; l != nil {
			l.Mail.Mail.Envelope.Recipients = append(l.Mail.Mail.Envelope.Recipients, row.Status.Recipient)
			l.recipients = append(l.recipients, row)
		}
	}
	all := make([]loaded, 0, len(ids))
	for _, id := range ids {
		if l := found[mail.ID(id)]; l != nil && len(l.recipients) > 0 {
			all = append(all, *l)
		}
	}
	return all
}

// Show implements [queue.Inspector].
func (r *reader) Show(ctx context.Context, id mail.ID) (queue.Record, error) {
	if !id.Valid() {
		return queue.Record{}, fmt.Errorf("mail %q: %w", string(id), queue.ErrNotFound)
	}
	found, err := r.load(ctx, []string{string(id)})
	if err == nil && len(found) == 0 {
		err = queue.ErrNotFound
	}
	if err != nil {
		return queue.Record{}, fmt.Errorf("mail %s: %w", id, err)
	}
	return found[0].record(), nil
}

// Events implements [queue.Inspector].
func (r *reader) Events(ctx context.Context, id mail.ID) ([]queue.Event, error) {
	rec, err := r.Show(ctx, id)
	if err != nil {
		return nil, err
	}
	events := []queue.Event{life.Accepted(rec.Mail)}
	rows, err := r.pool.Query(ctx, "SELECT at, kind, n, state, attempt, worker, text, outcome FROM event WHERE mail = $1 ORDER BY id", string(id))
	if err != nil {
		return nil, fmt.Errorf("events of %s: %w", id, err)
	}
	told, err := pgx.CollectRows(rows, scanEvent)
	if err != nil {
		return nil, fmt.Errorf("events of %s: %w", id, err)
	}
	return append(events, told...), nil
}

func scanEvent(row pgx.CollectableRow) (queue.Event, error) {
	var e queue.Event
	var at int64
	var worker, more text
	var kind string
	var o []byte
	err := row.Scan(&at, &kind, &e.Recipient, &e.State, &e.Attempt, &worker, &more, &o)
	if err != nil {
		return e, err
	}
	e.At, e.Kind, e.Worker, e.Text = life.FromMicros(at), queue.EventKind(kind), string(worker), string(more)
	e.Outcome, err = life.DecodeOutcome(o)
	return e, err
}

// Stats implements [queue.Inspector]. The room on the server's disk is not known.
func (r *reader) Stats(ctx context.Context) (queue.Stats, error) {
	s := queue.Stats{Oldest: map[string]time.Time{}, Free: -1}
	rows, err := r.pool.Query(ctx, "SELECT courier, state, sum(n)::bigint FROM depth GROUP BY courier, state HAVING sum(n) <> 0 ORDER BY courier, state")
	if err != nil {
		return queue.Stats{}, fmt.Errorf("stats: %w", err)
	}
	s.Depths, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (queue.Depth, error) {
		var d queue.Depth
		var courier text
		err := row.Scan(&courier, &d.State, &d.Count)
		d.Courier = string(courier)
		return d, err
	})
	for _, d := range s.Depths {
		if _, done := s.Oldest[d.Courier]; done || d.State.Final() || err != nil {
			continue
		}
		var received int64
		err = r.pool.QueryRow(ctx, `SELECT received FROM mail WHERE id = (SELECT mail FROM recipient
			WHERE state IN (1, 2, 3, 7) AND courier = $1 ORDER BY mail LIMIT 1)`, text(d.Courier)).Scan(&received)
		if err == nil {
			s.Oldest[d.Courier] = life.FromMicros(received)
		}
		if errors.Is(err, pgx.ErrNoRows) {
			err = nil // finished meanwhile
		}
	}
	if err != nil {
		return queue.Stats{}, fmt.Errorf("stats: %w", err)
	}
	return s, nil
}
