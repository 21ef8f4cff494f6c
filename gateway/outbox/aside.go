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
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// asideColumns are what is told of a message that cannot be read.
var asideColumns = []mapi.PropTag{
	mapi.PidTagSubject.Tag(), mapi.PidTagInternetMessageId.Tag(), mapi.PidTagDisplayTo.Tag(), mapi.PidTagDisplayCc.Tag(), mapi.PidTagDisplayBcc.Tag(),
}

// setAside gives up a claimed message that can be neither read nor translated: its sender gets a delivery report that says
// so, and the message, unread, comes to lie in a folder where the user finds it. Settling moves it too, should we end in between.
func (s *mover) setAside(ctx context.Context, row mapiclient.Row, claim string, why error) error {
	where := fmt.Sprintf("it lies in the folder %q: write it anew, or move it back to try again", AsideFolder)
	if err := s.refuse(ctx, row, claim, where, why); err != nil {
		return err
	}
	return s.moveAside(ctx, row.ID)
}

// refuse queues, in the place of a message that cannot be read, what makes a report about it. where tells what becomes of it.
func (s *shift) refuse(ctx context.Context, row mapiclient.Row, claim, where string, why error) error {
	now := s.opts.Now()
	subject := cut(mapi.PidTagSubject.Get(row.Props), maxSubject)
	names := recipientNames(row.Props)
	outcome := mail.Outcome{Verdict: mail.Failed, Code: 554, Detail: "6.0", Text: oneLine(fmt.Sprintf(
		"the message for %s could not be read from the mailbox and was sent to nobody; %s. %v", names, where, why), 400)}
	e := queue.Entry{
		Mail: mail.Mail{
			ID: mail.NewID(now), Envelope: mail.Envelope{From: s.opts.Mailbox, Recipients: []mail.Recipient{{Address: unreachable(names)}}},
			Source: mail.Source{Kind: "outbox", Name: s.opts.Mailbox, Claim: claim}, Received: now,
			MessageID: mapi.PidTagInternetMessageId.Get(row.Props), Subject: subject,
		},
		Legs: []queue.Leg{s.opts.Refuse(outcome)}, Fence: s.fence,
	}
	if e.Mail.MessageID == "" {
		e.Mail.MessageID = "<" + claim + "@" + s.domain() + ">"
	}
	e.Body = strings.NewReader("From: <" + s.opts.Mailbox + ">\r\nMessage-ID: " + oneLine(e.Mail.MessageID, 500) + "\r\nDate: " + now.Format("Mon, 02 Jan 2006 15:04:05 -0700") +
		"\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nThis stands for a message that could not be read from the mailbox.\r\n")
	receipt, err := s.opts.Queue.Put(ctx, e)
	if err != nil {
		return elsewhere(fmt.Errorf("queueing the report: %w", err))
	}
	s.opts.Observer.Did(s.opts.Mailbox, "set aside")
	s.log.Error("a message was set aside: it can be neither read nor translated; its user gets a report",
		"msg", receipt.ID, "claim", claim, "message_id", e.Mail.MessageID, "what_becomes_of_it", where, "error", why)
	return nil
}

// moveAside moves a claimed message into the folder for what was not sent. The server reads nothing of it for that.
func (s *mover) moveAside(ctx context.Context, id mapi.MessageID) error {
	folder, err := s.mailbox.EnsureFolder(ctx, s.mailbox.SpecialFolder(rop.FolderIPMSubtree), AsideFolder)
	if err == nil {
		err = s.mailbox.Move(ctx, s.claimed, folder, id)
	}
	if err != nil && !errors.Is(err, mapiclient.ErrGone) {
		return fmt.Errorf("moving it into the folder %q: %w", AsideFolder, err)
	}
	return nil
}

// fileAsItIs settles a message that cannot be copied: the claimed one itself goes to Sent Items, where it looks like a draft, or
// aside if nobody got it.
func (s *mover) fileAsItIs(ctx context.Context, id mapi.MessageID, rec *queue.Record, why error) error {
	s.log.Warn("the claimed message is filed as it is, since it cannot be copied", "msg", rec.Mail.ID, "claim", rec.Mail.Source.Claim, "error", why)
	if text, _ := summarise(rec); text == "not delivered" {
		return s.moveAside(ctx, id)
	}
	if err := s.mailbox.Move(ctx, s.claimed, s.mailbox.SpecialFolder(rop.FolderSentItems), id); err != nil && !errors.Is(err, mapiclient.ErrGone) {
		return fmt.Errorf("filing the claimed message: %w", err)
	}
	return nil
}

// recipientNames gives whom a message is for, in words.
func recipientNames(p mapi.Props) string {
	var names []string
	for _, tag := range []mapi.Tag[string]{mapi.PidTagDisplayTo, mapi.PidTagDisplayCc, mapi.PidTagDisplayBcc} {
		if v := tag.Get(p); v != "" {
			names = append(names, v)
		}
	}
	if len(names) == 0 {
		return "its recipients"
	}
	return oneLine(strings.Join(names, "; "), 100)
}

// oneLine makes a text fit for a header or a log: one line of n characters at most.
func oneLine(text string, n int) string { return cut(strings.Join(strings.Fields(text), " "), n) }
