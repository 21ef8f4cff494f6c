package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// FreeBookmarkRequest drops a bookmark. [MS-OXCROPS] 2.2.5.14.1
type FreeBookmarkRequest struct{ Bookmark []byte }

// ROP implements [Request].
func (*FreeBookmarkRequest) ROP() ID { return FreeBookmark }

// NewResponse implements [RequestOf].
func (*FreeBookmarkRequest) NewResponse() *FreeBookmarkResponse { return new(FreeBookmarkResponse) }

// Layout implements [wire.Coder].
func (r *FreeBookmarkRequest) Layout(c *wire.Codec) { c.Bytes16(&r.Bookmark) }

// FreeBookmarkResponse is the response. [MS-OXCROPS] 2.2.5.14.2
type FreeBookmarkResponse struct{ empty }

// ROP implements [Response].
func (*FreeBookmarkResponse) ROP() ID { return FreeBookmark }
