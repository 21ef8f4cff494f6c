package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// DeleteAttachmentRequest removes an attachment from a message. [MS-OXCROPS]
// 2.2.6.14.1
type DeleteAttachmentRequest struct{ AttachmentID uint32 }

// ROP implements [Request].
func (*DeleteAttachmentRequest) ROP() ID { return DeleteAttachment }

// NewResponse implements [RequestOf].
func (*DeleteAttachmentRequest) NewResponse() *DeleteAttachmentResponse {
	return new(DeleteAttachmentResponse)
}

// Layout implements [wire.Coder].
func (r *DeleteAttachmentRequest) Layout(c *wire.Codec) { c.Uint32(&r.AttachmentID) }

// DeleteAttachmentResponse is the response. [MS-OXCROPS] 2.2.6.14.2
type DeleteAttachmentResponse struct{ empty }

// ROP implements [Response].
func (*DeleteAttachmentResponse) ROP() ID { return DeleteAttachment }
