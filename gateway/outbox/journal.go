package outbox

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// isReport tells whether a message of the Inbox is a journal report that we may take. What is none is looked at once and left.
func (s *mover) isReport(ctx context.Context, id mapi.MessageID) (bool, error) {
	o, err := s.mailbox.Open(ctx, s.watched, id, mapiclient.OpenOptions{})
	if errors.Is(err, mapiclient.ErrGone) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading it: %w", err)
	}
	defer o.Close()
	if _, err := readReport(&o.Message, s.journalSenders()); err != nil {
		s.foreign[id] = true
		s.log.Warn("a message in the journal mailbox is left where it is", "message", id.String(),
			"subject", cut(mapi.PidTagSubject.Get(o.Props), maxSubject), "reason", err)
		return false, nil
	}
	return true, nil
}

func (s *mover) journalSenders() map[string]bool {
	senders := make(map[string]bool, len(s.opts.JournalSenders))
	for _, a := range s.opts.JournalSenders {
		senders[strings.ToLower(a)] = true
	}
	return senders
}

// enqueueReport puts the mail of a claimed journal report into the queue, for those of its recipients who are wanted.
func (s *mover) enqueueReport(ctx context.Context, o *mapiclient.Opened, claim string) error {
	report, err := readReport(&o.Message, s.journalSenders())
	if err != nil {
		return fmt.Errorf("%w: %w", errHopeless, err)
	}
	original := report.original
	ours, err := s.knows(ctx, idHeader.Get(original.Props))
	if err != nil {
		return err
	}
	now := s.opts.Now()
	m := mail.Mail{
		ID: mail.NewID(now), Envelope: mail.Envelope{From: report.from},
		Source:    mail.Source{Kind: "journal", Name: s.opts.Mailbox, Claim: claim},
		Received:  now,
		MessageID: mapi.PidTagInternetMessageId.Get(original.Props),
		Subject:   cut(mapi.PidTagSubject.Get(original.Props), maxSubject),
	}
	for _, address := range report.recipients {
		if !ours && (s.opts.JournalRecipients == nil || s.opts.JournalRecipients(address)) {
			m.Envelope.Recipients = append(m.Envelope.Recipients, mail.Recipient{Address: address})
		}
	}
	if len(m.Envelope.Recipients) == 0 && (ours || len(report.odd) == 0) {
		return s.ignoreReport(ctx, o.ID, claim, m.MessageID, ours)
	}
	var legs []queue.Leg
	if len(m.Envelope.Recipients) > 0 {
		if legs, err = s.opts.Legs(ctx, &m); err != nil {
			return elsewhere(fmt.Errorf("finding the recipients' ways: %w", err))
		}
	}
	for _, text := range report.odd {
		m.Envelope.Recipients = append(m.Envelope.Recipients, mail.Recipient{Address: unreachable(text)})
		legs = append(legs, s.opts.Refuse(mail.Outcome{Verdict: mail.Failed, Code: 550, Detail: "1.3",
			Text: fmt.Sprintf("the journal report names the recipient %q, which is no address to send to", cut(text, maxSubject))}))
	}
	original.Props.Set(idHeader.Of(string(m.ID)))
	return s.store(ctx, &queue.Entry{Mail: m, Legs: legs, Fence: s.fence}, o, original)
}

// knows tells whether an id in X-Mapigate-Id is that of a mail of this queue: others may write there what they like.
func (s *shift) knows(ctx context.Context, id string) (bool, error) {
	if !mail.ID(id).Valid() {
		return false, nil
	}
	_, err := s.opts.Queue.Show(ctx, mail.ID(id))
	if errors.Is(err, queue.ErrNotFound) {
		return false, nil
	}
	return err == nil, elsewhere(err)
}

// ignoreReport deletes a report of which nothing is to be sent: of a mail that
// this gateway has sent itself, or to nobody who is wanted.
func (s *mover) ignoreReport(ctx context.Context, id mapi.MessageID, claim, messageID string, ours bool) error {
	s.opts.Observer.Did(s.opts.Mailbox, "ignored")
	s.log.Info("a journal report asks for nothing", "claim", claim, "message_id", messageID, "gateways_own", ours)
	if err := s.mailbox.Delete(ctx, s.claimed, id); err != nil {
		return fmt.Errorf("deleting a report: %w", err)
	}
	return nil
}
