package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// FastTransferSourceCopyMessagesRequest begins a download of messages of a
// folder. [MS-OXCROPS] 2.2.12.6.1, [MS-OXCFXICS] 2.2.3.1.1.3.1
type FastTransferSourceCopyMessagesRequest struct {
	MessageIDs  []mapi.MessageID
	CopyFlags   uint8
	SendOptions SendOptions
}

// ROP implements [Request].
func (*FastTransferSourceCopyMessagesRequest) ROP() ID { return FastTransferSourceCopyMessages }

// NewResponse implements [RequestOf].
func (*FastTransferSourceCopyMessagesRequest) NewResponse() *FastTransferSourceCopyMessagesResponse {
	return new(FastTransferSourceCopyMessagesResponse)
}

// Layout implements [wire.Coder].
func (r *FastTransferSourceCopyMessagesRequest) Layout(c *wire.Codec) {
	wire.List16(c, &r.MessageIDs, (*mapi.MessageID).Layout)
	c.Uint8(&r.CopyFlags)
	layoutFlags8(c, &r.SendOptions)
}

// FastTransferSourceCopyMessagesResponse is the response. [MS-OXCROPS]
// 2.2.12.6.2
type FastTransferSourceCopyMessagesResponse struct{ empty }

// ROP implements [Response].
func (*FastTransferSourceCopyMessagesResponse) ROP() ID { return FastTransferSourceCopyMessages }
