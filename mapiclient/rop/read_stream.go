package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// ReadMaximum as the ByteCount of ReadStream, or the BufferSize of
// FastTransferSourceGetBuffer, means that a maximum follows.
const ReadMaximum uint16 = 0xBABE

// ReadStreamRequest reads from a stream's position on. [MS-OXCROPS] 2.2.9.2.1
type ReadStreamRequest struct {
	// ByteCount is how many bytes are wanted; ReadMaximum asks for
	// MaximumByteCount, which is a field only then.
	ByteCount        uint16
	MaximumByteCount uint32
}

// ROP implements [Request].
func (*ReadStreamRequest) ROP() ID { return ReadStream }

// NewResponse implements [RequestOf].
func (*ReadStreamRequest) NewResponse() *ReadStreamResponse { return new(ReadStreamResponse) }

// Layout implements [wire.Coder].
func (r *ReadStreamRequest) Layout(c *wire.Codec) {
	c.Uint16(&r.ByteCount)
	if r.ByteCount == ReadMaximum {
		c.Uint32(&r.MaximumByteCount)
	}
}

// ReadStreamResponse is the response; less than was asked for means that the
// stream ended. [MS-OXCROPS] 2.2.9.2.2
type ReadStreamResponse struct{ Data []byte }

// ROP implements [Response].
func (*ReadStreamResponse) ROP() ID { return ReadStream }

// Layout implements [wire.Coder].
func (r *ReadStreamResponse) Layout(c *wire.Codec) { c.Bytes16(&r.Data) }

// LayoutFailure implements [FailureResponse].
func (r *ReadStreamResponse) LayoutFailure(c *wire.Codec, _ mapi.ErrorCode) { r.Layout(c) }
