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

// Restore implements [queue.Restorer].
func (q *Queue) Restore(ctx context.Context, s queue.Saved) (queue.Receipt, error) {
	receipt, err := q.restore(ctx, s)
	if err != nil {
		return queue.Receipt{}, fmt.Errorf("restore: %w", err)
	}
	return receipt, nil
}

func (q *Queue) restore(ctx context.Context, s queue.Saved) (receipt queue.Receipt, err error) {
	turn, err := life.Restore(s, q.policy(), q.clock.Now())
	if err != nil {
		return receipt, err
	}
	id := turn.Mail.Mail.ID
	if _, err := q.reader.Show(ctx, id); !errors.Is(err, queue.ErrNotFound) {
		return queue.Receipt{ID: id, Repeated: err == nil}, err // its chunks must not be touched
	}
	p := &prepared{body: &spooled{}}
	p.Mail = turn.Mail.Mail
	if s.Body != nil {
		if p.body, err = q.spool(ctx, id, s.Body); err != nil {
			return receipt, err
		}
	} else if m := s.Record.Mail.Body; m != nil {
		p.body.size = m.Size()
	}
	err = q.do(ctx, func(t *tx) (err error) {
		receipt, err = t.restore(turn, p)
		return err
	})
	q.end(ctx, p, err == nil && !receipt.Repeated)
	return receipt, err
}

func (t *tx) restore(turn *life.Turn, p *prepared) (queue.Receipt, error) {
	m := &turn.Mail.Mail
	receipt := queue.Receipt{ID: m.ID, Size: p.body.size}
	if stored, err := t.has(m.ID); err != nil || stored {
		receipt.Repeated = !t.again
		return receipt, err
	}
	if m.Source.Claim != "" {
		r, err := t.claimed(m.Source.Claim)
		if !errors.Is(err, pgx.ErrNoRows) {
			return r, err
		}
	}
	t.occupies(m.Source, turn.Occupies)
	head, err := life.EncodeHead(m)
	if err != nil {
		return receipt, err
	}
	t.write(`INSERT INTO mail (id, received, expires, sender, message_id, source, claim, head, size, body, open, flawed, settled, finished, keep)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`, string(m.ID), life.Micros(m.Received), life.Micros(turn.Expires),
		text(m.Envelope.From), text(m.MessageID), text(m.Source.Name), text(m.Source.Claim), head, p.body.size, turn.Body, turn.Open, turn.Flawed,
		turn.Settled, life.Micros(turn.Finished), life.Micros(turn.Keep))
	if turn.Body {
		if err := t.putBody(p); err != nil {
			return receipt, err
		}
	}
	for _, r := range turn.Changed {
		if err := t.restoreRecipient(m.ID, life.Lane(m.Source), *r); err != nil {
			return receipt, err
		}
	}
	for _, e := range turn.Events {
		if e.Kind == queue.EventAccepted {
			continue // follows from the mail
		}
		if err := t.eventAt(m.ID, e.At, e); err != nil {
			return receipt, err
		}
	}
	return receipt, nil
}

// restoreRecipient works on a copy: the transaction may be tried again.
func (t *tx) restoreRecipient(id mail.ID, lane string, r life.Recipient) error {
	t.write(`INSERT INTO recipient (mail, n, address, notify, orig, courier, route, destination, state, since, next, lane)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, $10)`, string(id), r.Index, text(r.Address), int16(r.Notify),
		text(r.OrigRecipient), text(r.Courier), text(r.Route), text(r.Destination), int16(r.State), text(lane))
	t.topics[queue.CourierTopic(r.Courier)] = true
	if r.Owes != 0 {
		t.topics[queue.ReportTopic()] = true
	}
	return t.store(id, &r)
}
