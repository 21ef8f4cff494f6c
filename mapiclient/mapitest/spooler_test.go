package mapitest_test

import (
	"testing"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// spooled submits a message that waits for the spooler.
func spooled(c *client, props ...mapi.Prop) mapi.MessageID {
	c.t.Helper()
	h := c.newMessage(rop.FolderOutbox, append(props, mapi.PidTagSubject.Of("spooled"))...)
	c.addRecipients(h, mapi.RecipientTo, "otto@example.test")
	id := c.save(h)
	do1(c, h, &rop.SubmitMessageRequest{SubmitFlags: rop.SubmitNeedsSpooler})
	return id
}

func lockState(c *client, id mapi.MessageID, state rop.LockState) error {
	c.t.Helper()
	_, err := one(c, c.logon, &rop.SpoolerLockMessageRequest{MessageID: id, LockState: state})
	return err
}

// TestSpooler runs the protocol of a client that sends mail itself.
// [MS-OXOMSG] 3.2.4.8
func TestSpooler(t *testing.T) {
	s := server(t)
	user, first, second := open(t, s, "anna"), open(t, s, "anna"), open(t, s, "anna")
	id := spooled(user, user.sentItems())

	wantCode(t, "locking without being a spooler", lockState(first, id, rop.LockMessage), mapi.ErrNotSupported)
	for _, c := range []*client{first, second} {
		do1(c, c.logon, &rop.SetSpoolerRequest{})
	}
	_, err := one(first, first.logon, &rop.CreateMessageRequest{CodePageID: rop.CodePageLogon, FolderID: first.folders[rop.FolderOutbox]})
	wantCode(t, "creating a message on a spooler's logon", err, mapi.ErrAccessDenied)

	table, r := create(first, first.openFolder(first.folders[rop.FolderSpoolerQueue]), &rop.GetContentsTableRequest{})
	columns := []mapi.PropTag{mapi.PidTagMid.Tag(), mapi.PidTagSubject.Tag()}
	do1(first, table, &rop.SetColumnsRequest{Tags: columns})
	rows := do1(first, table, &rop.QueryRowsRequest{ForwardRead: true, RowCount: 10, Columns: columns}).Rows
	if r.RowCount != 1 || len(rows) != 1 || mapi.MessageID(mapi.PidTagMid.Get(rows[0])) != id {
		t.Fatalf("the queue has %d rows: %v", r.RowCount, rows)
	}

	wantCode(t, "a bogus message", lockState(first, id+1<<16, rop.LockMessage), mapi.ErrNotInQueue)
	wantCode(t, "unlocking what is not locked", lockState(first, id, rop.UnlockMessage), mapi.ErrNotInQueue)
	wantCode(t, "locking", lockState(first, id, rop.LockMessage), 0)
	wantCode(t, "locking what another holds", lockState(second, id, rop.LockMessage), mapi.ErrNotInQueue)
	wantCode(t, "finishing what another holds", lockState(second, id, rop.FinishMessage), mapi.ErrNotInQueue)
	_, err = one(user, user.logon, &rop.AbortSubmitRequest{FolderID: user.folders[rop.FolderOutbox], MessageID: id})
	wantCode(t, "aborting a locked message", err, mapi.ErrUnableToAbort)
	_, err = one(user, user.logon, &rop.OpenMessageRequest{CodePageID: rop.CodePageLogon, FolderID: user.folders[rop.FolderOutbox], MessageID: id})
	wantCode(t, "opening a locked message", err, mapi.ErrAccessDenied)

	wantCode(t, "unlocking", lockState(first, id, rop.UnlockMessage), 0)
	wantCode(t, "locking after another", lockState(second, id, rop.LockMessage), 0)
	h := second.openMessage(rop.FolderSpoolerQueue, id)
	list := smtpRecipients(mapi.RecipientTo, "otto@example.test")
	list[0].Props.Set(mapi.PidTagResponsibility.Of(true))
	second.recipients(h, list...)
	second.save(h)
	wantCode(t, "finishing", lockState(second, id, rop.FinishMessage), 0)
	wantCode(t, "finishing again", lockState(second, id, rop.FinishMessage), mapi.ErrNotInQueue)
	sent := s.Mailbox("anna").Messages(mapitest.SentItems)
	if len(sent) != 1 || sent[0].Flags&0xC != 0 || !mapi.PidTagResponsibility.Get(sent[0].Recipients[0].Props) {
		t.Errorf("Sent Items has %+v", sent)
	}
	if n := len(s.Mailbox("otto").Messages(mapitest.Inbox)); n != 0 {
		t.Errorf("the server delivered %d copies itself", n)
	}
}

// TestSpoolerDies checks that the locks of a session end with it.
func TestSpoolerDies(t *testing.T) {
	s := server(t)
	user, first, second := open(t, s, "anna"), open(t, s, "anna"), open(t, s, "anna")
	id := spooled(user)
	for _, c := range []*client{first, second} {
		do1(c, c.logon, &rop.SetSpoolerRequest{})
	}
	wantCode(t, "locking", lockState(first, id, rop.LockMessage), 0)
	first.must(frame.Disconnect, &frame.DisconnectRequest{}, &frame.DisconnectResponse{})
	wantCode(t, "locking after the first has gone", lockState(second, id, rop.LockMessage), 0)
	b := rop.NewBatch(0)
	b.Release(b.Use(second.logon))
	second.run(b)
	_, err := one(user, user.logon, &rop.AbortSubmitRequest{FolderID: user.folders[rop.FolderOutbox], MessageID: id})
	wantCode(t, "aborting after the logon has gone", err, 0)
}

// TestSpoolerRefusals checks servers that do not do the protocol.
func TestSpoolerRefusals(t *testing.T) {
	tests := []struct {
		mode                        mapitest.Quirk
		lock, unlock, finish, bogus mapi.ErrorCode
	}{
		{mapitest.QuirkSpoolerRefused, mapi.ErrNotSupported, mapi.ErrNotSupported, mapi.ErrNotSupported, mapi.ErrNotSupported},
		{mapitest.QuirkSpoolerIgnored, 0, 0, mapi.ErrNotInQueue, 0},
	}
	for _, test := range tests {
		s := server(t, mapitest.Options{Profile: mapitest.ExchangeSE().With(test.mode)})
		c := open(t, s, "anna")
		id := spooled(c)
		if _, err := s.Mailbox("otto").WaitFor(within(t), mapitest.Inbox, subjectIs("spooled")); err != nil {
			t.Errorf("NeedsSpooler was not ignored: %v", err)
		}
		do1(c, c.logon, &rop.SetSpoolerRequest{})
		wantCode(t, "lock", lockState(c, id, rop.LockMessage), test.lock)
		wantCode(t, "unlock", lockState(c, id, rop.UnlockMessage), test.unlock)
		wantCode(t, "finish", lockState(c, id, rop.FinishMessage), test.finish)
		wantCode(t, "bogus", lockState(c, 0x1234, rop.LockMessage), test.bogus)
	}
}
