package mapitest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

func noMessagesForSpooler(t *testing.T, p *mapitest.Profile) bool {
	_, c := on(t, p)
	do1(c, c.logon, &rop.SetSpoolerRequest{})
	_, err := one(c, c.logon, &rop.CreateMessageRequest{CodePageID: rop.CodePageLogon, FolderID: c.folders[rop.FolderInbox]})
	return codeOf(t, err) == mapi.ErrAccessDenied
}

// spoolerStates tries a lock and a finish on a message for the spooler.
func spoolerStates(t *testing.T, p *mapitest.Profile) (sent bool, lock, finish mapi.ErrorCode) {
	s, c := on(t, p)
	id := spooled(c)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := s.Mailbox("otto").WaitFor(ctx, mapitest.Inbox, subjectIs("spooled"))
	do1(c, c.logon, &rop.SetSpoolerRequest{})
	return err == nil, codeOf(t, lockState(c, id, rop.LockMessage)), codeOf(t, lockState(c, id, rop.FinishMessage))
}

func spoolerIgnored(t *testing.T, p *mapitest.Profile) bool {
	sent, lock, finish := spoolerStates(t, p)
	return sent && lock == 0 && finish == mapi.ErrNotInQueue
}

func spoolerRefused(t *testing.T, p *mapitest.Profile) bool {
	sent, lock, _ := spoolerStates(t, p)
	return sent && lock == mapi.ErrNotSupported
}

// submit submits a message of these properties and gives the answer.
func submit(c *client, folder int, props ...mapi.Prop) (uint32, error) {
	h := c.newMessage(folder, props...)
	c.addRecipients(h, mapi.RecipientTo, "otto@example.test")
	c.save(h)
	_, err := one(c, h, &rop.SubmitMessageRequest{})
	return h, err
}

func submitRevives(t *testing.T, p *mapitest.Profile) bool {
	s, c := on(t, p)
	h, err := submit(c, rop.FolderOutbox, mapi.PidTagSubject.Of("twice"), c.sentItems(), c.sentItemsEntryID())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Mailbox("anna").WaitFor(within(t), mapitest.SentItems, nil); err != nil {
		t.Fatal(err)
	}
	if _, err = one(c, h, &rop.SubmitMessageRequest{}); err != nil {
		return false
	}
	arrived := func() int { return len(s.Mailbox("otto").Messages(mapitest.Inbox)) }
	for deadline := time.Now().Add(5 * time.Second); arrived() < 2 && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	return arrived() == 2
}

// submitTwice has two sessions submit one message while the transport is slow.
func submitTwice(t *testing.T, p *mapitest.Profile) bool {
	begun, end := make(chan bool, 8), make(chan bool)
	s, c := on(t, p, mapitest.Options{Transport: func(ctx context.Context, _ *mapi.Message, _ mapitest.Envelope) error {
		begun <- true
		select {
		case <-end:
		case <-ctx.Done():
		}
		return nil
	}})
	h := c.newMessage(rop.FolderOutbox)
	c.addRecipients(h, mapi.RecipientTo, "far@away.test")
	id := c.save(h)
	other := open(t, s, "anna")
	second := other.openMessage(rop.FolderOutbox, id)
	first := make(chan error, 1)
	go func() {
		_, err := one(c, h, &rop.SubmitMessageRequest{})
		first <- err
	}()
	<-begun
	answered := make(chan error, 1)
	go func() {
		_, err := one(other, second, &rop.SubmitMessageRequest{})
		answered <- err
	}()
	sent := 1
	select {
	case <-begun:
		sent = 2
	case err := <-answered:
		wantCode(t, "the second submit", err, mapi.ErrAccessDenied)
		answered <- nil
	}
	close(end)
	if err := errors.Join(<-first, <-answered); err != nil {
		t.Error(err)
	}
	return sent == 2
}

func badAddresses(t *testing.T, p *mapitest.Profile) bool {
	out := &recorder{}
	s, c := on(t, p, mapitest.Options{Transport: out.send})
	h := c.newMessage(rop.FolderOutbox, c.sentItems(), c.sentItemsEntryID())
	c.addRecipients(h, mapi.RecipientTo, "not an address")
	c.save(h)
	do1(c, h, &rop.SubmitMessageRequest{})
	if _, err := s.Mailbox("anna").WaitFor(within(t), mapitest.SentItems, nil); err != nil {
		t.Fatal(err)
	}
	return len(out.mails()) == 1 && len(s.Mailbox("anna").Messages(mapitest.Inbox)) == 0
}

// sentItemsEntryID is PidTagSentMailEntryId of Sent Items.
func (c *client) sentItemsEntryID() mapi.Prop {
	folder := c.openFolder(c.folders[rop.FolderSentItems])
	return mapi.PidTagSentMailEntryId.Of(mapi.PidTagEntryId.Get(c.get(folder, mapi.PidTagEntryId.Tag())))
}

func sendWithinSubmit(t *testing.T, p *mapitest.Profile) bool {
	out := &recorder{fail: func(int) error { return temporary{errors.New("connection refused")} }}
	_, c := on(t, p, mapitest.Options{Transport: out.send})
	h := c.newMessage(rop.FolderOutbox)
	c.addRecipients(h, mapi.RecipientTo, "far@away.test")
	c.save(h)
	_, err := one(c, h, &rop.SubmitMessageRequest{})
	return codeOf(t, err) == mapi.WarnNoService
}

func sendAsAccessDenied(t *testing.T, p *mapitest.Profile) bool {
	_, c := on(t, p)
	_, err := submit(c, rop.FolderOutbox, mapi.PidTagSentRepresentingAddressType.Of("SMTP"), mapi.PidTagSentRepresentingEmailAddress.Of("boss@example.test"))
	if code := codeOf(t, err); code != mapi.ErrSendAsDenied {
		return code == mapi.ErrAccessDenied
	}
	return false
}

func noRecipientsOwnCode(t *testing.T, p *mapitest.Profile) bool {
	_, c := on(t, p)
	h := c.newMessage(rop.FolderOutbox)
	c.save(h)
	_, err := one(c, h, &rop.SubmitMessageRequest{})
	return codeOf(t, err) == mapi.ErrNoRecipients
}

func tooBigOwnCode(t *testing.T, p *mapitest.Profile) bool {
	_, c := on(t, p, mapitest.Options{Limits: mapitest.Limits{MessageBytes: 5000}})
	_, err := submit(c, rop.FolderOutbox, mapi.PidTagBody.Of(strings.Repeat("x", 10000)))
	if code := codeOf(t, err); code != mapi.ErrMaxSubmissionExceeded {
		return code == mapi.ErrExceededSize
	}
	return false
}

func newMessageID(t *testing.T, p *mapitest.Profile) bool {
	s, c := on(t, p)
	if _, err := submit(c, rop.FolderOutbox, mapi.PidTagInternetMessageId.Of("<mine@example.test>")); err != nil {
		t.Fatal(err)
	}
	m, err := s.Mailbox("otto").WaitFor(within(t), mapitest.Inbox, nil)
	if err != nil {
		t.Fatal(err)
	}
	return mapi.PidTagInternetMessageId.Get(m.Props) != "<mine@example.test>"
}

// filed tells whether a message that names Sent Items in this way is filed there.
func filed(t *testing.T, p *mapitest.Profile, where func(*client) mapi.Prop) bool {
	s, c := on(t, p)
	if _, err := submit(c, rop.FolderOutbox, where(c)); err != nil {
		t.Fatal(err)
	}
	anna := s.Mailbox("anna")
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		out := anna.Messages(mapitest.Outbox)
		if len(anna.Messages(mapitest.SentItems)) == 1 {
			return true
		}
		if len(out) == 1 && out[0].Flags&0xC == 0 && len(s.Mailbox("otto").Messages(mapitest.Inbox)) == 1 {
			return false
		}
	}
	t.Fatal("the message was never sent")
	return false
}

func sentMailSvrEIDIgnored(t *testing.T, p *mapitest.Profile) bool {
	return !filed(t, p, (*client).sentItems)
}

func sentMailEntryIDHonoured(t *testing.T, p *mapitest.Profile) bool {
	return filed(t, p, (*client).sentItemsEntryID)
}
