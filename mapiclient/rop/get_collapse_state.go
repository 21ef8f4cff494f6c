package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// GetCollapseStateRequest asks for which categories are expanded. [MS-OXCROPS]
// 2.2.5.18.1
type GetCollapseStateRequest struct {
	RowID             uint64
	RowInstanceNumber uint32
}

// ROP implements [Request].
func (*GetCollapseStateRequest) ROP() ID { return GetCollapseState }

// NewResponse implements [RequestOf].
func (*GetCollapseStateRequest) NewResponse() *GetCollapseStateResponse {
	return new(GetCollapseStateResponse)
}

// Layout implements [wire.Coder].
func (r *GetCollapseStateRequest) Layout(c *wire.Codec) {
	c.Uint64(&r.RowID)
	c.Uint32(&r.RowInstanceNumber)
}

// GetCollapseStateResponse is the success response. [MS-OXCROPS] 2.2.5.18.2
type GetCollapseStateResponse struct{ CollapseState []byte }

// ROP implements [Response].
func (*GetCollapseStateResponse) ROP() ID { return GetCollapseState }

// Layout implements [wire.Coder].
func (r *GetCollapseStateResponse) Layout(c *wire.Codec) { c.Bytes16(&r.CollapseState) }
