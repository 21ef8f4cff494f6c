package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// SetStreamSizeRequest cuts or extends a stream. [MS-OXCROPS] 2.2.9.7.1
type SetStreamSizeRequest struct{ StreamSize uint64 }

// ROP implements [Request].
func (*SetStreamSizeRequest) ROP() ID { return SetStreamSize }

// NewResponse implements [RequestOf].
func (*SetStreamSizeRequest) NewResponse() *SetStreamSizeResponse {
	return new(SetStreamSizeResponse)
}

// Layout implements [wire.Coder].
func (r *SetStreamSizeRequest) Layout(c *wire.Codec) { c.Uint64(&r.StreamSize) }

// SetStreamSizeResponse is the response. [MS-OXCROPS] 2.2.9.7.2
type SetStreamSizeResponse struct{ empty }

// ROP implements [Response].
func (*SetStreamSizeResponse) ROP() ID { return SetStreamSize }
