package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// SynchronizationUploadStateStreamContinueRequest uploads a piece of a
// property of the state. [MS-OXCROPS] 2.2.13.10.1, [MS-OXCFXICS] 2.2.3.2.2.2.1
type SynchronizationUploadStateStreamContinueRequest struct{ StreamData []byte }

// ROP implements [Request].
func (*SynchronizationUploadStateStreamContinueRequest) ROP() ID {
	return SynchronizationUploadStateStreamContinue
}

// NewResponse implements [RequestOf].
func (*SynchronizationUploadStateStreamContinueRequest) NewResponse() *SynchronizationUploadStateStreamContinueResponse {
	return new(SynchronizationUploadStateStreamContinueResponse)
}

// Layout implements [wire.Coder].
func (r *SynchronizationUploadStateStreamContinueRequest) Layout(c *wire.Codec) {
	c.Bytes32(&r.StreamData)
}

// SynchronizationUploadStateStreamContinueResponse is the response.
// [MS-OXCROPS] 2.2.13.10.2
type SynchronizationUploadStateStreamContinueResponse struct{ empty }

// ROP implements [Response].
func (*SynchronizationUploadStateStreamContinueResponse) ROP() ID {
	return SynchronizationUploadStateStreamContinue
}
