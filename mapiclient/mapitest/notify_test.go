package mapitest_test

import (
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/frame"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// collect runs an empty Execute and gives the notifications in its answer.
func collect(c *client) *rop.Batch {
	c.t.Helper()
	b := rop.NewBatch(0)
	c.run(b)
	return b
}

func TestNotifications(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	inbox := c.folders[rop.FolderInbox]
	h, _ := create(c, c.logon, &rop.RegisterNotificationRequest{FolderID: inbox,
		Types: rop.NotifyNewMail | rop.NotifyObjectCreated | rop.NotifyObjectDeleted | rop.NotifyObjectModified | rop.NotifyObjectMoved})
	if n := len(collect(c).Notifications); n != 0 {
		t.Fatalf("%d notifications before anything happened", n)
	}
	id, err := s.Mailbox("anna").Deliver(&mapi.Message{Props: mapi.Props{mapi.PidTagSubject.Of("news"), mapi.PidTagMessageClass.Of("IPM.Note.X")}})
	if err != nil {
		t.Fatal(err)
	}
	got := collect(c).Notifications
	if len(got) != 2 || got[0].Data.Type() != rop.NotifyObjectCreated || got[1].Data.Type() != rop.NotifyNewMail {
		t.Fatalf("a delivery gave %+v", got)
	}
	n := got[1]
	if n.Handle != h || n.LogonID != 0 || n.Data.FolderID != inbox || n.Data.MessageID != id || n.Data.MessageClass != "IPM.Note.X" || n.Data.Flags&rop.NotifyMessage == 0 {
		t.Errorf("the new mail is %+v", n)
	}
	moved := move(c, rop.FolderInbox, rop.FolderDeletedItems, false, id)
	if moved.PartialCompletion {
		t.Fatal("not moved")
	}
	// A notification may have come with the answer to the move itself.
	if _, err := s.Mailbox("anna").Deposit(mapitest.Outbox, &mapi.Message{}); err != nil {
		t.Fatal(err)
	}
	for _, n := range collect(c).Notifications {
		if n.Data.FolderID != inbox && n.Data.OldFolderID != inbox {
			t.Errorf("told of another folder: %+v", n)
		}
	}
	b := rop.NewBatch(0)
	b.Release(b.Use(h))
	c.run(b)
	if _, err := s.Mailbox("anna").Deliver(&mapi.Message{}); err != nil {
		t.Fatal(err)
	}
	if n := len(collect(c).Notifications); n != 0 {
		t.Errorf("%d notifications after the release", n)
	}
}

// TestMoveNotification checks what is told of a move.
func TestMoveNotification(t *testing.T) {
	s := server(t)
	watcher, mover := open(t, s, "anna"), open(t, s, "anna")
	create(watcher, watcher.logon, &rop.RegisterNotificationRequest{WantWholeStore: true, Types: rop.NotifyObjectMoved | rop.NotifyObjectCopied})
	id := mover.save(mover.newMessage(rop.FolderOutbox))
	move(mover, rop.FolderOutbox, rop.FolderSentItems, false, id)
	got := collect(watcher).Notifications
	sent := s.Mailbox("anna").Messages(mapitest.SentItems)
	if len(got) != 1 || got[0].Data.Type() != rop.NotifyObjectMoved || got[0].Data.OldMessageID != id || got[0].Data.OldFolderID != watcher.folders[rop.FolderOutbox] ||
		got[0].Data.FolderID != watcher.folders[rop.FolderSentItems] || got[0].Data.MessageID != sent[0].ID {
		t.Errorf("told %+v", got)
	}
}

// TestTableNotification checks that a table says once that it has changed.
func TestTableNotification(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	table := contents(c, rop.FolderInbox, 0)
	contents(c, rop.FolderInbox, rop.TableNoNotifications)
	fill(t, s, nil, "a", "b", "c")
	got := collect(c).Notifications
	if len(got) != 1 || got[0].Handle != table || got[0].Data.Type() != rop.NotifyTableModified || got[0].Data.TableEvent != rop.TableChanged {
		t.Errorf("told %+v", got)
	}
}

// wait sends a NotificationWait beside the session's other requests.
func wait(c *client) <-chan uint32 {
	beside := *c
	beside.cookies = map[string]string{}
	for k, v := range c.cookies {
		beside.cookies[k] = v
	}
	done := make(chan uint32, 1)
	go func() {
		var resp frame.NotificationWaitResponse
		if a, err := beside.send(frame.NotificationWait, &frame.NotificationWaitRequest{}, &resp); err != nil || a.code != 0 {
			done <- 0xFFFF
			return
		}
		done <- resp.EventPending
	}()
	return done
}

func TestNotificationWait(t *testing.T) {
	s := server(t, mapitest.Options{Limits: mapitest.Limits{Wait: 2 * time.Second, Pending: 50 * time.Millisecond}})
	c := open(t, s, "anna")
	create(c, c.logon, &rop.RegisterNotificationRequest{FolderID: c.folders[rop.FolderInbox], Types: rop.NotifyNewMail})
	var resp frame.NotificationWaitResponse
	a := c.must(frame.NotificationWait, &frame.NotificationWaitRequest{}, &resp)
	pending := 0
	for _, tag := range a.tags {
		if tag == frame.Pending {
			pending++
		}
	}
	if resp.EventPending != 0 || pending < 2 {
		t.Errorf("with nothing to tell: %+v after %d PENDING", resp, pending)
	}
	done := wait(c)
	if _, err := one(c, c.logon, &rop.GetStoreStateRequest{}); err != nil {
		t.Errorf("an Execute beside it: %v", err)
	}
	if _, err := s.Mailbox("anna").Deliver(&mapi.Message{}); err != nil {
		t.Fatal(err)
	}
	if got := <-done; got != frame.EventPending {
		t.Errorf("EventPending is %d", got)
	}
	if n := len(collect(c).Notifications); n != 1 {
		t.Errorf("%d notifications", n)
	}
}

// TestPendingNotifications floods a session.
func TestPendingNotifications(t *testing.T) {
	s := server(t)
	c := open(t, s, "anna")
	create(c, c.logon, &rop.RegisterNotificationRequest{WantWholeStore: true, Types: rop.NotifyObjectCreated})
	const n = 1500
	for range n {
		if _, err := s.Mailbox("anna").Deposit(mapitest.Inbox, &mapi.Message{}); err != nil {
			t.Fatal(err)
		}
	}
	first := collect(c)
	if len(first.Notifications) == 0 || len(first.Pending) != 1 {
		t.Fatalf("the first answer has %d notifications, %d RopPending", len(first.Notifications), len(first.Pending))
	}
	total := len(first.Notifications)
	for range 10 {
		total += len(collect(c).Notifications)
	}
	if total != n {
		t.Errorf("told of %d of %d", total, n)
	}
}
