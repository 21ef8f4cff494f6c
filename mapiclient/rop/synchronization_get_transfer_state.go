package rop

// SynchronizationGetTransferStateRequest opens the state of a synchronisation
// for download. [MS-OXCROPS] 2.2.13.8.1, [MS-OXCFXICS] 2.2.3.2.3.1.1
type SynchronizationGetTransferStateRequest struct{ empty }

// ROP implements [Request].
func (*SynchronizationGetTransferStateRequest) ROP() ID { return SynchronizationGetTransferState }

// NewResponse implements [RequestOf].
func (*SynchronizationGetTransferStateRequest) NewResponse() *SynchronizationGetTransferStateResponse {
	return new(SynchronizationGetTransferStateResponse)
}

// SynchronizationGetTransferStateResponse is the response. [MS-OXCROPS]
// 2.2.13.8.2
type SynchronizationGetTransferStateResponse struct{ empty }

// ROP implements [Response].
func (*SynchronizationGetTransferStateResponse) ROP() ID { return SynchronizationGetTransferState }
