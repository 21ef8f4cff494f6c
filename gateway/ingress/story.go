package ingress

import (
	"context"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// storyTime bounds how long the client waits for the record of its mail, which has arrived.
const storyTime = 3 * time.Second

// tell keeps the story of a mail that was handed over. The mail itself has arrived, so that a queue that is out of order costs
// the story and no more.
func (s *session) tell(ctx context.Context, g queue.Group, leg queue.Leg, outcomes []mail.Outcome, tries []queue.Event) {
	if s.opts.Story == nil {
		return
	}
	now := s.opts.Clock()
	rec := queue.Record{Mail: g.Mail, Expires: g.Until, Finished: now}
	for i, o := range outcomes {
		status := queue.Status{Recipient: g.Items[i].Recipient, Leg: leg, Index: i, State: queue.Delivered, Since: now, Last: o}
		for _, try := range tries {
			if try.Recipient == i {
				status.Attempts = try.Attempt
			}
		}
		rec.Recipients = append(rec.Recipients, status)
	}
	ctx, cancel := context.WithTimeout(ctx, storyTime)
	defer cancel()
	if _, err := s.opts.Story.Restore(ctx, queue.Saved{Record: rec, Events: tries, Here: true}); err != nil {
		s.log.Warn("the story of a mail that was handed over is not kept", "msg", g.Mail.ID, "error", err)
	}
}

// tried is the event of one attempt that a client waited for.
func tried(at time.Time, item queue.Item, o mail.Outcome) queue.Event {
	state := queue.Delivered
	switch o.Verdict {
	case mail.Retry:
		state = queue.Waiting
	case mail.Unknown:
		state = queue.Unknown
	case mail.Failed:
		state = queue.Failed
	}
	return queue.Event{
		At: at, Kind: queue.EventTried, Recipient: item.Index, State: state, Attempt: item.Attempt, Outcome: o, Text: "while the client waited",
	}
}
