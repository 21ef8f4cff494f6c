package rop

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// FastTransferDestinationPutBufferExtendedRequest uploads the next piece of a
// FastTransfer stream; the answer counts further. [MS-OXCROPS] 2.2.12.3.1,
// [MS-OXCFXICS] 2.2.3.1.2.3.1
type FastTransferDestinationPutBufferExtendedRequest struct{ TransferData []byte }

// ROP implements [Request].
func (*FastTransferDestinationPutBufferExtendedRequest) ROP() ID {
	return FastTransferDestinationPutBufferExtended
}

// NewResponse implements [RequestOf].
func (*FastTransferDestinationPutBufferExtendedRequest) NewResponse() *FastTransferDestinationPutBufferExtendedResponse {
	return new(FastTransferDestinationPutBufferExtendedResponse)
}

// Layout implements [wire.Coder].
func (r *FastTransferDestinationPutBufferExtendedRequest) Layout(c *wire.Codec) {
	c.Bytes16(&r.TransferData)
}

// FastTransferDestinationPutBufferExtendedResponse is the response. Its fields
// are there whether or not the operation failed. [MS-OXCROPS] 2.2.12.3.2,
// [MS-OXCFXICS] 2.2.3.1.2.3.2
type FastTransferDestinationPutBufferExtendedResponse struct {
	TransferStatus  TransferStatus
	InProgressCount uint32
	TotalStepCount  uint32
	Reserved        uint8
	// BufferUsedSize is how many bytes the server took.
	BufferUsedSize uint16
}

// ROP implements [Response].
func (*FastTransferDestinationPutBufferExtendedResponse) ROP() ID {
	return FastTransferDestinationPutBufferExtended
}

// Layout implements [wire.Coder].
func (r *FastTransferDestinationPutBufferExtendedResponse) Layout(c *wire.Codec) {
	wire.Uint16s(&r.TransferStatus, c)
	c.Uint32(&r.InProgressCount)
	c.Uint32(&r.TotalStepCount)
	c.Uint8(&r.Reserved)
	c.Uint16(&r.BufferUsedSize)
}

// LayoutFailure implements [FailureResponse].
func (r *FastTransferDestinationPutBufferExtendedResponse) LayoutFailure(c *wire.Codec, _ mapi.ErrorCode) {
	r.Layout(c)
}
