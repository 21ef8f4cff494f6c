package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// CreateBookmarkRequest marks a table's position. [MS-OXCROPS] 2.2.5.11.1
type CreateBookmarkRequest struct{ empty }

// ROP implements [Request].
func (*CreateBookmarkRequest) ROP() ID { return CreateBookmark }

// NewResponse implements [RequestOf].
func (*CreateBookmarkRequest) NewResponse() *CreateBookmarkResponse {
	return new(CreateBookmarkResponse)
}

// CreateBookmarkResponse is the success response. [MS-OXCROPS] 2.2.5.11.2
type CreateBookmarkResponse struct{ Bookmark []byte }

// ROP implements [Response].
func (*CreateBookmarkResponse) ROP() ID { return CreateBookmark }

// Layout implements [wire.Coder].
func (r *CreateBookmarkResponse) Layout(c *wire.Codec) { c.Bytes16(&r.Bookmark) }
