package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// SetMessageStatusRequest sets PidTagMessageStatus of a message in the folder
// worked on. [MS-OXCROPS] 2.2.6.8.1
type SetMessageStatusRequest struct {
	MessageID mapi.MessageID
	// StatusFlags are the values of the bits that StatusMask names.
	StatusFlags, StatusMask uint32
}

// ROP implements [Request].
func (*SetMessageStatusRequest) ROP() ID { return SetMessageStatus }

// NewResponse implements [RequestOf].
func (*SetMessageStatusRequest) NewResponse() *SetMessageStatusResponse {
	return new(SetMessageStatusResponse)
}

// Layout implements [wire.Coder].
func (r *SetMessageStatusRequest) Layout(c *wire.Codec) {
	r.MessageID.Layout(c)
	c.Uint32(&r.StatusFlags)
	c.Uint32(&r.StatusMask)
}

// SetMessageStatusResponse is the success response. [MS-OXCROPS] 2.2.6.8.2
type SetMessageStatusResponse struct {
	// StatusFlags are those before.
	StatusFlags uint32
}

// ROP implements [Response].
func (*SetMessageStatusResponse) ROP() ID { return SetMessageStatus }

// Layout implements [wire.Coder].
func (r *SetMessageStatusResponse) Layout(c *wire.Codec) { c.Uint32(&r.StatusFlags) }
