package store

import (
	"slices"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// A Message is a message in a folder.
type Message struct {
	// ID is the message's id in its mailbox.
	ID mapi.MessageID

	box        *Mailbox
	folder     *Folder
	associated bool
	content    *Content
	status     int32 // PidTagMessageStatus
	created    time.Time
	change     uint64 // the change that made the content, and its version
	readChange uint64 // the change of the read state alone
	size       int64
	state      State
	gone       bool // deleted or moved
	soft       bool // deleted, but recoverable
}

// A State says where a message stands on its way out.
type State int

// States of a message.
const (
	// StateIdle is a message that is not being sent.
	StateIdle State = iota
	// StateQueued is a submitted message that the transport will take.
	StateQueued
	// StateSending is a submitted message that the transport has taken.
	StateSending
	// StateSpooled is a submitted message that waits for the spooler.
	StateSpooled
	// StateLocked is a message of the spooler queue that the spooler has locked.
	StateLocked
)

// Content is what the message holds.
func (m *Message) Content() *Content { return m.content }

// Folder is where the message lies, or lay.
func (m *Message) Folder() *Folder { return m.folder }

// Associated tells whether the message is folder associated information.
func (m *Message) Associated() bool { return m.associated }

// Gone tells whether the message has been deleted or moved.
func (m *Message) Gone() bool { return m.gone }

// Soft tells whether the message has been deleted softly.
func (m *Message) Soft() bool { return m.soft }

// State is where the message stands on its way out.
func (m *Message) State() State { return m.state }

// Status is PidTagMessageStatus.
func (m *Message) Status() int32 { return m.status }

// SetStatus changes the bits of mask and gives the old status. [MS-OXCMSG] 2.2.3.8
func (m *Message) SetStatus(bits, mask int32) int32 {
	old := m.status
	m.status = old&^mask | bits&mask
	m.mark()
	m.folder.commit()
	m.box.raise(Event{Type: EventModified, Folder: m.folder.ID, Message: m.ID, Tags: []mapi.PropTag{mapi.PidTagMessageStatus.Tag()}})
	return old
}

// SetRead marks the message read or unread. It is no change that a later save
// of an open copy trips over. [MS-OXCMSG] 2.2.3.10
func (m *Message) SetRead(read bool) (changed bool) {
	flags := m.content.Flags &^ mapi.MfRead
	if read {
		flags |= mapi.MfRead | mapi.MfEverRead
	}
	if flags == m.content.Flags {
		return false
	}
	m.content = m.content.with(flags)
	m.readChange = m.box.nextChange()
	m.changed([]mapi.PropTag{mapi.PidTagMessageFlags.Tag()})
	return true
}

// ClearNotify forgets that the sender wants to know of reading.
func (m *Message) ClearNotify(bits int32) {
	m.content = m.content.with(m.content.Flags &^ bits)
	m.mark()
}

// Update changes a message behind the back of those who have it open: what the
// transport does. Their saves fail unless forced.
func (m *Message) Update(state State, change func(c *Content)) {
	c := *m.content
	c.Props, c.Recipients, c.Attachments = clone(c.Props), slices.Clone(c.Recipients), slices.Clone(c.Attachments)
	change(&c)
	m.state = state
	m.commit(&c)
}

// commit makes c the content.
func (m *Message) commit(c *Content) {
	now := m.box.Now()
	c.Props.Set(mapi.PidTagLastModificationTime.Of(now))
	m.content = c
	m.change = m.box.nextChange()
	size := c.Size()
	m.box.size += size - m.size
	m.size = size
	m.changed(nil)
}

// changed tells the world that the message has changed.
func (m *Message) changed(tags []mapi.PropTag) {
	m.mark()
	m.folder.commit()
	m.box.raise(Event{Type: EventModified, Folder: m.folder.ID, Message: m.ID, Tags: tags})
}

// insert puts a new message with this content into the folder.
func (f *Folder) insert(c *Content, associated bool, created time.Time) *Message {
	b := f.box
	m := &Message{
		ID: mapi.MessageID(b.nextID()), box: b, folder: f, associated: associated, content: c,
		created: created, change: b.nextChange(), size: c.Size(),
	}
	b.messages[m.ID] = m
	b.size += m.size
	m.mark()
	list := f.list(associated)
	*list = append(*list, m)
	f.commit()
	f.touch()
	return m
}

// take removes the message from its folder and from the mailbox.
func (b *Mailbox) take(m *Message) {
	list := m.folder.list(m.associated)
	*list = slices.DeleteFunc(*list, func(o *Message) bool { return o == m })
	b.forget(m)
	m.folder.commit()
	m.folder.touch()
}

// forget makes the message unknown.
func (b *Mailbox) forget(m *Message) {
	if !m.gone {
		m.gone = true
		b.size -= m.size
		b.unspool(m)
	}
	m.mark()
	delete(b.messages, m.ID)
}

// Delete removes a message; softly it can be found among the deleted ones of
// the folder. [MS-OXCFOLD] 2.2.1.11
func (b *Mailbox) Delete(m *Message, hard bool) {
	if m.gone {
		return
	}
	b.take(m)
	if !hard && !m.associated {
		m.soft = true
		m.folder.deleted = append(m.folder.deleted, m)
	}
	b.raise(Event{Type: EventDeleted, Folder: m.folder.ID, Message: m.ID})
}

// Deleted finds a softly deleted message of the folder, or nil.
func (f *Folder) Deleted(id mapi.MessageID) *Message {
	for _, m := range f.deleted {
		if m.ID == id {
			return m
		}
	}
	return nil
}
