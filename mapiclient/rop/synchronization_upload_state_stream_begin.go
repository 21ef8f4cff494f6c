package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// SynchronizationUploadStateStreamBeginRequest begins the upload of a property
// of the last synchronisation's state. [MS-OXCROPS] 2.2.13.9.1, [MS-OXCFXICS]
// 2.2.3.2.2.1.1
type SynchronizationUploadStateStreamBeginRequest struct {
	StateProperty      mapi.PropTag
	TransferBufferSize uint32
}

// ROP implements [Request].
func (*SynchronizationUploadStateStreamBeginRequest) ROP() ID {
	return SynchronizationUploadStateStreamBegin
}

// NewResponse implements [RequestOf].
func (*SynchronizationUploadStateStreamBeginRequest) NewResponse() *SynchronizationUploadStateStreamBeginResponse {
	return new(SynchronizationUploadStateStreamBeginResponse)
}

// Layout implements [wire.Coder].
func (r *SynchronizationUploadStateStreamBeginRequest) Layout(c *wire.Codec) {
	r.StateProperty.Layout(c)
	c.Uint32(&r.TransferBufferSize)
}

// SynchronizationUploadStateStreamBeginResponse is the response. [MS-OXCROPS]
// 2.2.13.9.2
type SynchronizationUploadStateStreamBeginResponse struct{ empty }

// ROP implements [Response].
func (*SynchronizationUploadStateStreamBeginResponse) ROP() ID {
	return SynchronizationUploadStateStreamBegin
}
