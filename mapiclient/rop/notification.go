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

// tagsUnknown as TagCount stands for no list of tags. [MS-OXCNOTIF] 2.2.1.4.1.2
const tagsUnknown uint16 = 0xFFFF

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

	// Tags are the properties that changed, or those of a new object.
	Tags []mapi.PropTag
	// TagsUnknown says that the server does not tell them.
	TagsUnknown bool

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
	wire.Uint16s(&n.Flags, c)
	switch n.Type() {
	case NotifyTableModified:
		n.layoutTable(c)
	case NotifyExtended:
	default:
		n.layoutObject(c)
	}
	if n.Flags&NotifyTotalCount != 0 {
		c.Uint32(&n.TotalMessageCount)
	}
	if n.Flags&NotifyUnreadCount != 0 {
		c.Uint32(&n.UnreadMessageCount)
	}
	if n.Type() == NotifyNewMail {
		c.Uint32(&n.MessageFlags)
		c.Bool(&n.Unicode)
		layoutString(c, n.Unicode, &n.MessageClass)
	}
}

// layoutTable codes what happened to a table.
func (n *Notification) layoutTable(c *wire.Codec) {
	wire.Uint16s(&n.TableEvent, c)
	switch n.TableEvent {
	case TableRowDeleted:
		n.layoutRow(c, &n.Row)
	case TableRowAdded, TableRowModified:
		n.layoutRow(c, &n.Row)
		n.layoutRow(c, &n.InsertAfter)
		c.Bytes16(&n.RowData)
	}
}

// layoutRow codes the id of a row, which is longer in a table of messages.
func (n *Notification) layoutRow(c *wire.Codec, r *TableRowID) {
	r.FolderID.Layout(c)
	if n.Flags&NotifyMessage != 0 {
		r.MessageID.Layout(c)
		c.Uint32(&r.Instance)
	}
}

// layoutObject codes what happened to a folder or message.
func (n *Notification) layoutObject(c *wire.Codec) {
	message := n.Flags&NotifyMessage != 0
	n.FolderID.Layout(c)
	if message {
		n.MessageID.Layout(c)
	}
	const located = NotifyObjectCreated | NotifyObjectDeleted | NotifyObjectMoved | NotifyObjectCopied
	if n.Type()&located != 0 && message == (n.Flags&NotifySearchFolder != 0) {
		n.ParentFolderID.Layout(c)
	}
	switch n.Type() {
	case NotifyObjectMoved, NotifyObjectCopied:
		n.OldFolderID.Layout(c)
		if message {
			n.OldMessageID.Layout(c)
		} else {
			n.OldParentFolderID.Layout(c)
		}
	case NotifyObjectCreated, NotifyObjectModified:
		n.layoutTags(c)
	}
}

// layoutTags codes the properties that changed, which may be unknown.
func (n *Notification) layoutTags(c *wire.Codec) {
	count := uint16(len(n.Tags))
	if n.TagsUnknown {
		count = tagsUnknown
	}
	c.Uint16(&count)
	if n.TagsUnknown = count == tagsUnknown; !n.TagsUnknown {
		wire.List(c, &n.Tags, int(count), (*mapi.PropTag).Layout)
	}
}
