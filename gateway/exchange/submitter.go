package exchange

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/verdict"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping"
)

// SentItems says where the copy of a submitted mail goes.
type SentItems string

// Policies for sent copies.
const (
	// SentNone keeps it out of the user's sight, in the ledger folder.
	SentNone SentItems = "none"
	// SentMailbox files it in Sent Items of the mailbox that sends.
	SentMailbox SentItems = "mailbox"
	// SentRepresented files it in Sent Items of the mailbox in whose name is sent.
	SentRepresented SentItems = "represented"
	// SentBoth files it in both.
	SentBoth SentItems = "both"
)

// DefaultMaxRecipients is how many recipients one message gets at most; Exchange's own limit for a mailbox is 500.
const DefaultMaxRecipients = 500

// SubmitterOptions say how mail is submitted. Accounts is needed, and Identities
// or Fallback.
type SubmitterOptions struct {
	Accounts   *Accounts
	Identities Identities
	// Fallback is the mailbox for senders that no identity fits; empty refuses them.
	Fallback string
	// SentItems says where copies go, unless the identity does; the zero value is SentNone.
	SentItems SentItems
	// MaxRecipients is how many recipients one message gets; more are split. 0 is DefaultMaxRecipients.
	MaxRecipients int
	// OneRequest submits plain mail with one request; see mapiclient.SubmitOptions.
	OneRequest bool
	// Headers are the header fields that become named properties, besides
	// X-Mapigate-*; see mapping.ToMAPIOptions.
	Headers []string
	// Losses is told what did not cross, if set.
	Losses func(m *mail.Mail, losses []mapping.Loss)
	Now    func() time.Time
	Log    *slog.Logger
}

// A Submitter sends mail through mailboxes. It is safe for concurrent use.
type Submitter struct{ opts SubmitterOptions }

// NewSubmitter checks the options.
func NewSubmitter(o SubmitterOptions) (*Submitter, error) {
	if o.Accounts == nil || len(o.Identities) == 0 && o.Fallback == "" {
		return nil, errors.New("exchange: a submitter needs accounts, and identities or a fallback mailbox")
	}
	if o.SentItems == "" {
		o.SentItems = SentNone
	}
	if o.MaxRecipients <= 0 {
		o.MaxRecipients = DefaultMaxRecipients
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Submitter{opts: o}, nil
}

// Deliver tries one group; it is a courier.Deliver.
func (s *Submitter) Deliver(ctx context.Context, g queue.Group) []mail.Outcome {
	body, err := openBody(ctx, g.Mail.Body)
	if err != nil {
		return g.Alike(fault(verdict.Submit, verdict.Unreadable, err.Error()))
	}
	defer body.close()
	sub := &submission{Submitter: s, group: g, body: body, outcomes: make([]mail.Outcome, len(g.Items))}
	return sub.run(ctx)
}

// identify finds the mailbox to send through, or the outcome of a mail that may not be sent.
func (s *submission) identify(from string) (refused mail.Outcome, ok bool) {
	id, known := s.opts.Identities.For(Sender{
		Source: s.group.Mail.Source, MailFrom: s.group.Mail.Envelope.From, From: from, Header: s.body.header,
	})
	switch {
	case !known && s.group.Mail.Source.Kind == "outbox":
		id = Identity{Mailbox: s.group.Mail.Source.Name} // it comes from there
	case !known && s.opts.Fallback == "" && s.group.Mail.Source.Kind == "gateway" && s.opts.Identities.first() != "":
		id = Identity{Mailbox: s.opts.Identities.first()} // a report is nobody's mail, and nobody would hear that it failed
	case !known && s.opts.Fallback == "":
		return fault(verdict.Submit, verdict.NoMailbox, fmt.Sprintf("no mailbox of this gateway may send mail of %q", from)), false
	case !known:
		id = Identity{Mailbox: s.opts.Fallback}
	case id.Refuse != "":
		return fault(verdict.Submit, verdict.NoMailbox, id.Refuse), false
	}
	if s.group.Mail.Envelope.From == "" {
		// A report has no sender to stand for, and must not look like anybody's mail.
		id.RewriteFrom = true
	}
	if id.SentItems == "" {
		id.SentItems = s.opts.SentItems
	}
	s.identity, s.from = id, from
	s.op = verdict.Submit
	if !id.RewriteFrom && !strings.EqualFold(from, id.Mailbox) {
		s.op = verdict.SubmitAs
	}
	return mail.Outcome{}, true
}

// silent tells whether nobody wants to hear of failures: NOTIFY=NEVER for all. RFC 3461 4.1
func (s *submission) silent(which []int) bool {
	for _, i := range which {
		if s.group.Items[i].Notify.WantsFailure() {
			return false
		}
	}
	return true
}

// translate makes the MAPI message for some of the recipients.
func (s *submission) translate(ctx context.Context, which []int) (*mapi.Message, error) {
	m := &s.group.Mail
	rcpts := make([]string, 0, len(which))
	for _, i := range which {
		rcpts = append(rcpts, s.group.Items[i].Address)
	}
	res, err := mapping.ToMAPI(ctx, s.body, mapping.ToMAPIOptions{
		Recipients: rcpts, From: m.Envelope.From, Draft: true, Headers: append([]string{"X-Mapigate-*"}, s.opts.Headers...),
	})
	if err != nil {
		return nil, fmt.Errorf("translating the mail: %w", err)
	}
	if len(res.Losses) > 0 && s.opts.Losses != nil && !s.translated {
		s.opts.Losses(m, res.Losses)
	}
	s.translated = true
	res.Message.Props.Set(idHeader.Of(string(m.ID)))
	if s.silent(which) {
		res.Message.Props.Set(mapi.PidTagOriginatorNonDeliveryReportRequested.Of(false)) // [MS-OXOMSG] 2.2.1.21
	}
	return res.Message, nil
}
