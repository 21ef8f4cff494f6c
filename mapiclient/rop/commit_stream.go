package rop

// CommitStreamRequest commits what was written to a stream. [MS-OXCROPS]
// 2.2.9.5.1
type CommitStreamRequest struct{ empty }

// ROP implements [Request].
func (*CommitStreamRequest) ROP() ID { return CommitStream }

// NewResponse implements [RequestOf].
func (*CommitStreamRequest) NewResponse() *CommitStreamResponse { return new(CommitStreamResponse) }

// CommitStreamResponse is the response. [MS-OXCROPS] 2.2.9.5.2
type CommitStreamResponse struct{ empty }

// ROP implements [Response].
func (*CommitStreamResponse) ROP() ID { return CommitStream }
