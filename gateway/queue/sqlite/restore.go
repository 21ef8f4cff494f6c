package sqlite

import (
	"context"
	"errors"
	"fmt"

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
		return queue.Receipt{ID: id, Repeated: err == nil}, err // its file must not be touched
	}
	if err := q.space.check(); err != nil {
		return receipt, err
	}
	body := &spooled{place: nowhere, b: q.bodies}
	if s.Body != nil {
		if body, err = q.bodies.spool(ctx, id, s.Body); err != nil {
			return receipt, err
		}
	} else if m := s.Record.Mail.Body; m != nil {
		body.size = m.Size()
	}
	err = q.writer.do(ctx, func(t *tx) (err error) {
		receipt, err = t.restore(turn, body)
		return err
	})
	if err == nil && !receipt.Repeated {
		body.keep()
	} else {
		body.abandon()
	}
	return receipt, err
}

func (t *tx) restore(turn *life.Turn, body *spooled) (queue.Receipt, error) {
	m := &turn.Mail.Mail
	if r, err := t.repeated(m.Source.Claim); err != nil || r != nil {
		if r != nil {
			return *r, err
		}
		return queue.Receipt{}, err
	}
	t.occupies(m.Source, turn.Occupies)
	head, err := life.EncodeHead(m)
	if err != nil {
		return queue.Receipt{}, err
	}
	at, err := t.putBody(body)
	if err != nil {
		return queue.Receipt{}, err
	}
	err = t.exec(`INSERT INTO mail (id, received, expires, sender, message_id, source, claim, head, size, place, content, open, flawed, settled, finished, keep)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, string(m.ID), life.Micros(m.Received), life.Micros(turn.Expires), m.Envelope.From,
		m.MessageID, m.Source.Name, m.Source.Claim, head, body.size, int(at.place), at.n, turn.Open, turn.Flawed, turn.Settled,
		life.Micros(turn.Finished), life.Micros(turn.Keep))
	if err != nil {
		return queue.Receipt{}, err
	}
	for _, r := range turn.Changed {
		if err == nil {
			err = t.restoreRecipient(m.ID, life.Lane(m.Source), r)
		}
	}
	if err == nil {
		err = t.restoreEvents(m.ID, turn.Events)
	}
	return queue.Receipt{ID: m.ID, Size: body.size}, err
}

func (t *tx) restoreRecipient(id mail.ID, lane string, r *life.Recipient) error {
	err := t.exec(`INSERT INTO recipient (mail, n, address, notify, orig, courier, route, destination, state, since, next, lane)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?)`, string(id), r.Index, r.Address, int(r.Notify), r.OrigRecipient,
		r.Courier, r.Route, r.Destination, int(r.State), lane)
	if err != nil {
		return err
	}
	t.topics[queue.CourierTopic(r.Courier)] = true
	if r.Owes != 0 {
		t.topics[queue.ReportTopic()] = true
	}
	return t.store(id, r)
}

// restoreEvents keeps the times of the events, but so that each is later than the one before.
func (t *tx) restoreEvents(id mail.ID, events []queue.Event) error {
	last := int64(0)
	for _, e := range events {
		if e.Kind == queue.EventAccepted {
			continue // follows from the mail
		}
		last = max(last+1, min(life.Micros(e.At), life.Micros(t.now)))
		if err := t.eventAt(id, last, e); err != nil {
			return err
		}
	}
	return nil
}

// repeated gives the receipt of the mail that has the claim already, or nil.
func (t *tx) repeated(claim string) (*queue.Receipt, error) {
	if claim == "" {
		return nil, nil
	}
	r := &queue.Receipt{Repeated: true}
	err := t.row("SELECT id, size FROM mail WHERE claim = ?  AND claim <> ''", []any{claim}, &r.ID, &r.Size)
	if errors.Is(noRowsToNotFound(err), queue.ErrNotFound) {
		return nil, nil
	}
	return r, err
}
