package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

const (
	// writeTimeout bounds a change with all its tries: the database may be restarting meanwhile.
	writeTimeout = 30 * time.Second
	// firstPause is the wait before the second try; it doubles up to mostPause.
	firstPause = 5 * time.Millisecond
	mostPause  = time.Second
)

// A tx is one transaction. Whoever changes something of a mail locks its row first, and no more than that one
// without SKIP LOCKED, so that no two wait for each other. Writes are gathered and sent together with the
// COMMIT; only reads take a round trip.
type tx struct {
	ctx    context.Context
	conn   *pgxpool.Conn
	now    time.Time
	policy queue.Policy
	writes *pgx.Batch
	// again says that the transaction was tried before, and may have been committed then.
	again bool

	depths map[depthKey]int64
	topics map[queue.Topic]bool
}

type depthKey struct {
	courier string
	state   queue.State
}

// do runs a transaction, again when it lost against another one or the connection broke. Once it has begun it goes on to its end,
// whatever becomes of ctx: half an answer would be none.
func (q *Queue) do(ctx context.Context, run func(*tx) error) error {
	if !q.enter() {
		return queue.ErrClosed
	}
	defer q.leave()
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	again := false
	for pause := firstPause; ; pause = min(2*pause, mostPause) {
		err := q.try(ctx, again, run)
		if err == nil || !passing(err) {
			return classify(err)
		}
		again = again || errors.Is(err, errInDoubt)
		select {
		case <-ctx.Done():
			return err
		case <-q.closing:
			return err
		case <-time.After(pause):
		}
	}
}

// try runs the transaction once.
func (q *Queue) try(ctx context.Context, again bool, run func(*tx) error) (err error) {
	conn, err := q.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil && conn.Conn().IsClosed() {
			err = fmt.Errorf("%w: %w", errConnection, err)
		}
		conn.Release() // ends a connection that is still in a transaction
	}()
	t := &tx{
		ctx: ctx, conn: conn, now: q.clock.Now(), policy: q.policy(), again: again, writes: &pgx.Batch{},
		depths: map[depthKey]int64{}, topics: map[queue.Topic]bool{},
	}
	if _, err := conn.Exec(ctx, "BEGIN"); err != nil {
		return err
	}
	if err := run(t); err != nil {
		return errors.Join(err, t.rollback())
	}
	if err := t.commit(); err != nil {
		return errors.Join(err, t.rollback())
	}
	q.wake(t.topics)
	return nil
}

func (t *tx) rollback() error {
	if t.conn.Conn().IsClosed() {
		return nil
	}
	_, err := t.conn.Exec(t.ctx, "ROLLBACK")
	return err
}

// commit sends the gathered writes and the COMMIT in one go.
func (t *tx) commit() error {
	for k, n := range t.depths {
		if n != 0 {
			t.write("INSERT INTO depth (courier, state, n) VALUES ($1, $2, $3)", text(k.courier), int16(k.state), n)
		}
	}
	t.writes.Queue("COMMIT")
	r := t.conn.SendBatch(t.ctx, t.writes)
	for range t.writes.Len() {
		if _, err := r.Exec(); err != nil {
			r.Close()
			if t.conn.Conn().IsClosed() {
				return fmt.Errorf("%w: %w", errInDoubt, err)
			}
			return err
		}
	}
	return r.Close()
}

// write adds a statement to those that are sent with the COMMIT.
func (t *tx) write(query string, args ...any) { t.writes.Queue(query, args...) }

// row reads one row into dest; pgx.ErrNoRows when there is none.
func (t *tx) row(query string, args []any, dest ...any) error {
	return t.conn.QueryRow(t.ctx, query, args...).Scan(dest...)
}

// moved counts a recipient that goes from one state to another; 0 is none.
func (t *tx) moved(courier string, from, to queue.State) {
	if from != 0 {
		t.depths[depthKey{courier, from}]--
	}
	if to != 0 {
		t.depths[depthKey{courier, to}]++
	}
}

// store writes a recipient back and counts its change.
func (t *tx) store(id mail.ID, r *life.Recipient) error {
	o, err := life.EncodeOutcome(r.Last)
	if err != nil {
		return err
	}
	if r.Was != r.State {
		t.moved(r.Courier, r.Was, r.State)
		r.Was = r.State
	}
	t.write(`UPDATE recipient SET state = $1, since = $2, next = $3, attempts = $4, doubt = $5, token = $6, until = $7,
		worker = $8, outcome = $9, owes = $10, warned = $11 WHERE mail = $12 AND n = $13`,
		int16(r.State), life.Micros(r.Since), life.Micros(r.Next), r.Attempts, r.Doubt, r.Token, life.Micros(r.Until),
		text(r.Worker), o, int16(r.Owes), r.Warned, string(id), r.Index)
	return nil
}

// event adds to the story of a mail.
func (t *tx) event(id mail.ID, e queue.Event) error { return t.eventAt(id, t.now, e) }

func (t *tx) eventAt(id mail.ID, at time.Time, e queue.Event) error {
	var o []byte
	if e.Kind == queue.EventTried || e.Kind == queue.EventLate {
		var err error
		if o, err = life.EncodeOutcome(e.Outcome); err != nil {
			return err
		}
	}
	t.write(`INSERT INTO event (mail, id, at, kind, n, state, attempt, worker, text, outcome)
		VALUES ($1, nextval('serial'), $2, $3, $4, $5, $6, $7, $8, $9)`,
		string(id), life.Micros(at), string(e.Kind), e.Recipient, int16(e.State), e.Attempt, text(e.Worker), text(life.Cut(e.Text)), o)
	return nil
}
