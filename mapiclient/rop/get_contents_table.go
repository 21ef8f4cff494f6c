package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// TableFlags say how a table is opened.
// [MS-OXCFOLD] 2.2.1.13.1, 2.2.1.14.1, [MS-OXCMSG] 2.2.3.17.1
type TableFlags uint8

// Table flags. Which of them a table takes, differs.
const (
	// TableAssociated lists the associated messages of a folder.
	TableAssociated TableFlags = 0x02
	// TableDepth lists the folders of all levels below.
	TableDepth TableFlags = 0x04
	// TableDeferredErrors lets the server answer before it has looked.
	TableDeferredErrors TableFlags = 0x08
	// TableNoNotifications keeps the server from reporting changes.
	TableNoNotifications TableFlags = 0x10
	TableSoftDeletes     TableFlags = 0x20
	// TableUnicode asks for strings in UTF-16.
	TableUnicode TableFlags = 0x40
	// TableSuppressNotifications, for a table of folders, keeps the server from
	// reporting changes that the client makes itself.
	TableSuppressNotifications TableFlags = 0x80
	// TableConversationMembers, for a table of messages, lists the members of
	// the folder's conversations.
	TableConversationMembers TableFlags = 0x80
)

// GetContentsTableRequest opens the table of the messages in a folder.
// [MS-OXCROPS] 2.2.4.14.1
type GetContentsTableRequest struct{ TableFlags TableFlags }

// ROP implements [Request].
func (*GetContentsTableRequest) ROP() ID { return GetContentsTable }

// NewResponse implements [RequestOf].
func (*GetContentsTableRequest) NewResponse() *GetContentsTableResponse {
	return new(GetContentsTableResponse)
}

// Layout implements [wire.Coder].
func (r *GetContentsTableRequest) Layout(c *wire.Codec) { layoutFlags8(c, &r.TableFlags) }

// GetContentsTableResponse is the success response. [MS-OXCROPS] 2.2.4.14.2
type GetContentsTableResponse struct{ RowCount uint32 }

// ROP implements [Response].
func (*GetContentsTableResponse) ROP() ID { return GetContentsTable }

// Layout implements [wire.Coder].
func (r *GetContentsTableResponse) Layout(c *wire.Codec) { c.Uint32(&r.RowCount) }
