package mapitest

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// maxEvents is how many events wait in a session. What comes beyond is lost,
// as with the real server.
const maxEvents = 5000

// A pendingEvent waits for the next Execute.
type pendingEvent struct {
	owner any // the subscription or table that asked for it
	data  rop.Notification
}

// registerNotification asks for events. [MS-OXCNOTIF] 3.2.5.1
func (x *execution) registerNotification(obj *object, q *rop.RegisterNotificationRequest) (rop.Response, any, mapi.ErrorCode) {
	l := obj.logon
	if !q.WantWholeStore && q.FolderID != 0 && l.box().Folder(q.FolderID) == nil {
		return nil, nil, mapi.ErrNotFound
	}
	s := &subscription{}
	s.cancel = l.box().Subscribe(&store.Subscription{
		Types: store.EventType(q.Types), Whole: q.WantWholeStore, Folder: q.FolderID, Message: q.MessageID,
		Notify: func(e store.Event) { x.emsmdb.push(s, notificationOf(e)) },
	})
	return &rop.RegisterNotificationResponse{}, s, 0
}

// watch lets a table tell of changes, unless the client does not want to know.
// It says once that the table has changed; the next reading of rows arms it
// again. [MS-OXCNOTIF] 2.2.1.1
func (x *execution) watch(l *logon, t *table, flags rop.TableFlags) {
	if flags&rop.TableNoNotifications != 0 {
		return
	}
	e := x.emsmdb
	t.cancel = l.box().Subscribe(&store.Subscription{
		Types: store.AllEvents &^ store.EventNewMail, Folder: t.folder.ID,
		Notify: func(event store.Event) {
			if (event.Message != 0) == (t.kind == contentsTable) {
				e.pushTable(t)
			}
		},
	})
}

// push queues an event for whoever holds the subscription or table.
func (e *emsmdb) push(owner any, n rop.Notification) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.events) < maxEvents {
		e.events = append(e.events, pendingEvent{owner: owner, data: n})
	}
	e.signal()
}

// pushTable queues that a table has changed, once.
func (e *emsmdb) pushTable(t *table) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := range e.events {
		if e.events[i].owner == t {
			return
		}
	}
	if len(e.events) < maxEvents {
		e.events = append(e.events, pendingEvent{owner: t, data: rop.Notification{Flags: rop.NotifyTableModified, TableEvent: rop.TableChanged}})
	}
	e.signal()
}

// signal wakes a NotificationWait.
func (e *emsmdb) signal() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// waiting tells whether events wait.
func (e *emsmdb) waiting() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.events) > 0
}

// notifications puts the waiting events into the answer, as many as there is
// room for, and says so if some are left. [MS-OXCNOTIF] 3.2.5.2
func (x *execution) notifications() {
	x.answer.Reserve(0)
	x.mu.Lock()
	defer x.mu.Unlock()
	for len(x.events) > 0 {
		p := &x.events[0]
		obj := x.objects.of(p.owner)
		if obj != nil {
			const pendingSize = 3
			x.answer.Reserve(pendingSize)
			if err := x.answer.Notify(&rop.NotifyResponse{Handle: obj.handle, LogonID: obj.logon.id, Data: p.data}); err != nil {
				x.answer.Reserve(0)
				_ = x.answer.Pending(&rop.PendingResponse{})
				x.signal()
				return
			}
		}
		x.events = x.events[1:]
	}
}

// notificationOf gives an event its form on the wire. [MS-OXCNOTIF] 2.2.1.4.1.2
func notificationOf(e store.Event) rop.Notification {
	n := rop.Notification{
		Flags: rop.NotificationFlags(e.Type), FolderID: e.Folder, MessageID: e.Message, ParentFolderID: e.Parent,
		OldFolderID: e.OldFolder, OldMessageID: e.OldMessage, OldParentFolderID: e.OldParent,
		Tags: e.Tags, TagsUnknown: e.Tags == nil,
	}
	if e.Message != 0 {
		n.Flags |= rop.NotifyMessage
	}
	if e.Type == store.EventNewMail {
		n.MessageFlags, n.MessageClass, n.Unicode = uint32(e.Flags), e.Class, true
	}
	return n
}
