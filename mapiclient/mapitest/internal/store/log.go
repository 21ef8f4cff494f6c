package store

import (
	"slices"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A Log takes what changes in a mailbox, each time its lock is released. Record
// is called with the lock held; err says that the change could not be written down.
type Log func(record []byte, err error)

// pending is what has changed since the lock was taken.
type pending struct {
	log      Log
	folders  map[mapi.FolderID]*Folder
	messages map[mapi.MessageID]*Message
	props    bool

	// What the last record said of these.
	names           int
	counter, change uint64
}

// Unlock releases the mailbox. Where a log is kept, what has changed goes there
// first.
func (m *Mailbox) Unlock() {
	m.Flush()
	m.Mutex.Unlock()
}

// Flush writes down what has changed. The lock is held and stays so: who
// moves something between two mailboxes flushes where it has come first.
func (m *Mailbox) Flush() {
	p := &m.pending
	if p.log == nil || len(p.folders)+len(p.messages) == 0 && !p.props &&
		p.names == len(m.Names.names) && p.counter == m.counter && p.change == m.change {
		return
	}
	c := m.changes()
	clear(p.folders)
	clear(p.messages)
	p.props, p.names, p.counter, p.change = false, len(m.Names.names), m.counter, m.change
	p.log(m.record(c))
}

func (m *Mailbox) record(v *change) ([]byte, error) {
	c := wire.NewEncoder(nil)
	changeLayout{m.opts.Values}.change(c, v)
	return c.Bytes(), c.Err()
}

// changes is the state of what has changed.
func (m *Mailbox) changes() *change {
	p := &m.pending
	c := &change{Counter: m.counter, Change: m.change, FirstName: uint32(p.names), Names: m.Names.names[p.names:]}
	if p.props {
		c.HasProps, c.Props = true, m.props
	}
	for id, f := range p.folders {
		if f.gone {
			c.GoneFolders = append(c.GoneFolders, id)
		} else {
			c.Folders = append(c.Folders, f.state())
		}
	}
	for id, msg := range p.messages {
		if msg.gone && !(msg.soft && !msg.folder.gone) {
			c.GoneMessages = append(c.GoneMessages, id)
		} else {
			c.Messages = append(c.Messages, msg.record())
		}
	}
	return c
}

func (f *Folder) state() folderState {
	s := folderState{ID: f.ID, Name: f.name, Props: f.props, Created: f.created, Modified: f.modified, Committed: f.committed, Change: f.change}
	if f.parent != nil {
		s.Parent = f.parent.ID
	}
	for dn, rights := range f.rights {
		s.Rights = append(s.Rights, granted{dn, rights})
	}
	return s
}

func (m *Message) record() messageState {
	return messageState{
		ID: m.ID, Folder: m.folder.ID, Associated: m.associated, Soft: m.soft, State: m.state, Status: m.status,
		Created: m.created, Change: m.change, ReadChange: m.readChange, Content: *m.content,
	}
}

// mark remembers that the folder has to be written down.
func (f *Folder) mark() {
	if p := &f.box.pending; p.log != nil {
		p.folders[f.ID] = f
	}
}

// mark remembers that the message has to be written down.
func (m *Message) mark() {
	if p := &m.box.pending; p.log != nil {
		p.messages[m.ID] = m
	}
}

// KeepLog begins to write down what changes. The lock is held.
func (m *Mailbox) KeepLog(log Log) {
	m.pending = pending{
		log: log, folders: make(map[mapi.FolderID]*Folder), messages: make(map[mapi.MessageID]*Message),
		names: len(m.Names.names), counter: m.counter, change: m.change,
	}
}

// perRecord is how many messages one record of a whole mailbox has at most.
const perRecord = 64

// Everything writes down the whole mailbox. The lock is held.
func (m *Mailbox) Everything(log Log) {
	head := &change{Counter: m.counter, Change: m.change, Names: m.Names.names, HasProps: true, Props: m.props}
	var messages []messageState
	for _, f := range m.folders {
		head.Folders = append(head.Folders, f.state())
		for _, msg := range slices.Concat(f.normal, f.associated, f.deleted) {
			messages = append(messages, msg.record())
		}
	}
	log(m.record(head))
	for part := range slices.Chunk(messages, perRecord) {
		log(m.record(&change{Counter: m.counter, Change: m.change, FirstName: uint32(len(m.Names.names)), Messages: part}))
	}
}
