package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// WriteAndCommitStreamRequest writes at a stream's position and commits the
// stream. [MS-OXCROPS] 2.2.9.12.1
type WriteAndCommitStreamRequest struct{ Data []byte }

// ROP implements [Request].
func (*WriteAndCommitStreamRequest) ROP() ID { return WriteAndCommitStream }

// NewResponse implements [RequestOf].
func (*WriteAndCommitStreamRequest) NewResponse() *WriteAndCommitStreamResponse {
	return new(WriteAndCommitStreamResponse)
}

// Layout implements [wire.Coder].
func (r *WriteAndCommitStreamRequest) Layout(c *wire.Codec) { c.Bytes16(&r.Data) }

// WriteAndCommitStreamResponse is the response. [MS-OXCROPS] 2.2.9.12.2
type WriteAndCommitStreamResponse struct{ written }

// ROP implements [Response].
func (*WriteAndCommitStreamResponse) ROP() ID { return WriteAndCommitStream }
