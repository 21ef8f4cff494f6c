package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// SortTableRequest sets the order of a table. [MS-OXCROPS] 2.2.5.2.1
type SortTableRequest struct {
	// Flags other than 0 ask for asynchronous work, which servers ignore.
	Flags uint8
	// CategoryCount is how many of the columns, from the first, make
	// categories, and ExpandedCount how many of those begin expanded.
	CategoryCount, ExpandedCount uint16
	SortOrders                   []mapi.SortOrder
}

// ROP implements [Request].
func (*SortTableRequest) ROP() ID { return SortTable }

// NewResponse implements [RequestOf].
func (*SortTableRequest) NewResponse() *SortTableResponse { return new(SortTableResponse) }

// Layout implements [wire.Coder].
func (r *SortTableRequest) Layout(c *wire.Codec) {
	c.Uint8(&r.Flags)
	n := c.Count16(len(r.SortOrders))
	c.Uint16(&r.CategoryCount)
	c.Uint16(&r.ExpandedCount)
	wire.List(c, &r.SortOrders, n, (*mapi.SortOrder).Layout)
}

// SortTableResponse is the success response. [MS-OXCROPS] 2.2.5.2.2
type SortTableResponse struct{ TableStatus TableStatus }

// ROP implements [Response].
func (*SortTableResponse) ROP() ID { return SortTable }

// Layout implements [wire.Coder].
func (r *SortTableResponse) Layout(c *wire.Codec) { layoutFlags8(c, &r.TableStatus) }
