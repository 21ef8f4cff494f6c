package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// QueryPositionRequest asks for a table's position. [MS-OXCROPS] 2.2.5.7.1
type QueryPositionRequest struct{ empty }

// ROP implements [Request].
func (*QueryPositionRequest) ROP() ID { return QueryPosition }

// NewResponse implements [RequestOf].
func (*QueryPositionRequest) NewResponse() *QueryPositionResponse {
	return new(QueryPositionResponse)
}

// QueryPositionResponse is the success response. [MS-OXCROPS] 2.2.5.7.2
type QueryPositionResponse struct {
	// Numerator is the index of the current row.
	Numerator uint32
	// Denominator is the number of rows.
	Denominator uint32
}

// ROP implements [Response].
func (*QueryPositionResponse) ROP() ID { return QueryPosition }

// Layout implements [wire.Coder].
func (r *QueryPositionResponse) Layout(c *wire.Codec) {
	c.Uint32(&r.Numerator)
	c.Uint32(&r.Denominator)
}
