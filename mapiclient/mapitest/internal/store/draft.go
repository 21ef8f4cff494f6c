package store

import (
	"slices"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// A Draft is an open message: a working copy that others see once it is saved.
type Draft struct {
	item
	folder   *Folder          // where a new message goes; nil for a message inside another
	parent   *AttachmentDraft // what a message inside another is saved into
	version  uint64           // the change of the saved message that the copy was made of
	writable bool
	unsaved  bool // never saved
	dirty    bool
	opened   uint32 // attachment numbers given so far
}

// CreateMessage starts a message in a folder. [MS-OXCMSG] 2.2.3.2, 3.2.5.2
func (f *Folder) CreateMessage(associated bool) *Draft {
	d := &Draft{item: item{box: f.box, associated: associated}, folder: f}
	d.begin()
	return d
}

// begin fills in what every new message has. [MS-OXCMSG] 3.2.5.2
func (d *Draft) begin() {
	now := d.box.Now()
	d.writable, d.unsaved, d.dirty, d.own = true, true, true, draftFlags
	search := NewGUID()
	d.props = mapi.Props{
		mapi.PidTagMessageClass.Of("IPM.Note"),
		mapi.PidTagImportance.Of(1),
		mapi.PidTagSensitivity.Of(0),
		mapi.PidTagPriority.Of(0),
		mapi.PidTagSearchKey.Of(search[:]),
		mapi.PidTagCreationTime.Of(now),
		mapi.PidTagLastModificationTime.Of(now),
		mapi.PidTagMessageLocaleId.Of(0x409),
		mapi.PidTagLocaleId.Of(0x409),
	}
}

// Open makes a working copy of the message.
func (m *Message) Open(writable bool) *Draft {
	d := &Draft{item: *m.item(), folder: m.folder, writable: writable}
	d.reload()
	return d
}

// reload makes the copy anew of what is saved.
func (d *Draft) reload() {
	c := d.msg.content
	d.props, d.recipients, d.attachments = clone(c.Props), slices.Clone(c.Recipients), slices.Clone(c.Attachments)
	d.version, d.dirty = d.msg.change, false
}

// Message is the saved message behind the copy; nil before the first save and
// for a message inside another.
func (d *Draft) Message() *Message { return d.msg }

// Folder is where the message lies or will lie; nil for a message inside another.
func (d *Draft) Folder() *Folder {
	if d.msg != nil {
		return d.msg.folder
	}
	return d.folder
}

// Associated tells whether it is folder associated information.
func (d *Draft) Associated() bool { return d.associated }

// Writable tells whether the copy may be changed and saved.
func (d *Draft) Writable() bool { return d.writable }

// SetWritable is what KeepOpenReadOnly and KeepOpenReadWrite change.
func (d *Draft) SetWritable(w bool) { d.writable = w }

// Dirty tells whether the copy has changes that aren't saved.
func (d *Draft) Dirty() bool { return d.dirty }

// Flags are the PidTagMessageFlags.
func (d *Draft) Flags() int32 { return d.flags() }

// Content is the present state of the copy.
func (d *Draft) Content() *Content {
	flags := d.own
	if d.msg != nil {
		flags = d.msg.content.Flags
	}
	return &Content{Flags: flags, Props: clone(d.props), Recipients: slices.Clone(d.recipients), Attachments: slices.Clone(d.attachments)}
}

// Mailbox implements [Object].
func (d *Draft) Mailbox() *Mailbox { return d.box }

// Get implements [Object].
func (d *Draft) Get(tag mapi.PropTag) (mapi.Prop, mapi.ErrorCode) { return get(tag, d.value) }

// Kept implements [Object].
func (d *Draft) Kept() mapi.Props { return clone(d.props) }

// Computed implements [Object].
func (d *Draft) Computed() []mapi.PropTag {
	tags := []mapi.PropTag{
		mapi.PidTagMessageFlags.Tag(), mapi.PidTagMessageSize.Tag(), mapi.PidTagHasAttachments.Tag(),
		mapi.PidTagDisplayTo.Tag(), mapi.PidTagDisplayCc.Tag(), mapi.PidTagDisplayBcc.Tag(),
		mapi.PidTagHasNamedProperties.Tag(), mapi.PidTagAccess.Tag(), mapi.PidTagAccessLevel.Tag(),
		mapi.PidTagObjectType.Tag(), mapi.PidTagStoreEntryId.Tag(),
	}
	if d.msg != nil {
		tags = append(tags, mapi.PidTagEntryId.Tag(), mapi.PidTagRecordKey.Tag(), mapi.PidTagParentEntryId.Tag(),
			mapi.PidTagSourceKey.Tag(), mapi.PidTagChangeKey.Tag(), mapi.PidTagPredecessorChangeList.Tag(),
			mapi.PidTagMid.Tag(), mapi.PidTagFolderId.Tag(), mapi.PidTagMessageStatus.Tag())
	}
	return tags
}

// Set implements [Object].
func (d *Draft) Set(p mapi.Prop) mapi.ErrorCode {
	if !d.writable {
		return mapi.ErrAccessDenied
	}
	if code := d.box.settable(p); code != 0 {
		return code
	}
	p = normal(p)
	id := p.Tag.ID()
	if id == idOf(mapi.PidTagMessageFlags) {
		return d.setFlags(p.Value)
	}
	if id == idOf(mapi.PidTagRead) && d.box.opts.ReadSettable {
		return d.setRead(p.Value)
	}
	if _, computed := d.computed(id); computed {
		return mapi.ErrAccessDenied
	}
	d.dirty = true
	if s, ok := p.Value.(string); ok && isSubject(id) {
		setSubject(&d.props, id, s)
	} else {
		d.props.Set(p)
	}
	return 0
}

// setFlags sets PidTagMessageFlags, which only a message that was never saved
// takes. [MS-OXCMSG] 2.2.1.6, 3.2.5.2
func (d *Draft) setFlags(v any) mapi.ErrorCode {
	flags, ok := v.(int32)
	if !ok || !d.unsaved {
		return mapi.ErrAccessDenied
	}
	d.own, d.dirty = flags&^computedFlags, true
	return 0
}

// setRead sets PidTagRead, at once where the message is saved.
func (d *Draft) setRead(v any) mapi.ErrorCode {
	read, ok := v.(bool)
	switch {
	case !ok:
		return mapi.ErrInvalidParameter
	case d.msg != nil:
		d.msg.SetRead(read)
	case read:
		d.own |= mapi.MfRead
	default:
		d.own &^= mapi.MfRead
	}
	return 0
}

// Remove implements [Object].
func (d *Draft) Remove(tag mapi.PropTag) mapi.ErrorCode {
	if !d.writable {
		return mapi.ErrAccessDenied
	}
	id := tag.ID()
	if _, computed := d.computed(id); computed {
		return mapi.ErrAccessDenied
	}
	if _, ok := find(d.props, id); !ok {
		return mapi.ErrNotFound
	}
	d.dirty = true
	d.props.Delete(tag)
	return 0
}
