package mapiclient

import (
	"context"
	"errors"
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// Save writes a new message into a folder without sending it. PidTagMessageFlags
// among its properties is kept, since this is its first save. [MS-OXCMSG] 2.2.1.6
func (m *Mailbox) Save(ctx context.Context, folder mapi.FolderID, msg *mapi.Message) (mapi.MessageID, error) {
	w := writer{pipeline: m.session.pipeline(ctx), mailbox: m}
	var id mapi.MessageID
	o, err := w.draft(folder, msg, &id)
	if err == nil {
		w.release(o)
		err = w.flush()
	}
	if err == nil {
		return id, nil
	}
	m.session.discard(o)
	if id != 0 && m.Lost() == nil {
		// Part of it failed and the save behind it did not: a torso is no message.
		_ = m.Delete(context.WithoutCancel(ctx), folder, id)
	}
	return 0, err
}

// Deliver puts a message into the Inbox as new mail. The transport's rules and
// the mailbox's own do not see it.
func (m *Mailbox) Deliver(ctx context.Context, msg *mapi.Message) (mapi.MessageID, error) {
	return m.Save(ctx, m.SpecialFolder(rop.FolderInbox), msg)
}

// Announce has the server tell the mailbox's clients of a message that was put into a
// folder, as it tells of mail that its own transport delivers. [MS-OXOMSG] 3.2.4.7
func (m *Mailbox) Announce(ctx context.Context, folder mapi.FolderID, id mapi.MessageID, msg *mapi.Message) error {
	_, err := one(m.session.pipeline(ctx), m.session.logon, &rop.TransportNewMailRequest{
		MessageID: id, FolderID: folder, MessageClass: mapi.PidTagMessageClass.Get(msg.Props),
		MessageFlags: uint32(mapi.PidTagMessageFlags.Get(msg.Props)),
	})
	return err
}

// SetProps changes properties of an open message; Save commits them.
// [MS-OXCPRPT] 2.2.5
func (o *Opened) SetProps(ctx context.Context, props mapi.Props) error {
	bound, err := o.mailbox.bind(ctx, props)
	if err != nil {
		return err
	}
	w := writer{pipeline: o.mailbox.session.pipeline(ctx), mailbox: o.mailbox}
	if err := w.props(o.object, bound); err != nil {
		return err
	}
	return w.flush()
}

// Save commits what was changed. ecObjectModified says that somebody else was
// faster; a nil error does not prove that it was not: servers may answer a stale
// save with success. Open the message anew to see. [MS-OXCMSG] 2.2.3.3
func (o *Opened) Save(ctx context.Context) error {
	p := o.mailbox.session.pipeline(ctx)
	add(p, o.object, &rop.SaveChangesMessageRequest{SaveFlags: rop.KeepOpenReadWrite}, nil)
	return p.flush()
}

// Update sets properties of a stored message and saves it, in one request where
// they fit. Nothing of the message is read and no handle on it outlives the call.
// As with Save, a nil error does not prove that nobody else was faster. A missing
// message is ErrGone.
func (m *Mailbox) Update(ctx context.Context, folder mapi.FolderID, id mapi.MessageID, props mapi.Props) error {
	bound, err := m.bind(ctx, props)
	if err != nil {
		return err
	}
	w := writer{pipeline: m.session.pipeline(ctx), mailbox: m}
	o := create(w.pipeline, w.logon, &rop.OpenMessageRequest{
		CodePageID: rop.CodePageLogon, FolderID: folder, OpenModeFlags: rop.MessageReadWrite, MessageID: id,
	}, nil)
	if err := w.props(o, bound); err != nil {
		m.session.discard(o)
		return err
	}
	add(w.pipeline, o, &rop.SaveChangesMessageRequest{SaveFlags: rop.KeepOpenReadOnly}, nil)
	w.release(o)
	err = w.flush()
	if errors.Is(err, mapi.ErrNotFound) || errors.Is(err, mapi.ErrObjectDeleted) {
		err = errors.Join(ErrGone, err)
	}
	return err
}

// CopyOptions say what a copy has that its original has not.
type CopyOptions struct {
	// Without are properties that are not copied.
	Without []mapi.PropTag
	// Set are properties set on the copy before its first save.
	Set mapi.Props
}

// CopyTo makes a new message with the content of this one, its recipients and
// attachments included, in a folder of the same mailbox, without the content
// passing through the client. [MS-OXCPRPT] 2.2.10
func (o *Opened) CopyTo(ctx context.Context, folder mapi.FolderID, opts CopyOptions) (mapi.MessageID, error) {
	m := o.mailbox
	set, err := m.bind(ctx, opts.Set)
	if err != nil {
		return 0, err
	}
	w := writer{pipeline: m.session.pipeline(ctx), mailbox: m}
	dest := create(w.pipeline, w.logon, &rop.CreateMessageRequest{CodePageID: rop.CodePageLogon, FolderID: folder}, nil)
	addTo(w.pipeline, o.object, dest, &rop.CopyToRequest{WantSubObjects: true, ExcludedTags: opts.Without}, nil)
	if err := w.flush(); err != nil {
		m.session.discard(dest)
		return 0, fmt.Errorf("copying: %w", err)
	}
	// Behind the copy, or the copy would bring the original's values back.
	if err := w.props(dest, set); err != nil {
		m.session.discard(dest)
		return 0, err
	}
	if err := w.flush(); err != nil {
		m.session.discard(dest)
		return 0, err
	}
	var id mapi.MessageID
	add(w.pipeline, dest, &rop.SaveChangesMessageRequest{SaveFlags: rop.KeepOpenReadOnly}, func(r *rop.SaveChangesMessageResponse) error {
		id = r.MessageID
		return nil
	})
	w.release(dest)
	return id, w.flush()
}

// MarkRead marks messages of a folder as read or unread. No receipt is sent.
// [MS-OXCMSG] 2.2.3.10
func (m *Mailbox) MarkRead(ctx context.Context, folder mapi.FolderID, read bool, ids ...mapi.MessageID) error {
	flags := rop.ReadSuppressReceipt
	if !read {
		flags = rop.ReadClearFlag
	}
	for len(ids) > 0 {
		part := ids[:min(len(ids), 1000)]
		ids = ids[len(part):]
		p := m.session.pipeline(ctx)
		f := p.openFolder(folder)
		add(p, f, &rop.SetReadFlagsRequest{ReadFlags: flags, MessageIDs: part}, nil)
		p.release(f)
		if err := p.flush(); err != nil {
			return err
		}
	}
	return nil
}
