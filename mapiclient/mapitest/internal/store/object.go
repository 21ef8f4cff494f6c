package store

import "github.com/mapigate/mapigate/mapiclient/mapi"

// An Object has properties: a [Mailbox], a [Folder], a [Draft] or an
// [AttachmentDraft].
type Object interface {
	// Get gives a property as the tag's type, strings in 8 bits if asked for; a
	// large value is a *Blob. The tag of the result has the real type.
	Get(tag mapi.PropTag) (mapi.Prop, mapi.ErrorCode)
	// Kept are the properties that somebody has set.
	Kept() mapi.Props
	// Computed are the tags of the properties that follow from others.
	Computed() []mapi.PropTag
	// Set sets a property, or says why it can't be.
	Set(p mapi.Prop) mapi.ErrorCode
	// Remove removes a property, or says why it can't be.
	Remove(tag mapi.PropTag) mapi.ErrorCode
	// Mailbox is where the object lies.
	Mailbox() *Mailbox
}

// get is the common part of Get: value looks the property up.
func get(tag mapi.PropTag, value func(mapi.PropID) (any, bool)) (mapi.Prop, mapi.ErrorCode) {
	v, ok := value(tag.ID())
	if ok {
		v, ok = as(v, tag.Type())
	}
	if !ok {
		return mapi.Prop{}, mapi.ErrNotFound
	}
	t := tag.Type()
	if t == mapi.PtypUnspecified {
		t = typeOf(v)
	}
	return mapi.Prop{Tag: tag.WithType(t), Value: v}, 0
}

func typeOf(v any) mapi.PropType {
	if _, ok := v.(*Blob); ok {
		return mapi.PtypBinary
	}
	return mapi.TypeOf(v)
}

// settable checks what holds for the properties of all objects: names must be
// registered, and errors and objects aren't values. [MS-OXCPRPT] 3.2.5.4
func (m *Mailbox) settable(p mapi.Prop) mapi.ErrorCode {
	id := p.Tag.ID()
	if _, ok := m.Names.Name(id); !ok || id == 0 {
		return mapi.ErrInvalidParameter
	}
	switch p.Tag.Type() {
	case mapi.PtypErrorCode, mapi.PtypNull, mapi.PtypUnspecified, mapi.PtypObject:
		return mapi.ErrInvalidParameter
	}
	return 0
}
