package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// GetValidAttachmentsRequest asks for the ids of a message's attachments.
// [MS-OXCROPS] 2.2.6.18.1
type GetValidAttachmentsRequest struct{ empty }

// ROP implements [Request].
func (*GetValidAttachmentsRequest) ROP() ID { return GetValidAttachments }

// NewResponse implements [RequestOf].
func (*GetValidAttachmentsRequest) NewResponse() *GetValidAttachmentsResponse {
	return new(GetValidAttachmentsResponse)
}

// GetValidAttachmentsResponse is the success response. [MS-OXCROPS] 2.2.6.18.2
type GetValidAttachmentsResponse struct{ AttachmentIDs []uint32 }

// ROP implements [Response].
func (*GetValidAttachmentsResponse) ROP() ID { return GetValidAttachments }

// Layout implements [wire.Coder].
func (r *GetValidAttachmentsResponse) Layout(c *wire.Codec) {
	wire.List16(c, &r.AttachmentIDs, wire.Uint32s)
}
