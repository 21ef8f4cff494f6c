package outbox

import (
	"context"
	"errors"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// couriers tells why a message is a courier's, which it submits or was about to, and not somebody's; "" when it is not.
func (s *mover) couriers(ctx context.Context, row mapiclient.Row) (why string, err error) {
	switch {
	case s.opts.Mode == ModeJournal:
		return "", nil
	case s.opts.Mode == ModeOutbox && text(row.Props, s.draft) != "":
		return "it is the draft of a mail that a courier submits through this mailbox", nil
	}
	return s.underway(ctx, text(row.Props, s.own))
}

// underway tells why a message with an X-Mapigate-Id may be what a courier of ours submits through a mailbox; "" when it is not: nobody
// submits a mail that is final for all, or goes another way, or is not known. People send again what lies in Sent Items, or what came
// back, with all its properties.
func (s *shift) underway(ctx context.Context, id string) (why string, err error) {
	if !mail.ID(id).Valid() {
		return "", nil
	}
	rec, err := s.opts.Queue.Show(ctx, mail.ID(id))
	if errors.Is(err, queue.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", elsewhere(err)
	}
	for _, r := range rec.Recipients {
		if !r.State.Final() && s.opts.Submits(r.Leg) {
			return "it has the id of mail " + id + ", which is still to be submitted to " + r.Address, nil
		}
	}
	return "", nil
}

// leave leaves a message alone for a while, and says why: once, and again when the reason is another.
func (s *shift) leave(id mapi.MessageID, why string) {
	s.later[id] = s.opts.Now().Add(lookAgain)
	if s.left[id] == why {
		return
	}
	s.left[id] = why
	s.opts.Observer.Did(s.opts.Mailbox, "left alone")
	s.log.Info("a message is left alone", "message", id, "reason", why)
}
