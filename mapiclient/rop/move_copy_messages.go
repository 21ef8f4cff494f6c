package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// MoveCopyMessagesRequest moves or copies messages from one folder to another.
// Add it with [AddTo]. [MS-OXCROPS] 2.2.4.6.1
type MoveCopyMessagesRequest struct {
	MessageIDs       []mapi.MessageID
	WantAsynchronous bool
	WantCopy         bool
}

// ROP implements [Request].
func (*MoveCopyMessagesRequest) ROP() ID { return MoveCopyMessages }

// NewResponse implements [RequestOf].
func (*MoveCopyMessagesRequest) NewResponse() *MoveCopyMessagesResponse {
	return new(MoveCopyMessagesResponse)
}

// Layout implements [wire.Coder].
func (r *MoveCopyMessagesRequest) Layout(c *wire.Codec) {
	wire.List16(c, &r.MessageIDs, (*mapi.MessageID).Layout)
	c.Bool(&r.WantAsynchronous)
	c.Bool(&r.WantCopy)
}

// MoveCopyMessagesResponse is the response; its fields are there whether or
// not the operation failed. PartialCompletion together with a return value of
// 0 means that some messages were left out.
// [MS-OXCROPS] 2.2.4.6.2, 2.2.4.6.3
type MoveCopyMessagesResponse struct{ moved }

// ROP implements [Response].
func (*MoveCopyMessagesResponse) ROP() ID { return MoveCopyMessages }

// moved is the body of the responses of the operations that move or copy
// messages or folders.
type moved struct {
	PartialCompletion bool
	// DestHandleIndex is the request's; present only when the destination was
	// not there.
	DestHandleIndex uint32
}

// Layout implements [wire.Coder].
func (r *moved) Layout(c *wire.Codec) { c.Bool(&r.PartialCompletion) }

// LayoutFailure implements [FailureResponse].
func (r *moved) LayoutFailure(c *wire.Codec, code mapi.ErrorCode) {
	if code == ecDstNullObject {
		c.Uint32(&r.DestHandleIndex)
	}
	c.Bool(&r.PartialCompletion)
}
