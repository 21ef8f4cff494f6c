package outbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// resume puts claimed messages that are not in the queue there: those of a
// gateway that ended in between, and those that failed before.
func (s *mover) resume(ctx context.Context) error {
	rows, err := s.mailbox.Messages(ctx, s.claimed, mapiclient.Query{Columns: append([]mapi.PropTag{s.claim}, asideColumns...)})
	if err != nil {
		return fmt.Errorf("looking into the hidden folder: %w", err)
	}
	for _, row := range rows {
		claim := text(row.Props, s.claim)
		if s.waiting(row.ID, claim) {
			continue
		}
		if err := s.guarded(func() error { return s.resumeOne(ctx, row, claim) }); err != nil {
			if err := s.failed(ctx, row.ID, claim, "a claimed message could not be queued", err); err != nil {
				return err
			}
		}
	}
	return nil
}

// text gives the string that a row has for a named property's tag, or "".
func text(row mapi.Props, tag mapi.PropTag) string {
	for _, p := range row {
		if p.Tag == tag {
			v, _ := p.Value.(string)
			return v
		}
	}
	return ""
}

func (s *mover) resumeOne(ctx context.Context, row mapiclient.Row, claim string) error {
	if claim == "" {
		// Nothing of ours puts such a message here; whoever did must not lose it.
		s.later[row.ID] = s.opts.Now().Add(lookAgain)
		s.log.Warn("a message without a claim lies in the hidden folder; move it to the watched folder to send it",
			"message", row.ID.String(), "folder", ClaimedFolder)
		return nil
	}
	_, err := s.opts.Queue.FindClaim(ctx, claim)
	if !errors.Is(err, queue.ErrNotFound) {
		return elsewhere(err)
	}
	if why := s.troubles.hopeless(claim); why != nil {
		return s.setAside(ctx, row, claim, why)
	}
	return s.queueClaimed(ctx, row.ID, claim)
}

// queueClaimed puts a claimed message into the queue, unless it turns out that the server had it already.
func (s *mover) queueClaimed(ctx context.Context, id mapi.MessageID, claim string) error {
	o, err := s.mailbox.Open(ctx, s.claimed, id, mapiclient.OpenOptions{})
	if err != nil {
		return fmt.Errorf("reading it: %w", err)
	}
	defer o.Close()
	if flags := mapi.PidTagMessageFlags.Get(o.Props); flags&mapi.MfSubmitted != 0 || s.drafts() && flags&mapi.MfUnsent == 0 {
		o.Close()
		return s.handBack(ctx, id, claim)
	}
	if s.opts.Mode == ModeJournal {
		err = s.enqueueReport(ctx, o, claim)
	} else {
		err = s.enqueue(ctx, o, claim)
	}
	if err == nil {
		delete(s.troubles, claim)
	}
	return err
}

// handBack moves a message to where it was found: somebody has submitted it
// between our look and our move, and it is the server's.
func (s *mover) handBack(ctx context.Context, id mapi.MessageID, claim string) error {
	s.opts.Observer.Did(s.opts.Mailbox, "lost to another")
	s.log.Info("a message was submitted while it was claimed; it is left to the server", "claim", claim)
	if err := s.mailbox.Move(ctx, s.claimed, s.watched, id); err != nil && !errors.Is(err, mapiclient.ErrGone) {
		return fmt.Errorf("handing it back: %w", err)
	}
	return nil
}
