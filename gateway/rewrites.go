package gateway

import (
	"context"
	"fmt"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/ingress"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/rewrite"
)

// newRewrites makes what changes the addresses of mail that comes in, and of mail that leaves. Both are nil where the
// configuration asks for nothing.
func newRewrites(c *config.Rewrite) (in *rewrite.Incoming, out *rewrite.Table, err error) {
	if len(c.Generic) > 0 {
		if out, err = rewrite.NewTable(c.Rules(c.Generic)); err != nil {
			return nil, nil, fmt.Errorf("rewrite.generic: %w", err)
		}
	}
	if len(c.Canonical)+len(c.CatchAll)+len(c.Archive) == 0 {
		return nil, out, nil
	}
	in = &rewrite.Incoming{}
	if len(c.Canonical) > 0 {
		if in.Canonical, err = rewrite.NewTable(c.Rules(c.Canonical)); err != nil {
			return nil, nil, fmt.Errorf("rewrite.canonical: %w", err)
		}
	}
	for _, a := range c.CatchAll {
		in.CatchAlls = append(in.CatchAlls, rewrite.CatchAll{To: a.To, Except: a.Except, Mailbox: a.Mailbox})
	}
	for _, a := range c.Archive {
		in.Archives = append(in.Archives, rewrite.Archive{Sources: a.Source, From: a.From, To: a.To, Mailbox: a.Mailbox})
	}
	return in, out, nil
}

// claimedLegs changes the recipients of mail that was taken from a mailbox, adds archives, and finds the ways. The
// envelope's sender stays: it is the mailbox, and hears what becomes of the mail.
func (g *generation) claimedLegs(ctx context.Context, m *mail.Mail) ([]queue.Leg, error) {
	for i, r := range m.Envelope.Recipients {
		renamed, err := g.incoming.Rename(r, func(address string) (bool, error) {
			return ingress.Has(ctx, g.recipients, g.ways.routes(), m.Source, m.Envelope.From, address)
		})
		if err != nil { // it has been taken already, and waits
			return nil, fmt.Errorf("asking whether somebody has the address of a recipient: %w", err)
		}
		m.Envelope.Recipients[i] = renamed
	}
	m.Envelope.Recipients = append(m.Envelope.Recipients, g.incoming.Copies(m)...)
	return g.ways.legs(ctx, m)
}

// A claimed queue rewrites the header of mail that was taken from a mailbox, on its way into the queue.
type claimed struct {
	queue.Queue
	canonical *rewrite.Table
}

// claimedQueue gives the queue for watchers.
func (g *generation) claimedQueue() queue.Queue {
	if g.incoming == nil || g.incoming.Canonical == nil {
		return g.queue
	}
	return &claimed{g.queue, g.incoming.Canonical}
}

// Put implements [queue.Putter].
func (q *claimed) Put(ctx context.Context, e queue.Entry) (queue.Receipt, error) {
	body, err := q.canonical.Body(e.Body, e.Mail.Envelope.SMTPUTF8)
	if err != nil {
		return queue.Receipt{}, fmt.Errorf("rewriting the header: %w", err)
	}
	e.Body = body
	return q.Queue.Put(ctx, e)
}
