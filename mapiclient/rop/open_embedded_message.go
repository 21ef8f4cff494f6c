package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// OpenEmbeddedMessageRequest opens the message that an attachment holds.
// [MS-OXCROPS] 2.2.6.16.1
type OpenEmbeddedMessageRequest struct {
	// CodePageID is the code page of its 8-bit strings; CodePageLogon is that of the logon.
	CodePageID    uint16
	OpenModeFlags MessageModeFlags
}

// ROP implements [Request].
func (*OpenEmbeddedMessageRequest) ROP() ID { return OpenEmbeddedMessage }

// NewResponse implements [RequestOf].
func (*OpenEmbeddedMessageRequest) NewResponse() *OpenEmbeddedMessageResponse {
	return new(OpenEmbeddedMessageResponse)
}

// Layout implements [wire.Coder].
func (r *OpenEmbeddedMessageRequest) Layout(c *wire.Codec) {
	c.Uint16(&r.CodePageID)
	layoutFlags8(c, &r.OpenModeFlags)
}

// OpenEmbeddedMessageResponse is the success response. [MS-OXCROPS] 2.2.6.16.2
type OpenEmbeddedMessageResponse struct {
	Reserved uint8
	// MessageID is 0 on Exchange.
	MessageID mapi.MessageID
	MessageHead
}

// ROP implements [Response].
func (*OpenEmbeddedMessageResponse) ROP() ID { return OpenEmbeddedMessage }

// Layout implements [wire.Coder].
func (r *OpenEmbeddedMessageResponse) Layout(c *wire.Codec) {
	c.Uint8(&r.Reserved)
	r.MessageID.Layout(c)
	r.MessageHead.Layout(c)
}
