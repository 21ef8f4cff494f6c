package store

import (
	"slices"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// Attach methods, PidTagAttachMethod. [MS-OXCMSG] 2.2.2.9
const (
	attachByValue  int32 = 1
	attachEmbedded int32 = 5
)

// An AttachmentDraft is an open attachment of a draft. Saving it puts it into
// the draft, and others see it once the draft is saved.
type AttachmentDraft struct {
	draft    *Draft
	number   uint32
	props    mapi.Props
	embedded *Content
	writable bool
	unsaved  bool
}

// CreateAttachment starts an attachment. [MS-OXCMSG] 2.2.3.13
func (d *Draft) CreateAttachment() (*AttachmentDraft, mapi.ErrorCode) {
	if !d.writable {
		return nil, mapi.ErrAccessDenied
	}
	now := d.box.Now()
	a := &AttachmentDraft{draft: d, number: d.nextAttachment(), writable: true, unsaved: true, props: mapi.Props{
		mapi.PidTagAttachMethod.Of(0),
		mapi.PidTagRenderingPosition.Of(-1),
		mapi.PidTagCreationTime.Of(now),
		mapi.PidTagLastModificationTime.Of(now),
	}}
	d.opened = a.number + 1
	return a, 0
}

// nextAttachment is a number that no attachment of the draft has, saved or not.
func (d *Draft) nextAttachment() uint32 {
	var n uint32
	for _, a := range d.attachments {
		n = max(n, a.Number+1)
	}
	return max(n, d.opened)
}

// OpenAttachment opens a saved attachment of the draft. [MS-OXCMSG] 2.2.3.12
func (d *Draft) OpenAttachment(number uint32, writable bool) (*AttachmentDraft, mapi.ErrorCode) {
	for _, a := range d.attachments {
		if a.Number == number {
			return &AttachmentDraft{draft: d, number: number, props: clone(a.Props), embedded: a.Embedded, writable: writable && d.writable}, 0
		}
	}
	return nil, mapi.ErrNotFound
}

// DeleteAttachment removes an attachment of the draft. [MS-OXCMSG] 2.2.3.14
func (d *Draft) DeleteAttachment(number uint32) mapi.ErrorCode {
	if !d.writable {
		return mapi.ErrAccessDenied
	}
	n := len(d.attachments)
	d.attachments = slices.DeleteFunc(d.attachments, func(a *Attachment) bool { return a.Number == number })
	if len(d.attachments) == n {
		return mapi.ErrNotFound
	}
	d.dirty = true
	return 0
}

// Attachments are the saved attachments of the draft.
func (d *Draft) Attachments() []*Attachment { return slices.Clone(d.attachments) }

// Number is PidTagAttachNumber.
func (a *AttachmentDraft) Number() uint32 { return a.number }

// Writable tells whether the attachment may be changed and saved.
func (a *AttachmentDraft) Writable() bool { return a.writable }

// SetWritable is what KeepOpenReadOnly and KeepOpenReadWrite change.
func (a *AttachmentDraft) SetWritable(w bool) { a.writable = w }

// Save puts the attachment into its draft. [MS-OXCMSG] 3.2.5.15
func (a *AttachmentDraft) Save() mapi.ErrorCode {
	d := a.draft
	if !a.writable || !d.writable {
		return mapi.ErrAccessDenied
	}
	a.props.Set(mapi.PidTagLastModificationTime.Of(d.box.Now()))
	saved := &Attachment{Number: a.number, Props: clone(a.props), Embedded: a.embedded}
	a.unsaved, d.dirty = false, true
	if i := slices.IndexFunc(d.attachments, func(o *Attachment) bool { return o.Number == a.number }); i >= 0 {
		d.attachments[i] = saved
	} else {
		d.attachments = append(d.attachments, saved)
	}
	return 0
}

// OpenEmbedded opens the message inside the attachment. [MS-OXCMSG] 2.2.3.16
func (a *AttachmentDraft) OpenEmbedded(writable, create bool) (*Draft, mapi.ErrorCode) {
	d := &Draft{item: item{box: a.draft.box}, parent: a, writable: writable && a.writable}
	switch {
	case a.embedded != nil:
		c := a.embedded
		d.own = c.Flags
		d.props, d.recipients, d.attachments = clone(c.Props), slices.Clone(c.Recipients), slices.Clone(c.Attachments)
	case !create:
		return nil, mapi.ErrNotFound
	case !a.writable:
		return nil, mapi.ErrAccessDenied
	default:
		d.begin()
	}
	return d, 0
}

// saveInside puts a message into the attachment that it was opened from.
func (d *Draft) saveInside() mapi.ErrorCode {
	if !d.parent.writable {
		return mapi.ErrAccessDenied
	}
	c := d.Content()
	c.Props.Set(mapi.PidTagLastModificationTime.Of(d.box.Now()))
	d.parent.embedded = c
	d.parent.props.Set(mapi.PidTagAttachMethod.Of(attachEmbedded))
	d.unsaved, d.dirty = false, false
	return 0
}

// Mailbox implements [Object].
func (a *AttachmentDraft) Mailbox() *Mailbox { return a.draft.box }

// Get implements [Object].
func (a *AttachmentDraft) Get(tag mapi.PropTag) (mapi.Prop, mapi.ErrorCode) {
	view := attachmentRow{a.draft.box, &Attachment{Number: a.number, Props: a.props, Embedded: a.embedded}}
	return get(tag, view.value)
}

// Kept implements [Object].
func (a *AttachmentDraft) Kept() mapi.Props { return clone(a.props) }

// Computed implements [Object].
func (a *AttachmentDraft) Computed() []mapi.PropTag {
	return []mapi.PropTag{mapi.PidTagAttachNumber.Tag(), mapi.PidTagAttachSize.Tag(), mapi.PidTagAccessLevel.Tag(),
		mapi.PidTagObjectType.Tag(), mapi.PidTagRecordKey.Tag()}
}

// Set implements [Object].
func (a *AttachmentDraft) Set(p mapi.Prop) mapi.ErrorCode {
	if !a.writable {
		return mapi.ErrAccessDenied
	}
	if code := a.draft.box.settable(p); code != 0 {
		return code
	}
	if attachmentComputed(p.Tag.ID()) != nil {
		return mapi.ErrAccessDenied
	}
	a.props.Set(normal(p))
	return 0
}

// Remove implements [Object].
func (a *AttachmentDraft) Remove(tag mapi.PropTag) mapi.ErrorCode {
	if !a.writable {
		return mapi.ErrAccessDenied
	}
	if attachmentComputed(tag.ID()) != nil {
		return mapi.ErrAccessDenied
	}
	if _, ok := find(a.props, tag.ID()); !ok {
		return mapi.ErrNotFound
	}
	a.props.Delete(tag)
	return 0
}

// An attachmentRow is what the properties of an attachment are read from.
type attachmentRow struct {
	box *Mailbox
	*Attachment
}

func (r attachmentRow) value(id mapi.PropID) (any, bool) {
	if f := attachmentComputed(id); f != nil {
		return f(r), true
	}
	return find(r.Props, id)
}

// attachmentComputed holds the properties of attachments that follow from
// others. [MS-OXCMSG] 2.2.2
func attachmentComputed(id mapi.PropID) func(attachmentRow) any {
	switch id {
	case idOf(mapi.PidTagAttachNumber):
		return func(r attachmentRow) any { return int32(r.Number) }
	case idOf(mapi.PidTagAttachSize):
		return func(r attachmentRow) any { return int32(min(r.size(), 1<<31-1)) }
	case idOf(mapi.PidTagInstanceKey), idOf(mapi.PidTagRecordKey):
		return func(r attachmentRow) any { return instanceKey(uint64(r.Number)) }
	case idOf(mapi.PidTagObjectType):
		return func(attachmentRow) any { return objectAttachment }
	case idOf(mapi.PidTagAccessLevel):
		return func(attachmentRow) any { return int32(1) }
	case idOf(mapi.PidTagStoreEntryId), idOf(mapi.PidTagMappingSignature):
		return func(r attachmentRow) any { return r.box.GUID[:] }
	}
	return nil
}
