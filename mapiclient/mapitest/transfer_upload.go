package mapitest

import (
	"context"
	"errors"
	"io"

	"github.com/mapigate/mapigate/mapiclient/fasttransfer"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// maxUpload is how large a message may be that is uploaded, in bytes: it is
// taken into memory before it is taken apart.
const maxUpload = 256 << 20

// A destination is a FastTransfer upload into a message. What has come is taken
// apart when the message is saved or the upload released.
type destination struct {
	message *message
	dir     string
	data    *store.Buffer
	applied bool
}

// destinationConfigure begins an upload. [MS-OXCFXICS] 3.2.5.8.2.1
func (x *execution) destinationConfigure(obj *object, q *rop.FastTransferDestinationConfigureRequest) (rop.Response, any, mapi.ErrorCode) {
	const move = 1
	if q.CopyFlags&^move != 0 || q.SourceOperation == 0 || q.SourceOperation > rop.SourceCopyFolder {
		return nil, nil, mapi.ErrInvalidParameter
	}
	m, ok := obj.value.(*message)
	if !ok || q.SourceOperation != rop.SourceCopyTo && q.SourceOperation != rop.SourceCopyProperties {
		return nil, nil, mapi.ErrNotSupported
	}
	if !m.Writable() {
		return nil, nil, mapi.ErrAccessDenied
	}
	dir := obj.logon.box().Dir()
	d := &destination{message: m, dir: dir, data: store.NewBuffer(dir, maxUpload, nil)}
	return &rop.FastTransferDestinationConfigureResponse{}, d, 0
}

// destinationPutBuffer takes the next part of an upload. [MS-OXCFXICS] 3.2.5.8.2.2
func (x *execution) destinationPutBuffer(_ *object, d *destination, q *rop.FastTransferDestinationPutBufferRequest) (rop.Response, mapi.ErrorCode) {
	resp := &rop.FastTransferDestinationPutBufferResponse{TotalStepCount: 1}
	if len(q.TransferData) == 0 || d.applied {
		return resp, mapi.ErrInvalidParameter
	}
	if _, err := d.data.WriteAt(q.TransferData, d.data.Size()); err != nil {
		return resp, mapi.ErrOutOfMemory
	}
	resp.BufferUsedSize = uint16(len(q.TransferData))
	return resp, 0
}

// finishUploads takes apart what was uploaded into a message.
func (x *execution) finishUploads(m *message) mapi.ErrorCode {
	for _, obj := range x.objects.byID {
		if d, ok := obj.value.(*destination); ok && d.message == m {
			d.apply()
		}
	}
	return m.uploaded
}

// apply puts what was uploaded into the message. A stream that makes no sense
// keeps the message from being saved.
func (d *destination) apply() {
	if d.applied {
		return
	}
	d.applied = true
	r := fasttransfer.NewReader(io.NewSectionReader(d.data, 0, d.data.Size()), 0)
	msg, err := fasttransfer.ReadMessageContent(r, maxUpload)
	if err != nil {
		d.message.uploaded = mapi.ErrRpcFormat
		return
	}
	if err := d.fill(msg); err != nil {
		d.message.uploaded = mapi.ErrError
		errors.As(err, &d.message.uploaded)
	}
}

// fill adds the properties, recipients and attachments of a message. What the
// store computes is passed over. [MS-OXCFXICS] 3.2.5.8.2.2
func (d *destination) fill(msg *mapi.Message) error {
	box := d.message.Mailbox()
	for _, p := range msg.Props {
		if p.Name != nil {
			id, ok := box.Names.Register(*p.Name)
			if !ok {
				continue
			}
			p = mapi.Prop{Tag: mapi.MakeTag(id, p.Tag.Type()), Value: p.Value}
		}
		switch code := d.message.Set(p); code {
		case 0, mapi.ErrAccessDenied:
		default:
			return code
		}
	}
	children := &mapi.Message{Recipients: msg.Recipients, Attachments: msg.Attachments}
	plain(children)
	c, err := store.NewContent(children, d.dir, func(s mapi.Stream) (io.ReadCloser, error) {
		return s.Open(context.Background())
	})
	if err != nil {
		return err
	}
	d.message.Add(box.Import(c))
	return nil
}

// plain removes the numbers that rows have in a stream alone.
func plain(msg *mapi.Message) {
	for i := range msg.Recipients {
		msg.Recipients[i].Props.Delete(mapi.PidTagRowid.Tag())
	}
	for i := range msg.Attachments {
		msg.Attachments[i].Props.Delete(mapi.PidTagAttachNumber.Tag())
		if m := msg.Attachments[i].Message; m != nil {
			plain(m)
		}
	}
}
