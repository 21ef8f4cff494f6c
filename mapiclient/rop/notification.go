package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// NotificationFlags hold the type of an event in the low 12 bits and what is
// present in the high four. [MS-OXCNOTIF] 2.2.1.4.1.2
type NotificationFlags uint16

// Events, and the marks of what is present. [MS-OXCNOTIF] 2.2.1.4.1.2
const (
	NotifyCriticalError  NotificationFlags = 0x0001
	NotifyNewMail        NotificationFlags = 0x0002
	NotifyObjectCreated  NotificationFlags = 0x0004
	NotifyObjectDeleted  NotificationFlags = 0x0008
	NotifyObjectModified NotificationFlags = 0x0010
	NotifyObjectMoved    NotificationFlags = 0x0020
	NotifyObjectCopied   NotificationFlags = 0x0040
	NotifySearchComplete NotificationFlags = 0x0080
	NotifyTableModified  NotificationFlags = 0x0100
	NotifyExtended       NotificationFlags = 0x0400

	// NotifyTypeMask covers the type of the event.
	NotifyTypeMask NotificationFlags = 0x0FFF

	// NotifyTotalCount marks that TotalMessageCount is present.
	NotifyTotalCount NotificationFlags = 0x1000
	// NotifyUnreadCount marks that UnreadMessageCount is present.
	NotifyUnreadCount NotificationFlags = 0x2000
	// NotifySearchFolder marks that the event is about a search folder's view of a message.
	NotifySearchFolder NotificationFlags = 0x4000
	// NotifyMessage marks that the event is about a message, else a folder.
	NotifyMessage NotificationFlags = 0x8000
)

// A TableEvent tells what happened to a table. [MS-OXCNOTIF] 2.2.1.4.1.2
type TableEvent uint16

// Table events.
const (
	TableChanged         TableEvent = 0x0001
	TableRowAdded        TableEvent = 0x0003
	TableRowDeleted      TableEvent = 0x0004
	TableRowModified     TableEvent = 0x0005
	TableRestrictChanged TableEvent = 0x0007
)

// A TableRowID names a row of a table. A folder's row in a hierarchy table has
// only the folder. [MS-OXCNOTIF] 2.2.1.4.1.2
type TableRowID struct {
	FolderID  mapi.FolderID
	MessageID mapi.MessageID
	Instance  uint32
}

// A Notification is an event. Which fields count follows from Flags.
// [MS-OXCNOTIF] 2.2.1.4.1.2
type Notification struct {
	Flags NotificationFlags

	// TableEvent is what happened to the table, if Flags say NotifyTableModified.
	TableEvent TableEvent
	// Row is the row it happened to; with TableRowAdded and TableRowModified,
	// InsertAfter is the row before it and RowData a PropertyRow of the table's
	// columns.
	Row, InsertAfter TableRowID
	RowData          []byte

	FolderID  mapi.FolderID
	MessageID mapi.MessageID
	// ParentFolderID is the folder that the folder lies in, or for a message
	// in a search folder, the search folder.
	ParentFolderID mapi.FolderID

	OldFolderID       mapi.FolderID
	OldMessageID      mapi.MessageID
	OldParentFolderID mapi.FolderID

	// Tags are the properties that changed; none means that it is not said.
	Tags []mapi.PropTag

	TotalMessageCount  uint32
	UnreadMessageCount uint32

	// MessageFlags and MessageClass are those of a new mail.
	MessageFlags uint32
	Unicode      bool
	MessageClass string
}

// Type is the event without the marks.
func (n *Notification) Type() NotificationFlags { return n.Flags & NotifyTypeMask }

// Layout implements [wire.Coder].
func (n *Notification) Layout(c *wire.Codec) {
	layoutFlags16(c, &n.Flags)
	if n.Type() == NotifyTableModified {
		return
	}
}
