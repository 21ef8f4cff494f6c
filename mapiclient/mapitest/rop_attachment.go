package mapitest

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

func (x *execution) getAttachmentTable(_ *object, m *message, _ *rop.GetAttachmentTableRequest) (rop.Response, any, mapi.ErrorCode) {
	return &rop.GetAttachmentTableResponse{}, &table{Table: m.AttachmentTable(), kind: attachmentTable}, 0
}

func (x *execution) getValidAttachments(_ *object, m *message, _ *rop.GetValidAttachmentsRequest) (rop.Response, mapi.ErrorCode) {
	resp := &rop.GetValidAttachmentsResponse{}
	for _, a := range m.Attachments() {
		resp.AttachmentIDs = append(resp.AttachmentIDs, a.Number)
	}
	return resp, 0
}

func (x *execution) createAttachment(_ *object, m *message, _ *rop.CreateAttachmentRequest) (rop.Response, any, mapi.ErrorCode) {
	if x.tooManyOpen() {
		return nil, nil, mapi.ErrMaxObjectsExceeded
	}
	a, code := m.CreateAttachment()
	if code != 0 {
		return nil, nil, code
	}
	return &rop.CreateAttachmentResponse{AttachmentID: a.Number()}, &attachment{a}, 0
}

func (x *execution) openAttachment(_ *object, m *message, q *rop.OpenAttachmentRequest) (rop.Response, any, mapi.ErrorCode) {
	if x.tooManyOpen() {
		return nil, nil, mapi.ErrMaxObjectsExceeded
	}
	switch q.OpenFlags {
	case rop.MessageReadOnly, rop.MessageReadWrite, rop.MessageBestAccess:
	default:
		return nil, nil, mapi.ErrInvalidParameter
	}
	if q.OpenFlags == rop.MessageReadWrite && !m.Writable() {
		return nil, nil, mapi.ErrAccessDenied
	}
	a, code := m.OpenAttachment(q.AttachmentID, q.OpenFlags != rop.MessageReadOnly)
	if code != 0 {
		return nil, nil, code
	}
	return &rop.OpenAttachmentResponse{}, &attachment{a}, 0
}

func (x *execution) deleteAttachment(_ *object, m *message, q *rop.DeleteAttachmentRequest) (rop.Response, mapi.ErrorCode) {
	return &rop.DeleteAttachmentResponse{}, x.missing(m.DeleteAttachment(q.AttachmentID))
}

// saveChangesAttachment puts an attachment into its message, which has to be
// saved as well. [MS-OXCMSG] 3.2.5.15
func (x *execution) saveChangesAttachment(_ *object, a *attachment, q *rop.SaveChangesAttachmentRequest) (rop.Response, mapi.ErrorCode) {
	if q.SaveFlags&^saveFlagsMask != 0 {
		return nil, mapi.ErrInvalidParameter
	}
	if code := a.Save(); code != 0 {
		return nil, code
	}
	if q.SaveFlags&(rop.KeepOpenReadOnly|rop.KeepOpenReadWrite) == rop.KeepOpenReadOnly {
		a.SetWritable(false)
	}
	return &rop.SaveChangesAttachmentResponse{}, 0
}

// openEmbeddedMessage opens or makes the message inside an attachment.
// [MS-OXCMSG] 3.2.5.16
func (x *execution) openEmbeddedMessage(_ *object, a *attachment, q *rop.OpenEmbeddedMessageRequest) (rop.Response, any, mapi.ErrorCode) {
	if x.tooManyOpen() {
		return nil, nil, mapi.ErrMaxObjectsExceeded
	}
	if !codePage(q.CodePageID) {
		return nil, nil, mapi.ErrInvalidCodePage
	}
	if q.OpenModeFlags > rop.MessageCreate {
		return nil, nil, mapi.ErrInvalidParameter
	}
	d, code := a.OpenEmbedded(q.OpenModeFlags != rop.MessageReadOnly, q.OpenModeFlags == rop.MessageCreate)
	if code != 0 {
		return nil, nil, code
	}
	resp := &rop.OpenEmbeddedMessageResponse{MessageHead: x.head(d)}
	if x.request.server.has(QuirkEmbeddedIDs) {
		resp.MessageID = d.Mailbox().NextMessageID()
	}
	return resp, &message{Draft: d, inside: true}, 0
}
