package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// Put implements [queue.Putter].
func (q *Queue) Put(ctx context.Context, e queue.Entry) (queue.Receipt, error) {
	p, err := q.prepare(ctx, e)
	if err != nil {
		return queue.Receipt{}, fmt.Errorf("put: %w", err)
	}
	var receipt queue.Receipt
	err = q.do(ctx, func(t *tx) (err error) {
		receipt, err = t.put(p)
		return err
	})
	q.end(ctx, p, err == nil && !receipt.Repeated)
	if err != nil {
		return queue.Receipt{}, fmt.Errorf("put: %w", err)
	}
	return receipt, nil
}

// A prepared entry has its body read and everything encoded.
type prepared struct {
	life.Prepared
	body *spooled
}

// end lets go of the body, and of its chunks when the mail was not stored.
func (q *Queue) end(ctx context.Context, p *prepared, stored bool) {
	if !stored && p.body.uploaded {
		if err := q.abandon(ctx, p.Mail.ID); err != nil {
			q.opts.Log.Warn("cannot forget the body of a mail that was not stored; it goes with a later sweep", "msg", p.Mail.ID, "error", err)
		}
	}
	q.release(p.body)
}

func (q *Queue) prepare(ctx context.Context, e queue.Entry) (*prepared, error) {
	if !q.enter() {
		return nil, queue.ErrClosed
	}
	defer q.leave()
	p, err := life.Prepare(e, q.policy(), q.clock.Now())
	if err != nil {
		return nil, err
	}
	body, err := q.spool(ctx, p.Mail.ID, e.Body)
	if err != nil {
		return nil, err
	}
	return &prepared{p, body}, nil
}

// put writes the rows of a mail.
func (t *tx) put(p *prepared) (queue.Receipt, error) {
	if t.again { // the answer to the COMMIT was lost
		stored, err := t.has(p.Mail.ID)
		if err != nil || stored {
			return queue.Receipt{ID: p.Mail.ID, Size: p.body.size}, err
		}
	}
	if err := t.checkFence(p.Fence); err != nil {
		return queue.Receipt{}, err
	}
	if r, err := t.guard(p); err != nil || r != nil {
		if r != nil {
			return *r, err
		}
		return queue.Receipt{}, err
	}
	if repeated, err := t.putMail(p); err != nil || repeated != nil {
		if repeated != nil {
			return *repeated, nil
		}
		return queue.Receipt{}, err
	}
	if err := t.putBody(p); err != nil {
		return queue.Receipt{}, err
	}
	t.occupies(p.Mail.Source, 1)
	for i := range p.Legs {
		t.putRecipient(p, i)
	}
	return queue.Receipt{ID: p.Mail.ID, Size: p.body.size}, nil
}

// putBody writes a body of one chunk, or makes one that has been uploaded the mail's.
func (t *tx) putBody(p *prepared) error {
	if !p.body.uploaded {
		if p.body.size > 0 {
			t.write("INSERT INTO body (mail, n, data) VALUES ($1, 0, $2)", string(p.Mail.ID), p.body.chunk)
		}
		return nil
	}
	tag, err := t.conn.Exec(t.ctx, "DELETE FROM upload WHERE mail = $1", string(p.Mail.ID))
	if err == nil && tag.RowsAffected() != 1 {
		err = errors.New("the body took so long that it was given up")
	}
	return err
}

func (t *tx) has(id mail.ID) (found bool, err error) {
	return found, t.row("SELECT EXISTS (SELECT 1 FROM mail WHERE id = $1)", []any{string(id)}, &found)
}

const insertMail = `INSERT INTO mail (id, received, expires, sender, message_id, source, claim, head, size, open)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

// putMail writes the row of the mail, unless its claim is there already: then it gives the first one's receipt. A mail without
// a claim goes with the COMMIT.
func (t *tx) putMail(p *prepared) (*queue.Receipt, error) {
	m := &p.Mail
	args := []any{
		string(m.ID), life.Micros(m.Received), life.Micros(p.Expires), text(m.Envelope.From),
		text(m.MessageID), text(m.Source.Name), text(m.Source.Claim), p.Head, p.body.size, len(p.Legs),
	}
	if m.Source.Claim == "" {
		t.write(insertMail, args...)
		return nil, nil
	}
	tag, err := t.conn.Exec(t.ctx, insertMail+" ON CONFLICT (claim) WHERE claim <> '' DO NOTHING", args...)
	if err != nil || tag.RowsAffected() == 1 {
		return nil, err
	}
	r, err := t.claimed(m.Source.Claim)
	if errors.Is(err, pgx.ErrNoRows) {
		err = fmt.Errorf("the first mail of claim %s has just been purged", m.Source.Claim)
	}
	return &r, err
}

// claimed gives the receipt of the mail that has the claim, or pgx.ErrNoRows.
func (t *tx) claimed(claim string) (queue.Receipt, error) {
	r := queue.Receipt{Repeated: true}
	var id string
	err := t.row("SELECT id, size FROM mail WHERE claim = $1 AND claim <> ''", []any{text(claim)}, &id, &r.Size)
	r.ID = mail.ID(id)
	return r, err
}

func (t *tx) putRecipient(p *prepared, i int) {
	r, leg := p.Mail.Envelope.Recipients[i], p.Legs[i]
	state := p.State()
	t.moved(leg.Courier, 0, state)
	t.topics[queue.CourierTopic(leg.Courier)] = true
	t.write(`INSERT INTO recipient (mail, n, address, notify, orig, courier, route, destination, state, since, next, lane)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, string(p.Mail.ID), i, text(r.Address), int16(r.Notify),
		text(r.OrigRecipient), text(leg.Courier), text(leg.Route), text(leg.Destination), int16(state),
		life.Micros(t.now), life.Micros(life.Later(t.now, p.NotBefore)), text(life.Lane(p.Mail.Source)))
}
