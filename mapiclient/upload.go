package mapiclient

import (
	"context"
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/fasttransfer"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// Upload is [Mailbox.Save] by FastTransfer: the message travels as one stream,
// its named properties by their names. A server that does not take it refuses
// with a *[mapi.Error]. Attachments must know their sizes.
// [MS-OXCFXICS] 2.2.3.1.2
func (m *Mailbox) Upload(ctx context.Context, folder mapi.FolderID, msg *mapi.Message) (mapi.MessageID, error) {
	p := m.session.pipeline(ctx)
	o := create(p, p.logon, &rop.CreateMessageRequest{CodePageID: rop.CodePageLogon, FolderID: folder}, nil)
	dest := create(p, o, &rop.FastTransferDestinationConfigureRequest{SourceOperation: rop.SourceCopyTo}, nil)
	w := fasttransfer.MessageWriter{
		Writer: fasttransfer.NewWriter(&upload{pipeline: p, dest: dest}),
		Keep:   func(t mapi.PropTag) bool { return !computed(t) },
	}
	err := w.Content(ctx, msg)
	if err == nil {
		err = w.Flush()
	}
	var id mapi.MessageID
	if err == nil {
		p.release(dest)
		add(p, o, &rop.SaveChangesMessageRequest{SaveFlags: rop.KeepOpenReadOnly}, func(r *rop.SaveChangesMessageResponse) error {
			id = r.MessageID
			return nil
		})
		p.release(o)
		err = p.flush()
	}
	if err == nil {
		return id, nil
	}
	m.session.discard(dest)
	m.session.discard(o)
	if id != 0 && m.Lost() == nil {
		// Part of it failed and the save behind it did not: a torso is no message.
		_ = m.Delete(context.WithoutCancel(ctx), folder, id)
	}
	return 0, fmt.Errorf("uploading a message: %w", err)
}
