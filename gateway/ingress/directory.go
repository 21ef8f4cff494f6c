package ingress

import (
	"context"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/route"
	"github.com/mapigate/mapigate/smtpside"
)

// A Directory knows who exists.
type Directory interface {
	// Check gives nil for a recipient who exists, or of whom it knows nothing, and the reply for one who does not; a temporary one
	// while it cannot tell.
	Check(ctx context.Context, leg queue.Leg, address string) error
	// Lists tells whether it has all addresses of the kind, so that who does not stand there does not exist.
	Lists(leg queue.Leg, address string) bool
}

// Has tells whether a directory knows that somebody has an address, who would get mail by the routes. The error is a Status: it cannot
// tell now.
func Has(ctx context.Context, d Directory, routes route.Table, source mail.Source, from, address string) (bool, error) {
	leg, err := routes.Find(source, from, address)
	if d == nil || err != nil || !d.Lists(leg, address) {
		return false, nil
	}
	err = d.Check(ctx, leg, address)
	if err == nil {
		return true, nil
	}
	if status := smtpside.StatusOf(err); status.Temporary() {
		return false, status
	}
	return false, nil
}

// exists asks the directory about a recipient.
func (s *session) exists(ctx context.Context, leg queue.Leg, address string) error {
	if s.opts.Directory == nil {
		return nil
	}
	err := s.opts.Directory.Check(ctx, leg, address)
	if err == nil {
		return nil
	}
	why, status := "recipient", smtpside.StatusOf(err)
	if status.Temporary() {
		why = "directory_down"
	}
	return s.refuse(why, status)
}

// Room knows what the next hop takes.
type Room interface {
	// Fits gives nil for a mail of which nothing is known but that it will be taken, and the reply for one that surely will not be. size
	// is what the client says, 0 where it says nothing.
	Fits(ctx context.Context, leg queue.Leg, source mail.Source, from, to string, size int64) error
}

// fits asks whether there is room for a recipient's mail.
func (s *session) fits(ctx context.Context, leg queue.Leg, address string) error {
	if s.opts.Room == nil {
		return nil
	}
	if err := s.opts.Room.Fits(ctx, leg, s.source(), s.envelope.From, address, s.size); err != nil {
		return s.refuse("room", smtpside.StatusOf(err))
	}
	return nil
}
