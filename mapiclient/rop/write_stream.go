package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// WriteStreamRequest writes at a stream's position. [MS-OXCROPS] 2.2.9.3.1
type WriteStreamRequest struct{ Data []byte }

// ROP implements [Request].
func (*WriteStreamRequest) ROP() ID { return WriteStream }

// NewResponse implements [RequestOf].
func (*WriteStreamRequest) NewResponse() *WriteStreamResponse { return new(WriteStreamResponse) }

// Layout implements [wire.Coder].
func (r *WriteStreamRequest) Layout(c *wire.Codec) { c.Bytes16(&r.Data) }

// WriteStreamResponse is the response. [MS-OXCROPS] 2.2.9.3.2
type WriteStreamResponse struct{ written }

// ROP implements [Response].
func (*WriteStreamResponse) ROP() ID { return WriteStream }

// written is the body of the responses of the operations that write to a
// stream. It is there whether or not they failed.
type written struct{ WrittenSize uint16 }

// Layout implements [wire.Coder].
func (r *written) Layout(c *wire.Codec) { c.Uint16(&r.WrittenSize) }

// LayoutFailure implements [FailureResponse].
func (r *written) LayoutFailure(c *wire.Codec, _ mapi.ErrorCode) { r.Layout(c) }
