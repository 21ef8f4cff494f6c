package rop

// CloneStreamRequest opens a stream a second time. [MS-OXCROPS] 2.2.9.13.1
type CloneStreamRequest struct{ empty }

// ROP implements [Request].
func (*CloneStreamRequest) ROP() ID { return CloneStream }

// NewResponse implements [RequestOf].
func (*CloneStreamRequest) NewResponse() *CloneStreamResponse { return new(CloneStreamResponse) }

// CloneStreamResponse is the response. [MS-OXCROPS] 2.2.9.13.2
type CloneStreamResponse struct{ empty }

// ROP implements [Response].
func (*CloneStreamResponse) ROP() ID { return CloneStream }
