package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// SaveChangesAttachmentRequest commits an attachment to its message, which has
// to be saved as well. [MS-OXCROPS] 2.2.6.15.1
type SaveChangesAttachmentRequest struct{ SaveFlags SaveFlags }

// ROP implements [Request].
func (*SaveChangesAttachmentRequest) ROP() ID { return SaveChangesAttachment }

// NewResponse implements [RequestOf].
func (*SaveChangesAttachmentRequest) NewResponse() *SaveChangesAttachmentResponse {
	return new(SaveChangesAttachmentResponse)
}

// Layout implements [wire.Coder].
func (r *SaveChangesAttachmentRequest) Layout(c *wire.Codec) { layoutFlags8(c, &r.SaveFlags) }

// SaveChangesAttachmentResponse is the response. [MS-OXCROPS] 2.2.6.15.2
type SaveChangesAttachmentResponse struct{ empty }

// ROP implements [Response].
func (*SaveChangesAttachmentResponse) ROP() ID { return SaveChangesAttachment }
