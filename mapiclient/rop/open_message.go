package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// CodePageLogon as the code page of a message means that of the logon.
// [MS-OXCMSG] 2.2.3.1.1
const CodePageLogon uint16 = 0x0FFF

// MessageModeFlags say how a message is opened. [MS-OXCMSG] 2.2.3.1.1, 2.2.3.16.1
type MessageModeFlags uint8

// Ways to open a message.
const (
	MessageReadOnly  MessageModeFlags = 0x00
	MessageReadWrite MessageModeFlags = 0x01
	// MessageCreate makes an embedded message that is not there yet.
	MessageCreate MessageModeFlags = 0x02
	// MessageBestAccess opens it for writing if the user may.
	MessageBestAccess      MessageModeFlags = 0x03
	MessageOpenSoftDeleted MessageModeFlags = 0x04
)

// OpenMessageRequest opens a message. [MS-OXCROPS] 2.2.6.1.1
type OpenMessageRequest struct {
	// CodePageID is the code page of its 8-bit strings; CodePageLogon is that of the logon.
	CodePageID    uint16
	FolderID      mapi.FolderID
	OpenModeFlags MessageModeFlags
	MessageID     mapi.MessageID
}

// ROP implements [Request].
func (*OpenMessageRequest) ROP() ID { return OpenMessage }

// NewResponse implements [RequestOf].
func (*OpenMessageRequest) NewResponse() *OpenMessageResponse { return new(OpenMessageResponse) }

// Layout implements [wire.Coder].
func (r *OpenMessageRequest) Layout(c *wire.Codec) {
	c.Uint16(&r.CodePageID)
	r.FolderID.Layout(c)
	layoutFlags8(c, &r.OpenModeFlags)
	r.MessageID.Layout(c)
}

// OpenMessageResponse is the success response. [MS-OXCROPS] 2.2.6.1.2
type OpenMessageResponse struct{ MessageHead }

// ROP implements [Response].
func (*OpenMessageResponse) ROP() ID { return OpenMessage }

// Layout implements [wire.Coder].
func (r *OpenMessageResponse) Layout(c *wire.Codec) { r.MessageHead.Layout(c) }
