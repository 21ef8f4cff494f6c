package store

import "github.com/mapigate/mapigate/mapiclient/mapi"

// An EventType is what happened, as subscriptions ask for it. [MS-OXCNOTIF] 2.2.1.2.1
type EventType uint16

// Event types.
const (
	EventNewMail  EventType = 0x0002
	EventCreated  EventType = 0x0004
	EventDeleted  EventType = 0x0008
	EventModified EventType = 0x0010
	EventMoved    EventType = 0x0020
	EventCopied   EventType = 0x0040
)

// An Event is a change in a mailbox. Message is 0 when it is about a folder.
type Event struct {
	Type    EventType
	Folder  mapi.FolderID
	Message mapi.MessageID
	// Parent is the folder above Folder when the event is about a folder.
	Parent mapi.FolderID
	// OldFolder, OldMessage and OldParent are where it came from.
	OldFolder  mapi.FolderID
	OldMessage mapi.MessageID
	OldParent  mapi.FolderID
	// Tags are the properties that changed, if that is known.
	Tags []mapi.PropTag
	// Flags and Class are those of a new mail.
	Flags int32
	Class string
}

// A Subscription asks for events.
type Subscription struct {
	// Types are the wanted types, or'ed.
	Types EventType
	// Whole asks for the events of the whole mailbox; otherwise they are those
	// of Message or, when that is 0, of Folder and what lies in it.
	Whole   bool
	Folder  mapi.FolderID
	Message mapi.MessageID
	// Notify is called with the mailbox's lock held and must not wait.
	Notify func(Event)
}

// hub hands events to subscriptions.
type hub struct {
	subscriptions map[*Subscription]struct{}
}

// Subscribe begins to hand events to s. It ends when the returned function is called.
func (m *Mailbox) Subscribe(s *Subscription) (cancel func()) {
	if m.events.subscriptions == nil {
		m.events.subscriptions = make(map[*Subscription]struct{})
	}
	m.events.subscriptions[s] = struct{}{}
	return func() { delete(m.events.subscriptions, s) }
}

func (m *Mailbox) raise(e Event) {
	for s := range m.events.subscriptions {
		if s.wants(&e) {
			s.Notify(e)
		}
	}
}

func (s *Subscription) wants(e *Event) bool {
	switch {
	case s.Types&e.Type == 0:
		return false
	case s.Whole:
		return true
	case s.Message != 0:
		return s.Message == e.Message || s.Message == e.OldMessage
	}
	return s.Folder == e.Folder || s.Folder == e.OldFolder || s.Folder == e.Parent
}

// AllEvents asks for every type of event.
const AllEvents = EventNewMail | EventCreated | EventDeleted | EventModified | EventMoved | EventCopied
