package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// SetCollapseStateRequest restores which categories are expanded. [MS-OXCROPS]
// 2.2.5.19.1
type SetCollapseStateRequest struct{ CollapseState []byte }

// ROP implements [Request].
func (*SetCollapseStateRequest) ROP() ID { return SetCollapseState }

// NewResponse implements [RequestOf].
func (*SetCollapseStateRequest) NewResponse() *SetCollapseStateResponse {
	return new(SetCollapseStateResponse)
}

// Layout implements [wire.Coder].
func (r *SetCollapseStateRequest) Layout(c *wire.Codec) { c.Bytes16(&r.CollapseState) }

// SetCollapseStateResponse is the success response. [MS-OXCROPS] 2.2.5.19.2
type SetCollapseStateResponse struct{ Bookmark []byte }

// ROP implements [Response].
func (*SetCollapseStateResponse) ROP() ID { return SetCollapseState }

// Layout implements [wire.Coder].
func (r *SetCollapseStateResponse) Layout(c *wire.Codec) { c.Bytes16(&r.Bookmark) }
