package mapitest

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// An object is what a handle stands for: a logon, folder, message, attachment,
// table, stream, subscription or transfer.
type object struct {
	handle uint32
	logon  *logon
	// owner is what the object lies in and does not outlive: the message of a
	// stream, the attachment of an embedded message. [MS-OXCROPS] 2.2.15.3
	owner *object
	value any
}

// The values of objects that have state beside what the store keeps.
type (
	folder struct{ *store.Folder }

	message struct {
		*store.Draft
		inside   bool           // within an attachment
		uploaded mapi.ErrorCode // why an upload into it failed
	}

	attachment struct{ *store.AttachmentDraft }

	table struct {
		*store.Table
		columns []mapi.PropTag
		kind    tableKind
		folder  *store.Folder // whose table it is; nil for attachments
		cancel  func()        // ends its notifications; may be nil
	}

	stream struct{ *store.Stream }

	subscription struct{ cancel func() }
)

type tableKind int

const (
	contentsTable tableKind = iota
	hierarchyTable
	attachmentTable
)

// objects is the handle table of a session. Handles are never used twice.
type objects struct {
	next uint32
	byID map[uint32]*object
}

// add gives an object a handle.
func (o *objects) add(obj *object) uint32 {
	if o.byID == nil {
		o.byID = make(map[uint32]*object)
	}
	o.next++
	obj.handle = o.next
	o.byID[obj.handle] = obj
	return obj.handle
}

func (o *objects) get(handle uint32) *object { return o.byID[handle] }

// release drops an object and all that lies in it or, for a logon, was opened
// on it. A stream that is written to is committed. [MS-OXCROPS] 2.2.15.3
func (o *objects) release(obj *object) {
	if o.byID[obj.handle] != obj {
		return
	}
	delete(o.byID, obj.handle)
	for _, other := range o.byID {
		if other.owner == obj || obj.logon != nil && obj.value == obj.logon && other.logon == obj.logon {
			o.abandon(other)
		}
	}
	o.closeValue(obj, true)
}

// abandon drops an object whose owner goes.
func (o *objects) abandon(obj *object) {
	if o.byID[obj.handle] != obj {
		return
	}
	delete(o.byID, obj.handle)
	for _, other := range o.byID {
		if other.owner == obj {
			o.abandon(other)
		}
	}
	o.closeValue(obj, false)
}

func (o *objects) closeValue(obj *object, commit bool) {
	switch v := obj.value.(type) {
	case *stream:
		if commit && v.Writable() {
			_ = v.Commit()
		}
	case *table:
		if v.cancel != nil {
			v.cancel()
		}
	case *destination:
		if commit {
			v.apply()
		}
	case *subscription:
		v.cancel()
	case *logon:
		v.close()
	}
}

// of finds the object with the value, or nil.
func (o *objects) of(value any) *object {
	for _, obj := range o.byID {
		if obj.value == value {
			return obj
		}
	}
	return nil
}

// count tells how many objects fit.
func (o *objects) count(fits func(any) bool) int {
	n := 0
	for _, obj := range o.byID {
		if fits(obj.value) {
			n++
		}
	}
	return n
}

// properties is the object's bag, if it has one.
func (obj *object) properties() store.Object {
	switch v := obj.value.(type) {
	case *logon:
		return v.account.box
	case *folder:
		return v.Folder
	case *message:
		return v.Draft
	case *attachment:
		return v.AttachmentDraft
	}
	return nil
}

// A logon is an open mailbox.
type logon struct {
	id      uint8
	session *emsmdb
	account *account // whose mailbox it is
	flags   rop.OpenFlags
	// full says that the user may do everything: it is theirs, or they have full access.
	full    bool
	spooler bool
	locked  map[*store.Message]bool // messages of the spooler queue that this logon holds
}

// box is the mailbox.
func (l *logon) box() *store.Mailbox { return l.account.box }

// user is who acts.
func (l *logon) user() *account { return l.session.session.user }
