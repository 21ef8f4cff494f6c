package store

import (
	"slices"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// Submit puts a saved message on its way: it is no draft any more, and change
// sets what the server knows of the sender. [MS-OXOMSG] 3.3.5.1
func (m *Message) Submit(state State, change func(*Content)) {
	m.Update(state, func(c *Content) {
		c.Flags &^= mapi.MfUnsent
		c.Props.Set(mapi.PidTagClientSubmitTime.Of(m.box.Now()))
		change(c)
	})
	if state == StateSpooled {
		m.box.spooled = append(m.box.spooled, m)
		m.box.special[SpoolerQueue].version++
	}
}

// SetState changes where the message stands on its way.
func (m *Message) SetState(s State) {
	if m.state == StateSpooled || m.state == StateLocked {
		if s != StateSpooled && s != StateLocked {
			m.box.unspool(m)
		}
	}
	m.state = s
	m.changed([]mapi.PropTag{mapi.PidTagMessageFlags.Tag()})
}

func (b *Mailbox) unspool(m *Message) {
	if i := slices.Index(b.spooled, m); i >= 0 {
		b.spooled = slices.Delete(b.spooled, i, i+1)
		b.special[SpoolerQueue].version++
	}
}

// SpoolerTable shows the messages that wait for the spooler: links to messages
// that lie elsewhere. [MS-OXOMSG] 3.2.4.8
func (b *Mailbox) SpoolerTable() *Table {
	f := b.special[SpoolerQueue]
	return &Table{source: func() ([]Row, uint64) { return rowsOf(b.spooled), f.version }}
}

// Aborted makes a submitted message a draft again.
func (m *Message) Aborted() {
	m.SetState(StateIdle)
	m.Update(StateIdle, func(c *Content) { c.Flags |= mapi.MfUnsent })
}

// File does with a message that has been sent what its properties say: delete
// it, move it, or leave it. svrEID and entryID tell which of the two properties
// that name a folder count. [MS-OXOMSG] 3.2.4.1, 2.2.3.8, 2.2.3.10
func (m *Message) File(svrEID, entryID bool) {
	props := m.content.Props
	m.SetState(StateIdle)
	if mapi.PidTagDeleteAfterSubmit.Get(props) {
		m.box.Delete(m, true)
		return
	}
	var to *Folder
	if v, ok := mapi.PidTagSentMailEntryId.From(props); ok && entryID {
		to = m.box.folderOf(v)
	}
	if v, ok := mapi.PidTagSentMailSvrEID.From(props); ok && svrEID {
		if f := m.box.folderOfServerID(v); f != nil {
			to = f
		}
	}
	m.Update(StateIdle, func(c *Content) {
		c.Flags |= mapi.MfFromMe
		for _, tag := range []mapi.PropTag{mapi.PidTagSentMailEntryId.Tag(), mapi.PidTagSentMailSvrEID.Tag()} {
			c.Props.Delete(tag)
		}
	})
	if to != nil && to != m.folder {
		m.box.Move(m, to)
	}
}

// folderOfServerID finds the folder that a ServerId of our own names.
// [MS-OXCDATA] 2.11.1.4
func (b *Mailbox) folderOfServerID(id mapi.ServerID) *Folder {
	s, err := id.Store()
	if err != nil {
		return nil
	}
	return b.folders[s.Folder]
}

// folderOf finds the folder that an EntryID names.
func (b *Mailbox) folderOf(entryID []byte) *Folder {
	for _, f := range b.folders {
		if string(f.EntryID()) == string(entryID) {
			return f
		}
	}
	return nil
}

// DeferredUntil is when a submitted message may be sent, or the zero time.
// Number and unit win over the time. [MS-OXOMSG] 2.2.3.2, 2.2.3.3, 2.2.3.4
func (m *Message) DeferredUntil() time.Time {
	props := m.content.Props
	number, ok1 := mapi.PidTagDeferredSendNumber.From(props)
	units, ok2 := mapi.PidTagDeferredSendUnits.From(props)
	if ok1 && ok2 {
		unit := map[int32]time.Duration{0: time.Minute, 1: time.Hour, 2: 24 * time.Hour, 3: 7 * 24 * time.Hour}[units]
		return mapi.PidTagClientSubmitTime.Get(props).Add(time.Duration(number) * unit)
	}
	return mapi.PidTagDeferredSendTime.Get(props)
}
