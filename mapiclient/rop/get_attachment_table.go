package rop

import "github.com/mapigate/mapigate/mapiclient/wire"

// GetAttachmentTableRequest opens the table of a message's attachments.
// [MS-OXCROPS] 2.2.6.17.1
type GetAttachmentTableRequest struct{ TableFlags TableFlags }

// ROP implements [Request].
func (*GetAttachmentTableRequest) ROP() ID { return GetAttachmentTable }

// NewResponse implements [RequestOf].
func (*GetAttachmentTableRequest) NewResponse() *GetAttachmentTableResponse {
	return new(GetAttachmentTableResponse)
}

// Layout implements [wire.Coder].
func (r *GetAttachmentTableRequest) Layout(c *wire.Codec) { layoutFlags8(c, &r.TableFlags) }

// GetAttachmentTableResponse is the response. [MS-OXCROPS] 2.2.6.17.2
type GetAttachmentTableResponse struct{ empty }

// ROP implements [Response].
func (*GetAttachmentTableResponse) ROP() ID { return GetAttachmentTable }
