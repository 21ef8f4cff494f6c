package rop

import (
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/wire"
)

// ProgressRequest asks how far a long operation is, or stops it.
// [MS-OXCROPS] 2.2.8.13.1, [MS-OXCPRPT] 2.2.23.1
type ProgressRequest struct {
	WantCancel bool

	// Of is the request that runs, which is not part of this one: when it is
	// done, its response stands in place of the ProgressResponse.
	Of Request
}

// ROP implements [Request].
func (*ProgressRequest) ROP() ID { return Progress }

// NewResponse implements [RequestOf].
func (*ProgressRequest) NewResponse() *ProgressResponse { return new(ProgressResponse) }

// Layout implements [wire.Coder].
func (r *ProgressRequest) Layout(c *wire.Codec) { c.Bool(&r.WantCancel) }

// ProgressResponse says how far a long operation is.
// [MS-OXCROPS] 2.2.8.13.2, [MS-OXCPRPT] 2.2.23.2
type ProgressResponse struct {
	LogonID            uint8
	CompletedTaskCount uint32
	TotalTaskCount     uint32

	// Final is the response of the operation itself when it stood in place of
	// this one. It is not coded here.
	Final Response
}

// ROP implements [Response].
func (*ProgressResponse) ROP() ID { return Progress }

// Layout implements [wire.Coder].
func (r *ProgressResponse) Layout(c *wire.Codec) {
	c.Uint8(&r.LogonID)
	c.Uint32(&r.CompletedTaskCount)
	c.Uint32(&r.TotalTaskCount)
}

// An UnfinishedError is the error of a request that asked to run
// asynchronously and still does. Ask again with a [ProgressRequest].
type UnfinishedError struct{ ProgressResponse }

// Error implements error.
func (e *UnfinishedError) Error() string {
	return fmt.Sprintf("the operation is not finished yet: %d of %d done", e.CompletedTaskCount, e.TotalTaskCount)
}
