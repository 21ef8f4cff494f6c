package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// CollapseRowRequest collapses a category. [MS-OXCROPS] 2.2.5.17.1
type CollapseRowRequest struct{ CategoryID uint64 }

// ROP implements [Request].
func (*CollapseRowRequest) ROP() ID { return CollapseRow }

// NewResponse implements [RequestOf].
func (*CollapseRowRequest) NewResponse() *CollapseRowResponse { return new(CollapseRowResponse) }

// Layout implements [wire.Coder].
func (r *CollapseRowRequest) Layout(c *wire.Codec) { c.Uint64(&r.CategoryID) }

// CollapseRowResponse is the success response. [MS-OXCROPS] 2.2.5.17.2
type CollapseRowResponse struct{ CollapsedRowCount uint32 }

// ROP implements [Response].
func (*CollapseRowResponse) ROP() ID { return CollapseRow }

// Layout implements [wire.Coder].
func (r *CollapseRowResponse) Layout(c *wire.Codec) { c.Uint32(&r.CollapsedRowCount) }
