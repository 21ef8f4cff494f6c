package store

import (
	"slices"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// Move puts a message into another folder of the same mailbox, where it has a
// new id. Named properties, the search key, the flags and the creation time
// stay as they are. [MS-OXCFOLD] 2.2.1.6
func (b *Mailbox) Move(m *Message, to *Folder) *Message {
	old := m.folder
	b.take(m)
	n := to.insert(m.content, m.associated, m.created)
	n.status = m.status
	b.raise(Event{Type: EventMoved, Folder: to.ID, Message: n.ID, OldFolder: old.ID, OldMessage: m.ID})
	return n
}

// Copy puts a copy of a message into another folder of the same mailbox. The
// search key is copied as well. [MS-OXCPRPT] 2.2.1.9
func (b *Mailbox) Copy(m *Message, to *Folder) *Message {
	n := to.insert(m.content.with(m.content.Flags&^mapi.MfSubmitted), m.associated, b.Now())
	b.raise(Event{Type: EventCopied, Folder: to.ID, Message: n.ID, OldFolder: m.folder.ID, OldMessage: m.ID})
	return n
}

// Deposit puts content into the folder as a new message. Its named properties
// are resolved, and what the store computes is dropped; ecQuotaExceeded when the mailbox is full.
func (f *Folder) Deposit(c *Content) (*Message, mapi.ErrorCode) {
	if code := f.box.room(c.Size()); code != 0 {
		return nil, code
	}
	now := f.box.Now()
	c.Props.SetDefault(mapi.PidTagLastModificationTime.Of(now))
	m := f.insert(c, false, now)
	f.box.raise(Event{Type: EventCreated, Folder: f.ID, Message: m.ID})
	return m, 0
}

// NewMail tells everybody that mail has arrived; swapped exchanges the ids.
// [MS-OXOMSG] 3.3.5.7
func (m *Message) NewMail(swapped bool) {
	e := Event{Type: EventNewMail, Folder: m.folder.ID, Message: m.ID, Flags: m.item().flags(), Class: mapi.PidTagMessageClass.Get(m.content.Props)}
	if swapped {
		e.Folder, e.Message = mapi.FolderID(m.ID), mapi.MessageID(m.folder.ID)
	}
	m.box.raise(e)
}

// Full tells whether the mailbox is beyond its quota.
func (b *Mailbox) Full() bool { return b.opts.Bytes > 0 && b.size > b.opts.Bytes }

// Mute tells whether the mailbox may send no more.
func (b *Mailbox) Mute() bool { return b.opts.SendBytes > 0 && b.size >= b.opts.SendBytes }

// room tells whether n more bytes fit the quota.
func (b *Mailbox) room(n int64) mapi.ErrorCode {
	if b.opts.Bytes > 0 && b.size+n > b.opts.Bytes {
		return mapi.ErrQuotaExceeded
	}
	return 0
}

// Export gives content of this mailbox with names instead of ids, and blobs
// as they are: what can be imported elsewhere.
func (b *Mailbox) Export(c *Content) *Content {
	return b.translate(c, b.Names.name)
}

// Import gives exported content this mailbox's ids.
func (b *Mailbox) Import(c *Content) *Content {
	return b.translate(c, b.Names.resolve)
}

func (b *Mailbox) translate(c *Content, one func(mapi.Prop) (mapi.Prop, bool)) *Content {
	out := &Content{Flags: c.Flags, Props: translateProps(c.Props, one)}
	for _, r := range c.Recipients {
		r.Props = translateProps(r.Props, one)
		out.Recipients = append(out.Recipients, r)
	}
	for _, a := range c.Attachments {
		n := &Attachment{Number: a.Number, Props: translateProps(a.Props, one)}
		if a.Embedded != nil {
			n.Embedded = b.translate(a.Embedded, one)
		}
		out.Attachments = append(out.Attachments, n)
	}
	return out
}

func translateProps(ps mapi.Props, one func(mapi.Prop) (mapi.Prop, bool)) mapi.Props {
	out := make(mapi.Props, 0, len(ps))
	for _, p := range ps {
		if p, ok := one(p); ok {
			out.Set(p)
		}
	}
	return out
}

// Message gives content as a message outside any store. Content of this
// mailbox must have been exported before.
func (c *Content) Message() *mapi.Message {
	out := &mapi.Message{Props: clone(c.Props)}
	for i, p := range out.Props {
		if b, ok := p.Value.(*Blob); ok {
			if v, err := b.Bytes(); err == nil {
				out.Props[i].Value = v
			}
		}
	}
	for _, r := range c.Recipients {
		out.Recipients = append(out.Recipients, mapi.Recipient{Type: r.Type, Props: clone(r.Props)})
	}
	for _, a := range c.Attachments {
		n := mapi.Attachment{Props: slices.DeleteFunc(clone(a.Props), func(p mapi.Prop) bool {
			return p.Name == nil && p.Tag.ID() == mapi.PidTagAttachDataBinary.Tag().ID()
		})}
		if a.Embedded != nil {
			n.Message = a.Embedded.Message()
		} else if b, ok := a.data(); ok {
			n.Data = b
		}
		out.Attachments = append(out.Attachments, n)
	}
	return out
}

// data is the attachment's content.
func (a *Attachment) data() (*Blob, bool) {
	for _, p := range a.Props {
		if p.Name == nil && p.Tag.ID() == mapi.PidTagAttachDataBinary.Tag().ID() {
			return blobOf(p.Value)
		}
	}
	return nil, false
}

// Adopt gives a property of another mailbox the id it has in this one.
func (b *Mailbox) Adopt(from *Mailbox, p mapi.Prop) (mapi.Prop, bool) {
	if b == from {
		return p, true
	}
	p, ok := from.Names.name(p)
	if !ok {
		return p, false
	}
	return b.Names.resolve(p)
}

// CopyFrom replaces the recipients and adds the attachments of another draft.
func (d *Draft) CopyFrom(s *Draft, recipients, attachments bool) {
	c := &Content{}
	if recipients {
		c.Recipients = s.recipients
	}
	if attachments {
		c.Attachments = s.attachments
	}
	if d.box != s.box {
		c = d.box.Import(s.box.Export(c))
	}
	if recipients {
		d.recipients = nil
	}
	d.Add(c)
}

// Add adds recipients and attachments of content that has this mailbox's ids.
func (d *Draft) Add(c *Content) {
	d.dirty = true
	d.recipients = append(d.recipients, c.Recipients...)
	for _, a := range c.Attachments {
		n := *a
		n.Number = d.nextAttachment()
		d.attachments = append(d.attachments, &n)
	}
}
