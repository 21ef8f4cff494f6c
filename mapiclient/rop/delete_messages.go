package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// DeleteMessagesRequest soft-deletes messages of a folder. [MS-OXCROPS]
// 2.2.4.11.1
type DeleteMessagesRequest struct {
	WantAsynchronous bool
	// NotifyNonRead asks for non-read receipts for the messages that want them.
	NotifyNonRead bool
	MessageIDs    []mapi.MessageID
}

// ROP implements [Request].
func (*DeleteMessagesRequest) ROP() ID { return DeleteMessages }

// NewResponse implements [RequestOf].
func (*DeleteMessagesRequest) NewResponse() *DeleteMessagesResponse {
	return new(DeleteMessagesResponse)
}

// Layout implements [wire.Coder].
func (r *DeleteMessagesRequest) Layout(c *wire.Codec) {
	c.Bool(&r.WantAsynchronous)
	c.Bool(&r.NotifyNonRead)
	wire.List16(c, &r.MessageIDs, (*mapi.MessageID).Layout)
}

// DeleteMessagesResponse is the response. [MS-OXCROPS] 2.2.4.11.2
type DeleteMessagesResponse struct{ partial }

// ROP implements [Response].
func (*DeleteMessagesResponse) ROP() ID { return DeleteMessages }
