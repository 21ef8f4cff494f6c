package store

import (
	"slices"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// A Folder holds messages and other folders.
type Folder struct {
	// ID is the folder's id in its mailbox.
	ID mapi.FolderID

	box        *Mailbox
	parent     *Folder
	name       string
	props      mapi.Props
	rights     map[string]int32 // by DN; never changed in place
	children   []*Folder
	normal     []*Message
	associated []*Message
	deleted    []*Message // softly
	created    time.Time
	modified   time.Time
	committed  time.Time // when a message came, changed or went last
	change     uint64
	version    uint64 // grows with every change of the contents
	gone       bool
}

// addFolder makes a folder without asking whether it may be.
func (m *Mailbox) addFolder(parent *Folder, name string) *Folder {
	now := m.Now()
	f := &Folder{ID: mapi.FolderID(m.nextID()), box: m, parent: parent, name: name, created: now, modified: now, committed: now, change: m.nextChange()}
	m.folders[f.ID] = f
	f.mark()
	if parent != nil {
		parent.children = append(parent.children, f)
	}
	return f
}

// CreateFolder makes a folder in parent; one of that name already there is
// given back with existed true. [MS-OXCFOLD] 2.2.1.2
func (f *Folder) CreateFolder(name, comment string) (made *Folder, existed bool, code mapi.ErrorCode) {
	if f.gone {
		return nil, false, mapi.ErrObjectDeleted
	}
	if name == "" || strings.ContainsRune(name, 0) {
		return nil, false, mapi.ErrInvalidParameter
	}
	if c := f.Child(name); c != nil {
		return c, true, 0
	}
	made = f.box.addFolder(f, name)
	if comment != "" {
		made.props.Set(mapi.PidTagComment.Of(comment))
	}
	made.props.Set(mapi.PidTagContainerClass.Of("IPF.Note"))
	f.touch()
	f.box.raise(Event{Type: EventCreated, Folder: made.ID, Parent: f.ID})
	return made, false, 0
}

// Child finds a folder below f by its name, which compares without case.
func (f *Folder) Child(name string) *Folder {
	for _, c := range f.children {
		if strings.EqualFold(c.name, name) {
			return c
		}
	}
	return nil
}

// Name is the display name, Parent the folder above, or nil at the root.
func (f *Folder) Name() string { return f.name }

// Parent is the folder above, or nil at the root.
func (f *Folder) Parent() *Folder { return f.parent }

// Children are the folders below.
func (f *Folder) Children() []*Folder { return slices.Clone(f.children) }

// Messages are the normal messages, the oldest first.
func (f *Folder) Messages() []*Message { return slices.Clone(f.normal) }

// Gone tells whether the folder has been deleted.
func (f *Folder) Gone() bool { return f.gone }

// Within tells whether f is top or lies somewhere below it.
func (f *Folder) Within(top *Folder) bool {
	for ; f != nil; f = f.parent {
		if f == top {
			return true
		}
	}
	return false
}

// DeleteFolder removes a folder. Messages and subfolders in it must be allowed
// to go with it; otherwise nothing happens and partial is true.
// [MS-OXCFOLD] 2.2.1.3, 3.2.5.3
func (f *Folder) DeleteFolder(id mapi.FolderID, messages, folders bool) (partial bool, code mapi.ErrorCode) {
	child := f.box.folders[id]
	if child != nil && f.box.isSpecial(child) {
		return false, mapi.ErrAccessDenied
	}
	if child == nil || child.parent != f {
		return false, mapi.ErrNotFound
	}
	if len(child.normal)+len(child.associated) > 0 && !messages || len(child.children) > 0 && !folders {
		return true, 0
	}
	child.remove()
	f.children = slices.DeleteFunc(f.children, func(c *Folder) bool { return c == child })
	f.touch()
	f.box.raise(Event{Type: EventDeleted, Folder: child.ID, Parent: f.ID})
	return false, 0
}

// remove takes the folder and everything below it out of the mailbox.
func (f *Folder) remove() {
	for _, c := range f.children {
		c.remove()
	}
	for _, list := range [][]*Message{f.normal, f.associated, f.deleted} {
		for _, m := range list {
			f.box.forget(m)
		}
	}
	f.normal, f.associated, f.deleted, f.children = nil, nil, nil, nil
	f.gone = true
	f.mark()
	delete(f.box.folders, f.ID)
}

// Empty deletes what is in the folder: its messages, its subfolders, and the
// associated messages if asked to. [MS-OXCFOLD] 2.2.1.9
func (f *Folder) Empty(associated, hard bool) {
	for _, c := range slices.Clone(f.children) {
		_, _ = f.DeleteFolder(c.ID, true, true)
	}
	for _, m := range slices.Clone(f.normal) {
		f.box.Delete(m, hard)
	}
	if associated {
		for _, m := range slices.Clone(f.associated) {
			f.box.Delete(m, hard)
		}
	}
}

// MoveFolder puts child, a subfolder of f, under another folder and gives it
// the new name. [MS-OXCFOLD] 2.2.1.7
func (f *Folder) MoveFolder(child, to *Folder, name string) mapi.ErrorCode {
	if child.parent != f || f.box.isSpecial(child) || to.box != f.box {
		return mapi.ErrAccessDenied
	}
	if to.Within(child) {
		return mapi.ErrRootFolder
	}
	if other := to.Child(name); other != nil && other != child {
		return mapi.ErrDuplicateName
	}
	f.children = slices.DeleteFunc(f.children, func(c *Folder) bool { return c == child })
	to.children = append(to.children, child)
	child.parent, child.name = to, name
	child.touch()
	f.touch()
	to.touch()
	f.box.raise(Event{Type: EventMoved, Folder: child.ID, Parent: to.ID, OldFolder: child.ID, OldParent: f.ID})
	return 0
}

// touch records a change of the folder.
func (f *Folder) touch() {
	f.version++
	f.modified = f.box.Now()
	f.change = f.box.nextChange()
	f.mark()
}

// commit records a change of a message in the folder.
func (f *Folder) commit() {
	f.version++
	f.committed = f.box.Now()
	f.mark()
}

// list is the list that a message belongs to.
func (f *Folder) list(associated bool) *[]*Message {
	if associated {
		return &f.associated
	}
	return &f.normal
}

// Unread counts the messages that are not read.
func (f *Folder) Unread() int {
	n := 0
	for _, m := range f.normal {
		if m.content.Flags&mapi.MfRead == 0 {
			n++
		}
	}
	return n
}
