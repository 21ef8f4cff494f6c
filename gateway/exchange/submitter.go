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
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
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
)

// SubmitterOptions say how mail is submitted. Accounts is needed, and Identities
// or Fallback.
type SubmitterOptions struct {
	Accounts   *Accounts
	Identities Identities
	// Fallback is the mailbox for senders that no identity fits; empty refuses them.
	Fallback string
	// SentItems says where copies go; the zero value is SentNone.
	SentItems SentItems
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
		return same(g, fault(verdict.Submit, verdict.Unreadable, err.Error()))
	}
	defer body.close()
	sub := &submission{Submitter: s, group: g, body: body, outcomes: make([]mail.Outcome, len(g.Items))}
	return sub.run(ctx)
}

func same(g queue.Group, o mail.Outcome) []mail.Outcome {
	all := make([]mail.Outcome, len(g.Items))
	for i := range all {
		all[i] = o
	}
	return all
}

// A submission is one try for the recipients of one group.
type submission struct {
	*Submitter
	group    queue.Group
	body     *source
	identity Identity
	// as is whether the mail is sent in another's name than the mailbox's.
	as bool
	// looked is set when those who are still to be sent to certainly were not before.
	looked   bool
	outcomes []mail.Outcome
}

func (s *submission) run(ctx context.Context) []mail.Outcome {
	todo := s.all()
	msg, err := s.translate(ctx, todo)
	if err != nil {
		return same(s.group, fault(verdict.Submit, verdict.Untranslated, err.Error()))
	}
	from := mapi.PidTagSentRepresentingSmtpAddress.Get(msg.Props)
	if !s.identify(from) {
		return same(s.group, fault(verdict.Submit, verdict.NoMailbox, fmt.Sprintf("no mailbox of this gateway may send mail of %q", from)))
	}
	acc, err := s.opts.Accounts.account(s.identity.Mailbox)
	if err != nil {
		return same(s.group, fault(verdict.Submit, verdict.Misconfigured, err.Error()))
	}
	opened, err := acc.with(ctx, func(m *mapiclient.Mailbox) { s.through(ctx, acc, m, msg) })
	if err != nil && !opened {
		return same(s.group, Judge(verdict.Logon, s.identity.Mailbox, err))
	}
	return s.outcomes
}

// all gives the indices of the group's recipients.
func (s *submission) all() []int {
	list := make([]int, len(s.group.Items))
	for i := range list {
		list[i] = i
	}
	return list
}

// identify finds the mailbox to send through.
func (s *submission) identify(from string) bool {
	id, ok := s.opts.Identities.For(&s.group.Mail, from)
	if !ok {
		id, ok = Identity{Mailbox: s.opts.Fallback}, s.opts.Fallback != ""
	}
	if s.group.Mail.Envelope.From == "" {
		// A report has no sender to stand for, and must not look like anybody's mail.
		id.RewriteFrom = true
	}
	s.identity = id
	s.as = !id.RewriteFrom && !strings.EqualFold(from, id.Mailbox)
	return ok
}

// translate makes the MAPI message for some of the recipients.
func (s *submission) translate(ctx context.Context, todo []int) (*mapi.Message, error) {
	m := &s.group.Mail
	rcpts := make([]string, 0, len(todo))
	for _, i := range todo {
		rcpts = append(rcpts, s.group.Items[i].Address)
	}
	res, err := mapping.ToMAPI(ctx, s.body, mapping.ToMAPIOptions{
		Recipients: rcpts, From: m.Envelope.From, Draft: true, Headers: append([]string{"X-Mapigate-*"}, s.opts.Headers...),
	})
	if err != nil {
		return nil, fmt.Errorf("translating the mail: %w", err)
	}
	if len(res.Losses) > 0 && s.opts.Losses != nil {
		s.opts.Losses(m, res.Losses)
	}
	res.Message.Props.Set(idHeader.Of(string(m.ID)))
	return res.Message, nil
}

// through sends the message through an open mailbox and notes the outcomes.
func (s *submission) through(ctx context.Context, acc *account, m *mapiclient.Mailbox, msg *mapi.Message) {
	op := verdict.Submit
	if s.as {
		op = verdict.SubmitAs
	}
	ledger, err := acc.ledger.folder(ctx, m, s.opts.Now())
	if err != nil {
		// That we may not have a folder in our own mailbox is no fault of the mail or its sender.
		s.note(s.all(), Judge(verdict.Logon, s.identity.Mailbox, fmt.Errorf("the ledger folder: %w", err)))
		return
	}
	todo := s.all()
	if s.retried() && !s.inDoubt() {
		if err := clearDrafts(ctx, m, s.group.Mail.ID); err != nil {
			s.note(todo, Judge(verdict.Logon, s.identity.Mailbox, fmt.Errorf("clearing away an earlier try: %w", err)))
			return
		}
	}
	if s.inDoubt() {
		if todo, err = s.resolve(ctx, m, ledger); err != nil {
			o := Judge(op, s.identity.Mailbox, fmt.Errorf("looking for what was sent before: %w", err))
			o.Verdict = mail.Unknown
			s.note(todo, o)
			return
		}
		if len(todo) == 0 {
			return
		}
		s.looked = true
		if msg, err = s.translate(ctx, todo); err != nil {
			s.note(todo, fault(verdict.Submit, verdict.Untranslated, err.Error()))
			return
		}
	}
	if s.identity.RewriteFrom {
		inOwnName(msg, s.group.Mail.Envelope.From != "")
	}
	sentTo := ledger
	if s.opts.SentItems == SentMailbox {
		sentTo = m.SpecialFolder(rop.FolderSentItems)
	}
	id, err := m.Submit(ctx, msg, mapiclient.SubmitOptions{SentTo: sentTo})
	if err != nil {
		s.note(todo, Judge(op, s.identity.Mailbox, err))
		return
	}
	s.note(todo, mail.Outcome{Verdict: mail.Delivered, Code: 250, Detail: "0.0", Text: "submitted through " + s.identity.Mailbox,
		Remote: s.identity.Mailbox, RemoteID: id.String()})
}

func (s *submission) note(which []int, o mail.Outcome) {
	o.Absent = s.looked
	for _, i := range which {
		s.outcomes[i] = o
	}
}

func (s *submission) inDoubt() bool {
	for _, item := range s.group.Items {
		if item.Unknown {
			return true
		}
	}
	return false
}

// resolve looks for what an earlier try has sent and gives those who are still to be sent to.
func (s *submission) resolve(ctx context.Context, m *mapiclient.Mailbox, ledger mapi.FolderID) ([]int, error) {
	found, err := look(ctx, m, s.group.Mail.ID, ledger, m.SpecialFolder(rop.FolderSentItems))
	if err != nil {
		return s.all(), err
	}
	var todo []int
	for i, item := range s.group.Items {
		address := strings.ToLower(item.Address)
		switch {
		case found.sent[address]:
			s.outcomes[i] = mail.Outcome{Verdict: mail.Delivered, Code: 250, Detail: "0.0", Remote: s.identity.Mailbox,
				Text: "submitted by an earlier try whose answer was lost"}
		case found.underway[address]:
			s.outcomes[i] = mail.Outcome{Verdict: mail.Unknown, Code: 451, Detail: "4.2", Remote: s.identity.Mailbox,
				Text: "an earlier try lies in the Outbox and is being sent", RetryAfter: time.Minute}
		default:
			todo = append(todo, i)
		}
	}
	s.opts.Log.Info("looked for an earlier try", "msg", s.group.Mail.ID, "mailbox", s.identity.Mailbox,
		"recipients", len(s.group.Items), "not found", len(todo))
	return todo, nil
}
