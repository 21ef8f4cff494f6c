package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// GetStreamSizeRequest asks for a stream's size. [MS-OXCROPS] 2.2.9.6.1
type GetStreamSizeRequest struct{ empty }

// ROP implements [Request].
func (*GetStreamSizeRequest) ROP() ID { return GetStreamSize }

// NewResponse implements [RequestOf].
func (*GetStreamSizeRequest) NewResponse() *GetStreamSizeResponse {
	return new(GetStreamSizeResponse)
}

// GetStreamSizeResponse is the success response. [MS-OXCROPS] 2.2.9.6.2
type GetStreamSizeResponse struct{ StreamSize uint32 }

// ROP implements [Response].
func (*GetStreamSizeResponse) ROP() ID { return GetStreamSize }

// Layout implements [wire.Coder].
func (r *GetStreamSizeResponse) Layout(c *wire.Codec) { c.Uint32(&r.StreamSize) }
