package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// FindRowRequest moves a table's position to the next row that matches.
// [MS-OXCROPS] 2.2.5.13.1
type FindRowRequest struct {
	// Flags of 1 search backward.
	Flags       uint8
	Restriction mapi.Restriction
	Origin      Bookmark
	// Bookmark is the place to start when Origin is BookmarkCustom.
	Bookmark []byte

	// Columns are those that SetColumns set for the table. They are not part of
	// the request; the response cannot be read without them.
	Columns []mapi.PropTag
}

// ROP implements [Request].
func (*FindRowRequest) ROP() ID { return FindRow }

// NewResponse implements [RequestOf].
func (r *FindRowRequest) NewResponse() *FindRowResponse {
	return &FindRowResponse{Columns: r.Columns}
}

// Layout implements [wire.Coder].
func (r *FindRowRequest) Layout(c *wire.Codec) {
	c.Uint8(&r.Flags)
	layoutRestriction(c, &r.Restriction)
	layoutFlags8(c, &r.Origin)
	c.Bytes16(&r.Bookmark)
}

// FindRowResponse is the success response. [MS-OXCROPS] 2.2.5.13.2
type FindRowResponse struct {
	RowNoLongerVisible bool
	// HasRow says that Row is there.
	HasRow bool
	Row    mapi.Props

	// Columns are the table's, not part of the response.
	Columns []mapi.PropTag
}

// ROP implements [Response].
func (*FindRowResponse) ROP() ID { return FindRow }

// Layout implements [wire.Coder].
func (r *FindRowResponse) Layout(c *wire.Codec) {
	c.Bool(&r.RowNoLongerVisible)
	c.Bool(&r.HasRow)
	if r.HasRow {
		mapi.LayoutRow(c, r.Columns, &r.Row)
	}
}
