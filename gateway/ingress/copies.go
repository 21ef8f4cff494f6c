package ingress

import (
	"context"
	"errors"
	"io"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/smtpside"
)

// split parts the recipients who are handed over from those who get copies by other ways.
func split(g queue.Group, e queue.Entry) (queue.Group, queue.Entry) {
	copies := queue.Entry{Mail: e.Mail}
	copies.Mail.ID = mail.NewID(e.Mail.Received) // the client was told of the other, whose story has a record of its own
	g.Mail.Envelope.Recipients, copies.Mail.Envelope.Recipients = nil, nil
	for i, r := range e.Mail.Envelope.Recipients {
		if e.Legs[i] != e.Legs[0] {
			copies.Mail.Envelope.Recipients, copies.Legs = append(copies.Mail.Envelope.Recipients, r), append(copies.Legs, e.Legs[i])
			continue
		}
		g.Items = append(g.Items, queue.Item{Recipient: r, Index: len(g.Items), Attempt: 1})
		g.Mail.Envelope.Recipients = append(g.Mail.Envelope.Recipients, r)
	}
	return g, copies
}

// withCopies hands a mail over while the queue takes the copies of it that go other ways. A queue that has no room, or does not answer,
// says so before anything is handed over, and a mail that is not handed over leaves no copies: the queue has the body by then and waits
// for its end, which comes when the hand-over has gone well.
func (s *session) withCopies(ctx context.Context, copies queue.Entry, body *spool, handOver func() error) error {
	if len(copies.Legs) == 0 {
		return handOver()
	}
	if ask := s.opts.Ceilings.Occupied; ask != nil {
		if _, _, err := ask(ctx, copies.Mail.Source); err != nil {
			return s.copiesNotQueued(err)
		}
	}
	end := &lastly{do: handOver}
	copies.Body = io.MultiReader(body.section(), end)
	_, err := s.opts.Queue.Put(ctx, copies)
	switch {
	case end.err != nil:
		return end.err
	case err != nil && end.done: // the mail itself has arrived: no reply can say so
		s.log.Error("copies of a mail that was handed over are lost", "copies", copies.Mail.ID, "recipients", len(copies.Legs), "error", err)
	case err != nil:
		return s.copiesNotQueued(err)
	}
	return nil
}

// copiesNotQueued is the reply to a mail that was not handed over because the queue does not take the copies of it.
func (s *session) copiesNotQueued(err error) error {
	if err = s.notQueued(err); errors.As(err, new(smtpside.Status)) {
		return err
	}
	s.log.Error("a mail is not handed over: the queue does not take the copies of it", "error", err)
	return s.refuse("handover", smtpside.LocalError(""))
}

// A lastly is an empty reader that does something when it is read, and fails when that does.
type lastly struct {
	do   func() error
	done bool
	err  error
}

// Read implements io.Reader.
func (l *lastly) Read([]byte) (int, error) {
	if !l.done {
		l.done, l.err = true, l.do()
	}
	if l.err != nil {
		return 0, l.err
	}
	return 0, io.EOF
}
