package rop

// SynchronizationUploadStateStreamEndRequest ends the upload of a property of
// the state. [MS-OXCROPS] 2.2.13.11.1, [MS-OXCFXICS] 2.2.3.2.2.3.1
type SynchronizationUploadStateStreamEndRequest struct{ empty }

// ROP implements [Request].
func (*SynchronizationUploadStateStreamEndRequest) ROP() ID {
	return SynchronizationUploadStateStreamEnd
}

// NewResponse implements [RequestOf].
func (*SynchronizationUploadStateStreamEndRequest) NewResponse() *SynchronizationUploadStateStreamEndResponse {
	return new(SynchronizationUploadStateStreamEndResponse)
}

// SynchronizationUploadStateStreamEndResponse is the response. [MS-OXCROPS]
// 2.2.13.11.2
type SynchronizationUploadStateStreamEndResponse struct{ empty }

// ROP implements [Response].
func (*SynchronizationUploadStateStreamEndResponse) ROP() ID {
	return SynchronizationUploadStateStreamEnd
}
