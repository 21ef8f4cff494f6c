package store

import "github.com/mapigate/mapigate/mapiclient/mapi"

// A Special names a folder that every mailbox has. The first thirteen stand in
// the answer to RopLogon, in this order. [MS-OXCSTOR] 2.2.1.1.3
type Special int

// Special folders.
const (
	Root Special = iota
	DeferredAction
	SpoolerQueue
	IPMSubtree
	Inbox
	Outbox
	SentItems
	DeletedItems
	CommonViews
	Schedule
	Search
	Views
	Shortcuts

	Drafts
	Calendar
	Contacts
	Journal
	Notes
	Tasks
	JunkEmail

	lastSpecial
)

// LogonFolders is how many of them a logon tells.
const LogonFolders = int(Shortcuts) + 1

// specials says what the special folders are. [MS-OXOSFLD] 2.2.1
var specials = [lastSpecial]struct {
	name   string
	parent Special
	class  string
	// pointer is the property of the Inbox and the root that holds the
	// folder's EntryID. [MS-OXOSFLD] 2.2.3
	pointer mapi.PropTag
}{
	Root:           {name: "Root"},
	DeferredAction: {name: "Deferred Action", parent: Root},
	SpoolerQueue:   {name: "Spooler Queue", parent: Root},
	IPMSubtree:     {name: "Top of Information Store", parent: Root},
	Inbox:          {name: "Inbox", parent: IPMSubtree, class: "IPF.Note"},
	Outbox:         {name: "Outbox", parent: IPMSubtree, class: "IPF.Note"},
	SentItems:      {name: "Sent Items", parent: IPMSubtree, class: "IPF.Note"},
	DeletedItems:   {name: "Deleted Items", parent: IPMSubtree, class: "IPF.Note"},
	CommonViews:    {name: "Common Views", parent: Root},
	Schedule:       {name: "Schedule", parent: Root},
	Search:         {name: "Finder", parent: Root},
	Views:          {name: "Views", parent: Root},
	Shortcuts:      {name: "Shortcuts", parent: Root},
	Drafts:         {name: "Drafts", parent: IPMSubtree, class: "IPF.Note", pointer: mapi.PidTagIpmDraftsEntryId.Tag()},
	Calendar:       {name: "Calendar", parent: IPMSubtree, class: "IPF.Appointment", pointer: mapi.PidTagIpmAppointmentEntryId.Tag()},
	Contacts:       {name: "Contacts", parent: IPMSubtree, class: "IPF.Contact", pointer: mapi.PidTagIpmContactEntryId.Tag()},
	Journal:        {name: "Journal", parent: IPMSubtree, class: "IPF.Journal", pointer: mapi.PidTagIpmJournalEntryId.Tag()},
	Notes:          {name: "Notes", parent: IPMSubtree, class: "IPF.StickyNote", pointer: mapi.PidTagIpmNoteEntryId.Tag()},
	Tasks:          {name: "Tasks", parent: IPMSubtree, class: "IPF.Task", pointer: mapi.PidTagIpmTaskEntryId.Tag()},
	JunkEmail:      {name: "Junk Email", parent: IPMSubtree, class: "IPF.Note"},
}

// junkEmailIndex is where the Junk Email folder stands in
// PidTagAdditionalRenEntryIds. [MS-OXOSFLD] 2.2.4
const junkEmailIndex = 4

func (m *Mailbox) makeSpecialFolders() {
	for i := range specials {
		s := &specials[i]
		var parent *Folder
		if Special(i) != Root {
			parent = m.special[s.parent]
		}
		f := m.addFolder(parent, s.name)
		if s.class != "" {
			f.props.Set(mapi.PidTagContainerClass.Of(s.class))
		}
		m.special[i] = f
	}
	others := make([][]byte, junkEmailIndex+1)
	for i := range others {
		others[i] = []byte{}
	}
	others[junkEmailIndex] = m.special[JunkEmail].EntryID()
	for _, holder := range []*Folder{m.special[Root], m.special[Inbox]} {
		for i := range specials {
			if tag := specials[i].pointer; tag != 0 {
				holder.props.Set(mapi.Prop{Tag: tag, Value: m.special[i].EntryID()})
			}
		}
		holder.props.Set(mapi.PidTagAdditionalRenEntryIds.Of(others))
	}
}

// Special finds a special folder.
func (m *Mailbox) Special(s Special) *Folder { return m.special[s] }

// isSpecial tells whether f is one of them: such a folder can't be moved or deleted.
func (m *Mailbox) isSpecial(f *Folder) bool {
	for _, s := range m.special {
		if s == f {
			return true
		}
	}
	return false
}
