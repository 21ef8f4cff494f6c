package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// FastTransferDestinationPutBufferRequest uploads the next piece of a
// FastTransfer stream. [MS-OXCROPS] 2.2.12.2.1, [MS-OXCFXICS] 2.2.3.1.2.2.1
type FastTransferDestinationPutBufferRequest struct{ TransferData []byte }

// ROP implements [Request].
func (*FastTransferDestinationPutBufferRequest) ROP() ID { return FastTransferDestinationPutBuffer }

// NewResponse implements [RequestOf].
func (*FastTransferDestinationPutBufferRequest) NewResponse() *FastTransferDestinationPutBufferResponse {
	return new(FastTransferDestinationPutBufferResponse)
}

// Layout implements [wire.Coder].
func (r *FastTransferDestinationPutBufferRequest) Layout(c *wire.Codec) { c.Bytes16(&r.TransferData) }

// FastTransferDestinationPutBufferResponse is the response. Its fields are
// there whether or not the operation failed. [MS-OXCROPS] 2.2.12.2.2,
// [MS-OXCFXICS] 2.2.3.1.2.2.2
type FastTransferDestinationPutBufferResponse struct {
	TransferStatus  TransferStatus
	InProgressCount uint16
	TotalStepCount  uint16
	Reserved        uint8
	// BufferUsedSize is how many bytes the server took.
	BufferUsedSize uint16
}

// ROP implements [Response].
func (*FastTransferDestinationPutBufferResponse) ROP() ID { return FastTransferDestinationPutBuffer }

// Layout implements [wire.Coder].
func (r *FastTransferDestinationPutBufferResponse) Layout(c *wire.Codec) {
	wire.Uint16s(&r.TransferStatus, c)
	c.Uint16(&r.InProgressCount)
	c.Uint16(&r.TotalStepCount)
	c.Uint8(&r.Reserved)
	c.Uint16(&r.BufferUsedSize)
}

// LayoutFailure implements [FailureResponse].
func (r *FastTransferDestinationPutBufferResponse) LayoutFailure(c *wire.Codec, _ mapi.ErrorCode) {
	r.Layout(c)
}
