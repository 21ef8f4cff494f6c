package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A TransferStatus tells how far a FastTransfer is. [MS-OXCFXICS] 2.2.3.1.1.5.2
type TransferStatus uint16

// Transfer statuses.
const (
	TransferError   TransferStatus = 0
	TransferPartial TransferStatus = 1
	TransferNoRoom  TransferStatus = 2
	TransferDone    TransferStatus = 3
)

// FastTransferSourceGetBufferRequest downloads the next piece of a
// FastTransfer stream. [MS-OXCROPS] 2.2.12.4.1, [MS-OXCFXICS] 2.2.3.1.1.5.1
type FastTransferSourceGetBufferRequest struct {
	// BufferSize is how many bytes are wanted; ReadMaximum asks for
	// MaximumBufferSize, which is a field only then.
	BufferSize        uint16
	MaximumBufferSize uint16
}

// ROP implements [Request].
func (*FastTransferSourceGetBufferRequest) ROP() ID { return FastTransferSourceGetBuffer }

// NewResponse implements [RequestOf].
func (*FastTransferSourceGetBufferRequest) NewResponse() *FastTransferSourceGetBufferResponse {
	return new(FastTransferSourceGetBufferResponse)
}

// Layout implements [wire.Coder].
func (r *FastTransferSourceGetBufferRequest) Layout(c *wire.Codec) {
	c.Uint16(&r.BufferSize)
	if r.BufferSize == ReadMaximum {
		c.Uint16(&r.MaximumBufferSize)
	}
}

// FastTransferSourceGetBufferResponse is the response. Its fields are there
// whether or not the operation failed. [MS-OXCROPS] 2.2.12.4.2, [MS-OXCFXICS]
// 2.2.3.1.1.5.2
type FastTransferSourceGetBufferResponse struct {
	TransferStatus  TransferStatus
	InProgressCount uint16
	TotalStepCount  uint16
	Reserved        uint8
	TransferBuffer  []byte
	// BackoffTime is for how many milliseconds to wait; present only with
	// ecServerBusy.
	BackoffTime uint32
}

// ROP implements [Response].
func (*FastTransferSourceGetBufferResponse) ROP() ID { return FastTransferSourceGetBuffer }

// Layout implements [wire.Coder].
func (r *FastTransferSourceGetBufferResponse) Layout(c *wire.Codec) {
	wire.Uint16s(&r.TransferStatus, c)
	c.Uint16(&r.InProgressCount)
	c.Uint16(&r.TotalStepCount)
	c.Uint8(&r.Reserved)
	c.Bytes16(&r.TransferBuffer)
}

// LayoutFailure implements [FailureResponse].
func (r *FastTransferSourceGetBufferResponse) LayoutFailure(c *wire.Codec, code mapi.ErrorCode) {
	r.Layout(c)
	if code == ecServerBusy {
		c.Uint32(&r.BackoffTime)
	}
}
