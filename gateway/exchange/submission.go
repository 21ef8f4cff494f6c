package exchange

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/verdict"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// A submission is one try for the recipients of one group.
type submission struct {
	*Submitter
	group    queue.Group
	body     *source
	identity Identity
	// from is the address of the From header.
	from string
	// op tells whether the mail is sent in another's name than the mailbox's.
	op verdict.Operation
	// whole is the message for all recipients.
	whole *mapi.Message
	// looked is set when those who are still to be sent to certainly were not before.
	looked bool
	// again is set when this is not the first session of the try.
	again      bool
	translated bool
	// sent are the parts of the group whose copies are still to be filed for whom they were sent in the name of.
	sent     [][]int
	outcomes []mail.Outcome
}

func (s *submission) run(ctx context.Context) []mail.Outcome {
	var err error
	if s.whole, err = s.translate(ctx, s.all()); err != nil {
		return s.group.Alike(fault(verdict.Submit, verdict.Untranslated, err.Error()))
	}
	if refused, ok := s.identify(mapi.PidTagSentRepresentingSmtpAddress.Get(s.whole.Props)); !ok {
		return s.group.Alike(refused)
	}
	acc, err := s.opts.Accounts.account(s.identity.Mailbox)
	if err != nil {
		return s.group.Alike(fault(verdict.Submit, verdict.Misconfigured, err.Error()))
	}
	left := s.all()
	for range 2 { // a session that was lost says nothing about the mail: once more in a new one
		opened, err := acc.with(ctx, func(m *mapiclient.Mailbox) { left = s.through(ctx, acc, m, left) })
		if err != nil && !opened {
			o := resting(s.identity.Mailbox, err)
			o.Untried = o.Untried && !s.again // in a session before this one something may have been sent
			s.note(left, o)
			left = nil
		}
		if len(left) == 0 || ctx.Err() != nil {
			break
		}
	}
	for _, part := range s.sent { // with no session in hand: who waits for one while he holds one may wait for ever
		s.copyForRepresented(ctx, part)
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

// through sends to some of the recipients through an open mailbox and notes the outcomes. It gives those for whom the session
// was lost before anything was asked for.
func (s *submission) through(ctx context.Context, acc *account, m *mapiclient.Mailbox, which []int) (left []int) {
	ledger, err := acc.ledger.folder(ctx, m)
	if err != nil {
		// That we may not have a folder in our own mailbox is no fault of the mail or its sender.
		return s.failed(verdict.Logon, which, beforehand(fmt.Errorf("the ledger folder: %w", err)))
	}
	if (s.again || s.retried()) && (s.looked || !s.inDoubt()) {
		if err := clearDrafts(ctx, m, s.group.Mail.ID); err != nil {
			return s.failed(verdict.Logon, which, beforehand(fmt.Errorf("clearing away an earlier try: %w", err)))
		}
	}
	s.again = true
	if s.inDoubt() && !s.looked {
		if which, err = s.resolve(ctx, m, ledger, which); err != nil {
			// Nothing was sent by this try: whoever is in doubt stays there, and it says nothing about the mail.
			return s.failed(verdict.Logon, which, beforehand(fmt.Errorf("looking for what was sent before: %w", err)))
		}
		s.looked = true
	}
	most := acc.limits.most(s.opts.MaxRecipients)
	for len(which) > 0 {
		part := which[:min(most, len(which))]
		err := s.send(ctx, acc, m, ledger, part)
		switch {
		case errors.Is(err, mapi.ErrTooManyRecips) && len(part) > 1:
			most = acc.limits.tooMany(len(part)) // nobody got it. [MS-OXOMSG] 3.3.5.1
			continue
		case err != nil:
			left = append(left, s.failed(s.op, part, err)...)
		}
		which = which[len(part):]
	}
	return left
}

// failed notes what an error means for some recipients, and gives those that may be tried again at once.
func (s *submission) failed(op verdict.Operation, which []int, err error) (left []int) {
	s.note(which, Judge(op, s.identity.Mailbox, err))
	if verdict.Of(s.op, cause(err)).Retry == verdict.Anew {
		return which
	}
	return nil
}

// send submits one message and notes that it was taken.
func (s *submission) send(ctx context.Context, acc *account, m *mapiclient.Mailbox, ledger mapi.FolderID, part []int) error {
	msg := s.whole
	if len(part) < len(s.group.Items) {
		var err error
		if msg, err = s.translate(ctx, part); err != nil {
			s.note(part, fault(verdict.Submit, verdict.Untranslated, err.Error()))
			return nil
		}
	}
	if limit, size := acc.limits.size(ctx, m, s.opts.Now()), messageSize(msg); limit > 0 && size > limit {
		s.note(part, fault(s.op, verdict.TooLarge,
			fmt.Sprintf("the message has %d KiB, and %s takes %d KiB at most", size>>10, s.identity.Mailbox, limit>>10)))
		return nil
	}
	if s.identity.RewriteFrom {
		inOwnName(msg, s.group.Mail.Envelope.From != "")
	}
	filed := ledger
	if s.identity.SentItems == SentMailbox || s.identity.SentItems == SentBoth {
		filed = m.SpecialFolder(rop.FolderSentItems)
	}
	id, err := m.Submit(ctx, msg, mapiclient.SubmitOptions{
		SentTo: filed, OneRequest: s.opts.OneRequest, DraftOnly: mapi.Props{draftMark.Of(string(s.group.Mail.ID))},
	})
	if err != nil {
		return err
	}
	o := mail.Outcome{Verdict: mail.Delivered, Code: 250, Detail: "0.0", Text: "submitted through " + s.identity.Mailbox,
		Remote: s.identity.Mailbox, RemoteID: id.String(), Relayed: true}
	s.readBack(ctx, m, filed, &o)
	s.note(part, o)
	s.sent = append(s.sent, part)
	return nil
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
func (s *submission) resolve(ctx context.Context, m *mapiclient.Mailbox, ledger mapi.FolderID, which []int) (todo []int, err error) {
	found, err := look(ctx, m, s.group.Mail.ID, ledger, m.SpecialFolder(rop.FolderSentItems))
	if err != nil {
		return which, err
	}
	for _, i := range which {
		address := strings.ToLower(s.group.Items[i].Address)
		id, sent := found.sent[address]
		_, underway := found.underway[address]
		switch {
		case sent:
			s.outcomes[i] = mail.Outcome{Verdict: mail.Delivered, Code: 250, Detail: "0.0", Remote: s.identity.Mailbox, RemoteID: id,
				Text: "submitted by an earlier try whose answer was lost", Relayed: true}
		case underway:
			s.outcomes[i] = mail.Outcome{Verdict: mail.Unknown, Findable: true, Code: 451, Detail: "4.2", Remote: s.identity.Mailbox,
				Text: "an earlier try lies in the Outbox and is being sent", RetryAfter: time.Minute}
		default:
			todo = append(todo, i)
		}
	}
	s.opts.Log.Info("looked for an earlier try", "msg", s.group.Mail.ID, "mailbox", s.identity.Mailbox,
		"recipients", len(which), "not found", len(todo))
	return todo, nil
}
