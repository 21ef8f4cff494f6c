package ingress

import (
	"context"

	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/smtpside"
)

// A Directory knows who exists.
type Directory interface {
	// Check gives nil for a recipient who exists, or of whom it knows nothing, and the reply for one who does not; a temporary one
	// while it cannot tell.
	Check(ctx context.Context, leg queue.Leg, address string) error
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
