package mapiclient

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// A SendRight is how an account may send in the name of a mailbox.
type SendRight int

// The rights to send in another's name.
const (
	// SendUntold is what could not be found out.
	SendUntold SendRight = iota
	// SendDenied is none.
	SendDenied
	// SendOnBehalf shows who sends beside whom it is sent for.
	SendOnBehalf
	// SendAs shows only the other one.
	SendAs
)

// String names the right.
func (r SendRight) String() string {
	return [...]string{"untold", "denied", "on behalf", "send as"}[r]
}

// SendRight tells without sending whether the account may send as the client's mailbox, by what
// the server says at the logon to it: that is [SendAs] or [SendDenied], as which one who may
// send on behalf counts too. Where the account may not open the mailbox nothing is known, and
// the error says why: [Mailbox.ProbeSend] finds out. [MS-OXCSTOR] 2.2.1.1.3
func (c *Client) SendRight(ctx context.Context) (SendRight, error) {
	m, err := c.OpenMailbox(ctx)
	if err != nil {
		return SendUntold, err
	}
	right := SendDenied
	if m.Rights()&rop.LogonSendAsRight != 0 {
		right = SendAs
	}
	return right, m.Close(ctx)
}

// probeEvery is how often a probe looks whether it has arrived.
const probeEvery = 200 * time.Millisecond

// ProbeSend finds out by a mail how this mailbox may send in another's name: it sends one to its own
// address, waits for it in the Inbox, reads how the server shows the sender, and deletes it. A report
// that comes instead is a refusal. When nothing came before ctx ended the answer is [SendUntold],
// with no error: the server took the mail. [MS-OXOMSG] 3.2.4.1.1.2
func (m *Mailbox) ProbeSend(ctx context.Context, own, as string) (SendRight, error) {
	subject := "Mapigate probe " + rand.Text()
	msg, err := probe(own, as, subject)
	if err != nil {
		return SendUntold, err
	}
	sent := m.SpecialFolder(rop.FolderSentItems)
	_, err = m.Submit(ctx, msg, SubmitOptions{SentTo: sent})
	if errors.Is(err, mapi.ErrSendAsDenied) || errors.Is(err, mapi.ErrAccessDenied) {
		return SendDenied, nil
	}
	if err != nil {
		return SendUntold, fmt.Errorf("sending in the name of %s: %w", as, err)
	}
	clean := context.WithoutCancel(ctx)
	defer func() { _, _ = m.takeProbe(clean, sent, subject) }()
	for {
		found, err := m.takeProbe(ctx, m.SpecialFolder(rop.FolderInbox), subject)
		if err != nil || found != nil {
			return shownAs(found, own, as), err
		}
		select {
		case <-ctx.Done():
			return SendUntold, nil
		case <-time.After(probeEvery):
		}
	}
}

// probe is a mail to oneself in another's name.
func probe(own, as, subject string) (*mapi.Message, error) {
	to, err := mapi.EntryIDBytes(mapi.NewOneOff(own, own))
	if err != nil {
		return nil, err
	}
	from, err := mapi.EntryIDBytes(mapi.NewOneOff(as, as))
	if err != nil {
		return nil, err
	}
	return &mapi.Message{
		Props: mapi.Props{
			mapi.PidTagMessageClass.Of("IPM.Note"), mapi.PidTagSubject.Of(subject),
			mapi.PidTagBody.Of("This mail finds out whether the gateway may send in the name of " + as + ". It deletes itself."),
			mapi.PidTagSentRepresentingName.Of(as), mapi.PidTagSentRepresentingAddressType.Of("SMTP"),
			mapi.PidTagSentRepresentingEmailAddress.Of(as), mapi.PidTagSentRepresentingSmtpAddress.Of(as), mapi.PidTagSentRepresentingEntryId.Of(from),
		},
		Recipients: []mapi.Recipient{{Type: mapi.RecipientTo, Props: mapi.Props{
			mapi.PidTagObjectType.Of(6), mapi.PidTagDisplayType.Of(0), mapi.PidTagDisplayName.Of(own),
			mapi.PidTagAddressType.Of("SMTP"), mapi.PidTagEmailAddress.Of(own), mapi.PidTagSmtpAddress.Of(own), mapi.PidTagEntryId.Of(to),
		}}},
	}, nil
}

// takeProbe gives the properties of a probe in a folder, or of the report about it, and deletes it.
func (m *Mailbox) takeProbe(ctx context.Context, folder mapi.FolderID, subject string) (mapi.Props, error) {
	rows, err := m.Messages(ctx, folder, Query{
		Columns: []mapi.PropTag{mapi.PidTagMessageClass.Tag(), mapi.PidTagSenderSmtpAddress.Tag(), mapi.PidTagSenderEmailAddress.Tag()},
		Where:   mapi.Contains(mapi.FuzzySubstring, mapi.PidTagSubject.Of(subject)),
		Limit:   1,
	})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[0].Props, m.Delete(ctx, folder, rows[0].ID)
}

// shownAs reads the right off what arrived.
func shownAs(found mapi.Props, own, as string) SendRight {
	sender := mapi.PidTagSenderSmtpAddress.Get(found)
	switch {
	case found == nil:
		return SendUntold
	case strings.HasPrefix(mapi.PidTagMessageClass.Get(found), "REPORT."):
		return SendDenied
	case strings.EqualFold(sender, own):
		return SendOnBehalf
	case strings.EqualFold(sender, as):
		return SendAs
	}
	return SendUntold
}
