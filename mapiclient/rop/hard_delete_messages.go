package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// HardDeleteMessagesRequest removes messages of a folder for good.
// [MS-OXCROPS] 2.2.4.12.1
type HardDeleteMessagesRequest struct {
	WantAsynchronous bool
	// NotifyNonRead asks for non-read receipts for the messages that want them.
	NotifyNonRead bool
	MessageIDs    []mapi.MessageID
}

// ROP implements [Request].
func (*HardDeleteMessagesRequest) ROP() ID { return HardDeleteMessages }

// NewResponse implements [RequestOf].
func (*HardDeleteMessagesRequest) NewResponse() *HardDeleteMessagesResponse {
	return new(HardDeleteMessagesResponse)
}

// Layout implements [wire.Coder].
func (r *HardDeleteMessagesRequest) Layout(c *wire.Codec) {
	c.Bool(&r.WantAsynchronous)
	c.Bool(&r.NotifyNonRead)
	wire.List16(c, &r.MessageIDs, (*mapi.MessageID).Layout)
}

// HardDeleteMessagesResponse is the response. [MS-OXCROPS] 2.2.4.12.2
type HardDeleteMessagesResponse struct{ partial }

// ROP implements [Response].
func (*HardDeleteMessagesResponse) ROP() ID { return HardDeleteMessages }
