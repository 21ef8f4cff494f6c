package store

import "github.com/mapigate/mapigate/mapiclient/mapi"

// Matches tells whether the message fulfils a restriction; nil is fulfilled by all.
func (m *Message) Matches(r mapi.Restriction) bool { return matches(m, r) }

// Change is the number of the change that made the message what it is, and
// ReadChange that of the change of its read state alone, 0 when there was none.
func (m *Message) Change() uint64 { return m.change }

// ReadChange is the number of the last change of the read state alone.
func (m *Message) ReadChange() uint64 { return m.readChange }

// LastChange is the number of the last change in the mailbox.
func (m *Mailbox) LastChange() uint64 { return m.change }

// Get gives a property of the saved message, see [Draft.Get].
func (m *Message) Get(tag mapi.PropTag) (mapi.Prop, mapi.ErrorCode) {
	return get(tag, m.item().value)
}

// Everything are the messages of the folder, the associated ones last.
func (f *Folder) Everything() []*Message {
	return append(f.Messages(), f.associated...)
}
