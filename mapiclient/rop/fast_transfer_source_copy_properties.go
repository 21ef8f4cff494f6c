package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// FastTransferSourceCopyPropertiesRequest begins a download of some properties
// of an object. [MS-OXCROPS] 2.2.12.8.1, [MS-OXCFXICS] 2.2.3.1.1.2.1
type FastTransferSourceCopyPropertiesRequest struct {
	// Level of 0 includes what lies in the object.
	Level       uint8
	CopyFlags   uint8
	SendOptions SendOptions
	Tags        []mapi.PropTag
}

// ROP implements [Request].
func (*FastTransferSourceCopyPropertiesRequest) ROP() ID { return FastTransferSourceCopyProperties }

// NewResponse implements [RequestOf].
func (*FastTransferSourceCopyPropertiesRequest) NewResponse() *FastTransferSourceCopyPropertiesResponse {
	return new(FastTransferSourceCopyPropertiesResponse)
}

// Layout implements [wire.Coder].
func (r *FastTransferSourceCopyPropertiesRequest) Layout(c *wire.Codec) {
	c.Uint8(&r.Level)
	c.Uint8(&r.CopyFlags)
	layoutFlags8(c, &r.SendOptions)
	layoutTags(c, &r.Tags)
}

// FastTransferSourceCopyPropertiesResponse is the response. [MS-OXCROPS]
// 2.2.12.8.2
type FastTransferSourceCopyPropertiesResponse struct{ empty }

// ROP implements [Response].
func (*FastTransferSourceCopyPropertiesResponse) ROP() ID { return FastTransferSourceCopyProperties }
