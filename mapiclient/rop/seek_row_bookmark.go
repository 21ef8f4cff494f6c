package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// SeekRowBookmarkRequest moves a table's position relative to a bookmark.
// [MS-OXCROPS] 2.2.5.9.1
type SeekRowBookmarkRequest struct {
	Bookmark []byte
	// RowCount is by how many rows, backward if negative.
	RowCount          int32
	WantRowMovedCount bool
}

// ROP implements [Request].
func (*SeekRowBookmarkRequest) ROP() ID { return SeekRowBookmark }

// NewResponse implements [RequestOf].
func (*SeekRowBookmarkRequest) NewResponse() *SeekRowBookmarkResponse {
	return new(SeekRowBookmarkResponse)
}

// Layout implements [wire.Coder].
func (r *SeekRowBookmarkRequest) Layout(c *wire.Codec) {
	c.Bytes16(&r.Bookmark)
	c.Int32(&r.RowCount)
	c.Bool(&r.WantRowMovedCount)
}

// SeekRowBookmarkResponse is the success response. [MS-OXCROPS] 2.2.5.9.2
type SeekRowBookmarkResponse struct {
	RowNoLongerVisible bool
	HasSoughtLess      bool
	// RowsSought is by how many rows the position moved; only if it was asked for.
	RowsSought int32
}

// ROP implements [Response].
func (*SeekRowBookmarkResponse) ROP() ID { return SeekRowBookmark }

// Layout implements [wire.Coder].
func (r *SeekRowBookmarkResponse) Layout(c *wire.Codec) {
	c.Bool(&r.RowNoLongerVisible)
	c.Bool(&r.HasSoughtLess)
	c.Int32(&r.RowsSought)
}
