package store

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// An Image is a mailbox being put together from the records of its log.
type Image struct {
	GUID, Replica mapi.GUID

	values   string
	last     change
	folders  map[mapi.FolderID]folderState
	messages map[mapi.MessageID]messageState
}

// NewImage begins with a mailbox that has nothing in it. values is where large
// values are kept, as in Options.
func NewImage(guid, replica mapi.GUID, values string) *Image {
	return &Image{GUID: guid, Replica: replica, values: values,
		folders: make(map[mapi.FolderID]folderState), messages: make(map[mapi.MessageID]messageState)}
}

// Apply takes the next record.
func (i *Image) Apply(record []byte) error {
	var v change
	c := wire.NewDecoder(record)
	changeLayout{i.values}.change(c, &v)
	if c.End(); c.Err() != nil {
		return c.Err()
	}
	if int(v.FirstName) > len(i.last.Names) {
		return fmt.Errorf("names %d to %d are missing", len(i.last.Names), v.FirstName)
	}
	i.last.Counter, i.last.Change = v.Counter, v.Change
	i.last.Names = append(i.last.Names[:v.FirstName:v.FirstName], v.Names...)
	if v.HasProps {
		i.last.Props = v.Props
	}
	for _, f := range v.Folders {
		i.folders[f.ID] = f
	}
	for _, m := range v.Messages {
		i.messages[m.ID] = m
	}
	for _, id := range v.GoneFolders {
		delete(i.folders, id)
	}
	for _, id := range v.GoneMessages {
		delete(i.messages, id)
	}
	return nil
}

// Mailbox makes the mailbox.
func (i *Image) Mailbox(owner Owner, opts Options) (*Mailbox, error) {
	m := bareMailbox(owner, opts)
	m.GUID, m.Replica, m.props = i.GUID, i.Replica, i.last.Props
	m.counter, m.change = i.last.Counter, i.last.Change
	for _, n := range i.last.Names {
		m.Names.add(n)
	}
	if err := i.addFolders(m); err != nil {
		return nil, err
	}
	return m, i.addMessages(m)
}

// addFolders puts the folders together.
func (i *Image) addFolders(m *Mailbox) error {
	ids := slices.SortedFunc(maps.Keys(i.folders), func(a, b mapi.FolderID) int { return byCounter(uint64(a), uint64(b)) })
	for _, id := range ids {
		s := i.folders[id]
		f := &Folder{ID: id, box: m, name: s.Name, props: s.Props, created: s.Created, modified: s.Modified, committed: s.Committed, change: s.Change}
		for _, g := range s.Rights {
			f.SetRights(g.dn, g.rights)
		}
		m.folders[id] = f
	}
	if len(ids) < int(lastSpecial) {
		return fmt.Errorf("the mailbox has %d folders", len(ids))
	}
	for n, id := range specialIDs() {
		if m.special[n] = m.folders[id]; m.special[n] == nil {
			return fmt.Errorf("the folder %q is missing", specials[n].name)
		}
	}
	for _, id := range ids {
		f, parent := m.folders[id], m.folders[i.folders[id].Parent]
		switch {
		case f == m.special[Root]:
		case parent == nil:
			return fmt.Errorf("nothing is above the folder %q", f.name)
		default:
			f.parent = parent
			parent.children = append(parent.children, f)
		}
	}
	return nil
}

// specialIDs are the ids of the special folders: those that a mailbox gives first.
func specialIDs() []mapi.FolderID {
	ids := make([]mapi.FolderID, lastSpecial)
	for n := range ids {
		ids[n] = mapi.FolderID(mapi.MakeID(ReplicaID, uint64(n)+1))
	}
	return ids
}

func (i *Image) addMessages(m *Mailbox) error {
	states := slices.SortedFunc(maps.Values(i.messages), func(a, b messageState) int { return byCounter(uint64(a.ID), uint64(b.ID)) })
	for _, s := range states {
		f := m.folders[s.Folder]
		if f == nil {
			return errors.New("a message lies in no folder")
		}
		content := s.Content
		msg := &Message{
			ID: s.ID, box: m, folder: f, associated: s.Associated, content: &content, status: s.Status, created: s.Created,
			change: s.Change, readChange: s.ReadChange, size: content.Size(), state: s.State, gone: s.Soft, soft: s.Soft,
		}
		if s.Soft {
			f.deleted = append(f.deleted, msg)
			continue
		}
		list := f.list(msg.associated)
		*list = append(*list, msg)
		m.messages[msg.ID] = msg
		m.size += msg.size
		if s.State == StateLocked { // who held it is gone
			msg.state = StateSpooled
		}
		if msg.state == StateSpooled {
			m.spooled = append(m.spooled, msg)
		}
	}
	return nil
}

// byCounter orders ids as they were given.
func byCounter(a, b uint64) int {
	_, x := mapi.SplitID(a)
	_, y := mapi.SplitID(b)
	return cmp.Compare(x, y)
}

// Submitted are the messages that have been submitted and not sent yet. The
// lock is held.
func (m *Mailbox) Submitted() []*Message {
	var list []*Message
	for _, msg := range m.messages {
		if msg.state == StateQueued || msg.state == StateSending {
			list = append(list, msg)
		}
	}
	slices.SortFunc(list, func(a, b *Message) int { return byCounter(uint64(a.ID), uint64(b.ID)) })
	return list
}

// Values are the names of the files that the mailbox's large values are in.
// The lock is held.
func (m *Mailbox) Values() map[string]bool {
	names := make(map[string]bool)
	for _, f := range m.folders {
		for _, msg := range slices.Concat(f.normal, f.associated, f.deleted) {
			msg.content.values(names)
		}
		propValues(f.props, names)
	}
	propValues(m.props, names)
	return names
}

func (c *Content) values(names map[string]bool) {
	propValues(c.Props, names)
	for _, r := range c.Recipients {
		propValues(r.Props, names)
	}
	for _, a := range c.Attachments {
		propValues(a.Props, names)
		if a.Embedded != nil {
			a.Embedded.values(names)
		}
	}
}

func propValues(ps mapi.Props, names map[string]bool) {
	for _, p := range ps {
		if b, ok := p.Value.(*Blob); ok {
			names[b.fileName()] = true
		}
	}
}

// Any tells whether a message of the mailbox has such content. The lock is held.
func (m *Mailbox) Any(such func(*Content) bool) bool {
	for _, msg := range m.messages {
		if such(msg.content) {
			return true
		}
	}
	return false
}
