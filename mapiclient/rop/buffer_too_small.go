package rop

import (
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/wire"
)

// BufferTooSmallResponse says that the answer had no room for the responses to
// the requests that follow, which were not run. It is the last one of an
// answer. [MS-OXCROPS] 2.2.15.1.1
type BufferTooSmallResponse struct {
	// SizeNeeded is the size in bytes of the answer that would do.
	SizeNeeded uint16
	// RequestBuffers are the requests that were not run, as they were sent.
	RequestBuffers []byte
}

// ROP implements [Response].
func (*BufferTooSmallResponse) ROP() ID { return BufferTooSmall }

// Layout implements [wire.Coder].
func (r *BufferTooSmallResponse) Layout(c *wire.Codec) {
	c.Uint16(&r.SizeNeeded)
	c.Rest(&r.RequestBuffers)
}

// A BufferTooSmallError is the error of requests that were not run because the
// answer was full. They may be sent again; one that is refused alone must ask
// for less.
type BufferTooSmallError struct{ BufferTooSmallResponse }

// Error implements error.
func (e *BufferTooSmallError) Error() string {
	return fmt.Sprintf("not executed: the answer would need %d bytes", e.SizeNeeded)
}
