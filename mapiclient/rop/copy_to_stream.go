package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// CopyToStreamRequest copies bytes from one stream to another. Add it with
// [AddTo]. [MS-OXCROPS] 2.2.9.9.1
type CopyToStreamRequest struct{ ByteCount uint64 }

// ROP implements [Request].
func (*CopyToStreamRequest) ROP() ID { return CopyToStream }

// NewResponse implements [RequestOf].
func (*CopyToStreamRequest) NewResponse() *CopyToStreamResponse { return new(CopyToStreamResponse) }

// Layout implements [wire.Coder].
func (r *CopyToStreamRequest) Layout(c *wire.Codec) { c.Uint64(&r.ByteCount) }

// CopyToStreamResponse is the response; the counts are there whether or not
// the operation failed. [MS-OXCROPS] 2.2.9.9.2, 2.2.9.9.3
type CopyToStreamResponse struct {
	ReadByteCount    uint64
	WrittenByteCount uint64
	// DestHandleIndex is the request's; present only when the destination was
	// not there.
	DestHandleIndex uint32
}

// ROP implements [Response].
func (*CopyToStreamResponse) ROP() ID { return CopyToStream }

// Layout implements [wire.Coder].
func (r *CopyToStreamResponse) Layout(c *wire.Codec) {
	c.Uint64(&r.ReadByteCount)
	c.Uint64(&r.WrittenByteCount)
}

// LayoutFailure implements [FailureResponse].
func (r *CopyToStreamResponse) LayoutFailure(c *wire.Codec, code mapi.ErrorCode) {
	if code == ecDstNullObject {
		c.Uint32(&r.DestHandleIndex)
	}
	r.Layout(c)
}
