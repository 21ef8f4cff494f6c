package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// QueryRowsFlags steer QueryRows. [MS-OXCTABL] 2.2.2.5.1
type QueryRowsFlags uint8

// Flags of QueryRows.
const (
	// QueryAdvance moves the table's position behind what was read.
	QueryAdvance QueryRowsFlags = 0x00
	// QueryNoAdvance leaves it where it is.
	QueryNoAdvance QueryRowsFlags = 0x01
	// QueryEnablePackedBuffers lets the server chain further responses.
	QueryEnablePackedBuffers QueryRowsFlags = 0x02
)

// A Bookmark is a place in a table. [MS-OXCTABL] 2.2.2.1.1
type Bookmark uint8

// Bookmarks.
const (
	BookmarkBeginning Bookmark = 0
	BookmarkCurrent   Bookmark = 1
	BookmarkEnd       Bookmark = 2
	BookmarkCustom    Bookmark = 3
)

// QueryRowsRequest reads rows from the table's position on. [MS-OXCROPS]
// 2.2.5.4.1
type QueryRowsRequest struct {
	Flags       QueryRowsFlags
	ForwardRead bool
	// RowCount is how many rows are wanted at most.
	RowCount uint16

	// Columns are those that SetColumns set for the table. They are not part of
	// the request; the response cannot be read without them.
	Columns []mapi.PropTag
}

// ROP implements [Request].
func (*QueryRowsRequest) ROP() ID { return QueryRows }

// NewResponse implements [RequestOf].
func (r *QueryRowsRequest) NewResponse() *QueryRowsResponse {
	return &QueryRowsResponse{Columns: r.Columns}
}

// Layout implements [wire.Coder].
func (r *QueryRowsRequest) Layout(c *wire.Codec) {
	layoutFlags8(c, &r.Flags)
	c.Bool(&r.ForwardRead)
	c.Uint16(&r.RowCount)
}

// QueryRowsResponse is the success response. [MS-OXCROPS] 2.2.5.4.2
type QueryRowsResponse struct {
	// Origin is where the table's position is now.
	Origin Bookmark
	Rows   []mapi.Props

	// Columns are the table's, not part of the response.
	Columns []mapi.PropTag
}

// ROP implements [Response].
func (*QueryRowsResponse) ROP() ID { return QueryRows }

// Layout implements [wire.Coder].
func (r *QueryRowsResponse) Layout(c *wire.Codec) {
	layoutFlags8(c, &r.Origin)
	wire.List16(c, &r.Rows, mapi.Row(r.Columns))
}
