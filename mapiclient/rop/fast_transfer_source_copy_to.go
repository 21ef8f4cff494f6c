package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// SendOptions say how strings and progress travel in a FastTransfer stream.
// [MS-OXCFXICS] 2.2.3.1.1.1.1
type SendOptions uint8

// Send options.
const (
	SendUnicode      SendOptions = 0x01
	SendUseCpid      SendOptions = 0x02
	SendRecoverMode  SendOptions = 0x04
	SendForceUnicode SendOptions = 0x08
	SendPartialItem  SendOptions = 0x10
)

// FastTransferSourceCopyToRequest begins a download of an object without some
// properties. [MS-OXCROPS] 2.2.12.7.1, [MS-OXCFXICS] 2.2.3.1.1.1.1
type FastTransferSourceCopyToRequest struct {
	// Level of 0 includes what lies in the object.
	Level        uint8
	CopyFlags    uint32
	SendOptions  SendOptions
	ExcludedTags []mapi.PropTag
}

// ROP implements [Request].
func (*FastTransferSourceCopyToRequest) ROP() ID { return FastTransferSourceCopyTo }

// NewResponse implements [RequestOf].
func (*FastTransferSourceCopyToRequest) NewResponse() *FastTransferSourceCopyToResponse {
	return new(FastTransferSourceCopyToResponse)
}

// Layout implements [wire.Coder].
func (r *FastTransferSourceCopyToRequest) Layout(c *wire.Codec) {
	c.Uint8(&r.Level)
	c.Uint32(&r.CopyFlags)
	layoutFlags8(c, &r.SendOptions)
	layoutTags(c, &r.ExcludedTags)
}

// FastTransferSourceCopyToResponse is the response. [MS-OXCROPS] 2.2.12.7.2
type FastTransferSourceCopyToResponse struct{ empty }

// ROP implements [Response].
func (*FastTransferSourceCopyToResponse) ROP() ID { return FastTransferSourceCopyTo }
