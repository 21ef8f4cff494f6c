package mapitest_test

import (
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// BenchmarkSubmit submits mails of 4 KB in one Execute each, over TLS.
func BenchmarkSubmit(b *testing.B) {
	s := server(b)
	c := open(b, s, "anna")
	row := mapi.MakeRecipientRow(smtpRecipients(mapi.RecipientTo, "otto@example.test")[0], nil)
	body := mapi.PidTagBody.Of(strings.Repeat("x", 2000))
	for b.Loop() {
		batch := rop.NewBatch(0)
		msg := rop.Add(batch, batch.Use(c.logon), &rop.CreateMessageRequest{CodePageID: rop.CodePageLogon, FolderID: c.folders[rop.FolderOutbox]})
		rop.Add(batch, msg.Out, &rop.SetPropertiesRequest{Props: mapi.Props{mapi.PidTagSubject.Of("bench"), body, c.sentItems()}})
		rop.Add(batch, msg.Out, &rop.ModifyRecipientsRequest{Rows: []rop.ModifyRecipientRow{{Type: mapi.RecipientTo, Row: &row}}})
		rop.Add(batch, msg.Out, &rop.SaveChangesMessageRequest{SaveFlags: rop.KeepOpenReadWrite})
		submit := rop.Add(batch, msg.Out, &rop.SubmitMessageRequest{})
		batch.Release(msg.Out)
		c.run(batch)
		if submit.Err() != nil {
			b.Fatal(submit.Err())
		}
	}
}

// BenchmarkTable reads the newest 50 of 5,000 messages, sorted, after each has changed.
func BenchmarkTable(b *testing.B) {
	s := server(b)
	for range 5000 {
		if _, err := s.Mailbox("anna").Deposit(mapitest.Inbox, &mapi.Message{Props: mapi.Props{mapi.PidTagSubject.Of("subject")}}); err != nil {
			b.Fatal(err)
		}
	}
	c := open(b, s, "anna")
	table := contents(c, rop.FolderInbox, rop.TableNoNotifications)
	do1(c, table, &rop.SortTableRequest{SortOrders: []mapi.SortOrder{{Tag: mapi.PidTagCreationTime.Tag(), Order: mapi.SortDescending}}})
	folder := c.openFolder(c.folders[rop.FolderInbox])
	id := s.Mailbox("anna").Messages(mapitest.Inbox)[0].ID
	read := rop.ReadSuppressReceipt
	for b.Loop() {
		do1(c, folder, &rop.SetReadFlagsRequest{ReadFlags: read, MessageIDs: []mapi.MessageID{id}})
		read ^= rop.ReadSuppressReceipt ^ rop.ReadClearFlag
		do1(c, table, &rop.SeekRowRequest{Origin: rop.BookmarkBeginning})
		if n := len(subjects(c, table, 50)); n != 50 {
			b.Fatalf("%d rows", n)
		}
	}
}
