package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// SeekRowRequest moves a table's position. [MS-OXCROPS] 2.2.5.8.1
type SeekRowRequest struct {
	Origin Bookmark
	// RowCount is by how many rows, backward if negative.
	RowCount          int32
	WantRowMovedCount bool
}

// ROP implements [Request].
func (*SeekRowRequest) ROP() ID { return SeekRow }

// NewResponse implements [RequestOf].
func (*SeekRowRequest) NewResponse() *SeekRowResponse { return new(SeekRowResponse) }

// Layout implements [wire.Coder].
func (r *SeekRowRequest) Layout(c *wire.Codec) {
	layoutFlags8(c, &r.Origin)
	c.Int32(&r.RowCount)
	c.Bool(&r.WantRowMovedCount)
}

// SeekRowResponse is the success response. [MS-OXCROPS] 2.2.5.8.2
type SeekRowResponse struct {
	// HasSoughtLess says that the table ended before.
	HasSoughtLess bool
	// RowsSought is by how many rows the position moved; only if it was asked for.
	RowsSought int32
}

// ROP implements [Response].
func (*SeekRowResponse) ROP() ID { return SeekRow }

// Layout implements [wire.Coder].
func (r *SeekRowResponse) Layout(c *wire.Codec) {
	c.Bool(&r.HasSoughtLess)
	c.Int32(&r.RowsSought)
}
