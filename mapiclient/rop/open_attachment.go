package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// OpenAttachmentRequest opens an attachment of a message. [MS-OXCROPS]
// 2.2.6.12.1
type OpenAttachmentRequest struct {
	OpenFlags    MessageModeFlags
	AttachmentID uint32
}

// ROP implements [Request].
func (*OpenAttachmentRequest) ROP() ID { return OpenAttachment }

// NewResponse implements [RequestOf].
func (*OpenAttachmentRequest) NewResponse() *OpenAttachmentResponse {
	return new(OpenAttachmentResponse)
}

// Layout implements [wire.Coder].
func (r *OpenAttachmentRequest) Layout(c *wire.Codec) {
	layoutFlags8(c, &r.OpenFlags)
	c.Uint32(&r.AttachmentID)
}

// OpenAttachmentResponse is the response. [MS-OXCROPS] 2.2.6.12.2
type OpenAttachmentResponse struct{ empty }

// ROP implements [Response].
func (*OpenAttachmentResponse) ROP() ID { return OpenAttachment }
