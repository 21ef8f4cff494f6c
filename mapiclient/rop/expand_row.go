package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// ExpandRowRequest expands a category. [MS-OXCROPS] 2.2.5.16.1
type ExpandRowRequest struct {
	MaxRowCount uint16
	CategoryID  uint64

	// Columns are those that SetColumns set for the table. They are not part of
	// the request; the response cannot be read without them.
	Columns []mapi.PropTag
}

// ROP implements [Request].
func (*ExpandRowRequest) ROP() ID { return ExpandRow }

// NewResponse implements [RequestOf].
func (r *ExpandRowRequest) NewResponse() *ExpandRowResponse {
	return &ExpandRowResponse{Columns: r.Columns}
}

// Layout implements [wire.Coder].
func (r *ExpandRowRequest) Layout(c *wire.Codec) {
	c.Uint16(&r.MaxRowCount)
	c.Uint64(&r.CategoryID)
}

// ExpandRowResponse is the success response. [MS-OXCROPS] 2.2.5.16.2
type ExpandRowResponse struct {
	// ExpandedRowCount is how many rows the category has.
	ExpandedRowCount uint32
	// Rows are the first of them.
	Rows []mapi.Props

	// Columns are the table's, not part of the response.
	Columns []mapi.PropTag
}

// ROP implements [Response].
func (*ExpandRowResponse) ROP() ID { return ExpandRow }

// Layout implements [wire.Coder].
func (r *ExpandRowResponse) Layout(c *wire.Codec) {
	c.Uint32(&r.ExpandedRowCount)
	wire.List16(c, &r.Rows, mapi.Row(r.Columns))
}
