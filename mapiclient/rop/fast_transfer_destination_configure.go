package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// A SourceOperation is how the uploaded stream was made.
// [MS-OXCFXICS] 2.2.3.1.2.1.1
type SourceOperation uint8

// Source operations.
const (
	SourceCopyTo         SourceOperation = 1
	SourceCopyProperties SourceOperation = 2
	SourceCopyMessages   SourceOperation = 3
	SourceCopyFolder     SourceOperation = 4
)

// FastTransferDestinationConfigureRequest begins an upload to an object.
// [MS-OXCROPS] 2.2.12.1.1, [MS-OXCFXICS] 2.2.3.1.2.1.1
type FastTransferDestinationConfigureRequest struct {
	SourceOperation SourceOperation
	CopyFlags       uint8
}

// ROP implements [Request].
func (*FastTransferDestinationConfigureRequest) ROP() ID { return FastTransferDestinationConfigure }

// NewResponse implements [RequestOf].
func (*FastTransferDestinationConfigureRequest) NewResponse() *FastTransferDestinationConfigureResponse {
	return new(FastTransferDestinationConfigureResponse)
}

// Layout implements [wire.Coder].
func (r *FastTransferDestinationConfigureRequest) Layout(c *wire.Codec) {
	layoutFlags8(c, &r.SourceOperation)
	c.Uint8(&r.CopyFlags)
}

// FastTransferDestinationConfigureResponse is the response. [MS-OXCROPS]
// 2.2.12.1.2
type FastTransferDestinationConfigureResponse struct{ empty }

// ROP implements [Response].
func (*FastTransferDestinationConfigureResponse) ROP() ID { return FastTransferDestinationConfigure }
