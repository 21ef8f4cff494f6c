package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// GetMessageStatusRequest asks for PidTagMessageStatus of a message in the
// folder worked on. [MS-OXCROPS] 2.2.6.9.1
type GetMessageStatusRequest struct{ MessageID mapi.MessageID }

// ROP implements [Request].
func (*GetMessageStatusRequest) ROP() ID { return GetMessageStatus }

// NewResponse implements [RequestOf].
func (*GetMessageStatusRequest) NewResponse() *GetMessageStatusResponse {
	return new(GetMessageStatusResponse)
}

// Layout implements [wire.Coder].
func (r *GetMessageStatusRequest) Layout(c *wire.Codec) { r.MessageID.Layout(c) }

// GetMessageStatusResponse is the success response. On the wire it bears the
// id of RopSetMessageStatus. [MS-OXCROPS] 2.2.6.9.2
type GetMessageStatusResponse struct{ StatusFlags uint32 }

// ROP implements [Response].
func (*GetMessageStatusResponse) ROP() ID { return GetMessageStatus }

// Layout implements [wire.Coder].
func (r *GetMessageStatusResponse) Layout(c *wire.Codec) { c.Uint32(&r.StatusFlags) }
