package sqlite

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// Put implements [queue.Putter].
func (q *Queue) Put(ctx context.Context, e queue.Entry) (queue.Receipt, error) {
	p, err := q.prepare(ctx, e)
	if err != nil {
		return queue.Receipt{}, fmt.Errorf("put: %w", err)
	}
	if p.body.place == inContent { // before the row is there, lest it outlives it
		q.fresh.keep(p.Mail.ID, p.body.data)
	}
	var receipt queue.Receipt
	err = q.writer.do(ctx, func(t *tx) (err error) {
		receipt, err = t.put(p)
		return err
	})
	stored := err == nil && !receipt.Repeated
	if !stored {
		q.fresh.forget(p.Mail.ID)
	}
	p.end(stored)
	if err != nil {
		return queue.Receipt{}, fmt.Errorf("put: %w", err)
	}
	return receipt, nil
}

// A prepared entry has its body on the way to the disk and everything encoded, so that the writer has little to do.
type prepared struct {
	life.Prepared
	body *spooled
}

// end lets go of the body, and of its file when the row did not commit.
func (p *prepared) end(stored bool) {
	if stored {
		p.body.keep()
	} else {
		p.body.abandon()
	}
}

func (q *Queue) prepare(ctx context.Context, e queue.Entry) (*prepared, error) {
	if err := q.space.check(); err != nil {
		return nil, err
	}
	p, err := life.Prepare(e, q.policy(), q.clock.Now())
	if err != nil {
		return nil, err
	}
	body, err := q.bodies.spool(ctx, p.Mail.ID, e.Body)
	if err != nil {
		return nil, err
	}
	return &prepared{p, body}, nil
}

// put writes the rows of a mail.
func (t *tx) put(p *prepared) (queue.Receipt, error) {
	if err := t.checkFence(p.Fence); err != nil {
		return queue.Receipt{}, err
	}
	if r, err := t.repeated(p.Mail.Source.Claim); err != nil || r != nil {
		if r != nil {
			return *r, err
		}
		return queue.Receipt{}, err
	}
	if r, err := t.guard(p); err != nil || r != nil {
		if r != nil {
			return *r, err
		}
		return queue.Receipt{}, err
	}
	t.occupies(p.Mail.Source, 1)
	at, err := t.putMail(p)
	if err != nil {
		return queue.Receipt{}, err
	}
	for i := range p.Legs {
		if err := t.putRecipient(p, i); err != nil {
			return queue.Receipt{}, err
		}
	}
	return queue.Receipt{ID: p.Mail.ID, Size: p.body.size}, t.remember(p, at)
}

func (t *tx) putMail(p *prepared) (spot, error) {
	at, err := t.putBody(p.body)
	if err != nil {
		return at, err
	}
	m := &p.Mail
	return at, t.exec(`INSERT INTO mail (id, received, expires, sender, message_id, source, claim, head, size, place, content, open)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, string(m.ID), life.Micros(m.Received), life.Micros(p.Expires), m.Envelope.From,
		m.MessageID, m.Source.Name, m.Source.Claim, p.Head, p.body.size, int(at.place), at.n, len(p.Legs))
}

// putBody stores a body that is not in a file, and says where it is.
func (t *tx) putBody(b *spooled) (at spot, err error) {
	at = spot{place: b.place, size: b.size}
	switch b.place {
	case inFile:
		t.dirs[filepath.Dir(b.path)] = true
	case inSegment:
		t.segments[b.shelf.segment()] = true
		at.n = int64(b.shelf)
	case inContent:
		at.n, err = t.insert("INSERT INTO content (data) VALUES (?)", b.data)
	}
	return at, err
}

func (t *tx) putRecipient(p *prepared, i int) error {
	r, leg := p.Mail.Envelope.Recipients[i], p.Legs[i]
	state := p.State()
	t.moved(leg.Courier, 0, state)
	t.topics[queue.CourierTopic(leg.Courier)] = true
	return t.exec(`INSERT INTO recipient (mail, n, address, notify, orig, courier, route, destination, state, since, next, lane)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, string(p.Mail.ID), i, r.Address, int(r.Notify), r.OrigRecipient,
		leg.Courier, leg.Route, leg.Destination, int(state), life.Micros(t.now), life.Micros(life.Later(t.now, p.NotBefore)), life.Lane(p.Mail.Source))
}
