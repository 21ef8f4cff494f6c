package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// ReadFlags say how messages are marked. [MS-OXCMSG] 2.2.3.10.1
type ReadFlags uint8

// Ways to mark a message.
const (
	ReadDefault             ReadFlags = 0x00
	ReadSuppressReceipt     ReadFlags = 0x01
	ReadClearFlag           ReadFlags = 0x04
	ReadGenerateReceiptOnly ReadFlags = 0x10
	ReadClearNotifyRead     ReadFlags = 0x20
	ReadClearNotifyUnread   ReadFlags = 0x40
)

// SetReadFlagsRequest marks messages of a folder as read or unread.
// [MS-OXCROPS] 2.2.6.10.1
type SetReadFlagsRequest struct {
	WantAsynchronous bool
	ReadFlags        ReadFlags
	MessageIDs       []mapi.MessageID
}

// ROP implements [Request].
func (*SetReadFlagsRequest) ROP() ID { return SetReadFlags }

// NewResponse implements [RequestOf].
func (*SetReadFlagsRequest) NewResponse() *SetReadFlagsResponse { return new(SetReadFlagsResponse) }

// Layout implements [wire.Coder].
func (r *SetReadFlagsRequest) Layout(c *wire.Codec) {
	c.Bool(&r.WantAsynchronous)
	layoutFlags8(c, &r.ReadFlags)
	wire.List16(c, &r.MessageIDs, (*mapi.MessageID).Layout)
}

// SetReadFlagsResponse is the response. [MS-OXCROPS] 2.2.6.10.2
type SetReadFlagsResponse struct{ partial }

// ROP implements [Response].
func (*SetReadFlagsResponse) ROP() ID { return SetReadFlags }
