package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// SeekRowFractionalRequest moves a table's position to a fraction of its
// length. [MS-OXCROPS] 2.2.5.10.1
type SeekRowFractionalRequest struct{ Numerator, Denominator uint32 }

// ROP implements [Request].
func (*SeekRowFractionalRequest) ROP() ID { return SeekRowFractional }

// NewResponse implements [RequestOf].
func (*SeekRowFractionalRequest) NewResponse() *SeekRowFractionalResponse {
	return new(SeekRowFractionalResponse)
}

// Layout implements [wire.Coder].
func (r *SeekRowFractionalRequest) Layout(c *wire.Codec) {
	c.Uint32(&r.Numerator)
	c.Uint32(&r.Denominator)
}

// SeekRowFractionalResponse is the response. [MS-OXCROPS] 2.2.5.10.2
type SeekRowFractionalResponse struct{ empty }

// ROP implements [Response].
func (*SeekRowFractionalResponse) ROP() ID { return SeekRowFractional }
