package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// CreateAttachmentRequest adds an attachment to a message. [MS-OXCROPS]
// 2.2.6.13.1
type CreateAttachmentRequest struct{ empty }

// ROP implements [Request].
func (*CreateAttachmentRequest) ROP() ID { return CreateAttachment }

// NewResponse implements [RequestOf].
func (*CreateAttachmentRequest) NewResponse() *CreateAttachmentResponse {
	return new(CreateAttachmentResponse)
}

// CreateAttachmentResponse is the success response. [MS-OXCROPS] 2.2.6.13.2
type CreateAttachmentResponse struct{ AttachmentID uint32 }

// ROP implements [Response].
func (*CreateAttachmentResponse) ROP() ID { return CreateAttachment }

// Layout implements [wire.Coder].
func (r *CreateAttachmentResponse) Layout(c *wire.Codec) { c.Uint32(&r.AttachmentID) }
