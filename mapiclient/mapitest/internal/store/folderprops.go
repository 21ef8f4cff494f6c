package store

import (
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// Mailbox implements [Object].
func (f *Folder) Mailbox() *Mailbox { return f.box }

// Get implements [Object].
func (f *Folder) Get(tag mapi.PropTag) (mapi.Prop, mapi.ErrorCode) { return get(tag, f.value) }

// Kept implements [Object].
func (f *Folder) Kept() mapi.Props { return clone(f.props) }

// Computed implements [Object].
func (f *Folder) Computed() []mapi.PropTag {
	return []mapi.PropTag{
		mapi.PidTagFolderId.Tag(), mapi.PidTagParentFolderId.Tag(), mapi.PidTagDisplayName.Tag(), mapi.PidTagFolderType.Tag(),
		mapi.PidTagContentCount.Tag(), mapi.PidTagContentUnreadCount.Tag(), mapi.PidTagSubfolders.Tag(),
		mapi.PidTagAssociatedContentCount.Tag(), mapi.PidTagEntryId.Tag(), mapi.PidTagRecordKey.Tag(), mapi.PidTagParentEntryId.Tag(),
		mapi.PidTagStoreEntryId.Tag(), mapi.PidTagSourceKey.Tag(), mapi.PidTagParentSourceKey.Tag(), mapi.PidTagChangeKey.Tag(),
		mapi.PidTagPredecessorChangeList.Tag(), mapi.PidTagCreationTime.Tag(), mapi.PidTagLastModificationTime.Tag(),
		mapi.PidTagLocalCommitTimeMax.Tag(), mapi.PidTagDeletedCountTotal.Tag(), mapi.PidTagHierarchyChangeNumber.Tag(),
		mapi.PidTagMessageSize.Tag(), mapi.PidTagObjectType.Tag(), mapi.PidTagAccess.Tag(), mapi.PidTagAccessLevel.Tag(),
		mapi.PidTagRights.Tag(),
	}
}

// Set implements [Object].
func (f *Folder) Set(p mapi.Prop) mapi.ErrorCode {
	if code := f.box.settable(p); code != 0 {
		return code
	}
	p = normal(p)
	if p.Tag == mapi.PidTagDisplayName.Tag() {
		return f.rename(p.Value.(string))
	}
	if folderComputed(p.Tag.ID()) != nil {
		return mapi.ErrAccessDenied
	}
	f.props.Set(p)
	f.modifiedProps(p.Tag)
	return 0
}

func (f *Folder) rename(name string) mapi.ErrorCode {
	if f.box.isSpecial(f) || f.parent == nil {
		return mapi.ErrAccessDenied
	}
	if other := f.parent.Child(name); other != nil && other != f || name == "" {
		return mapi.ErrDuplicateName
	}
	f.name = name
	f.modifiedProps(mapi.PidTagDisplayName.Tag())
	return 0
}

// Remove implements [Object].
func (f *Folder) Remove(tag mapi.PropTag) mapi.ErrorCode {
	if folderComputed(tag.ID()) != nil {
		return mapi.ErrAccessDenied
	}
	if _, ok := find(f.props, tag.ID()); !ok {
		return mapi.ErrNotFound
	}
	f.props.Delete(tag)
	f.modifiedProps(tag)
	return 0
}

func (f *Folder) modifiedProps(tag mapi.PropTag) {
	f.touch()
	e := Event{Type: EventModified, Folder: f.ID, Tags: []mapi.PropTag{tag}}
	if f.parent != nil {
		e.Parent = f.parent.ID
	}
	f.box.raise(e)
}

func (f *Folder) value(id mapi.PropID) (any, bool) {
	if c := folderComputed(id); c != nil {
		v := c(f)
		return v, v != nil
	}
	return find(f.props, id)
}

// folderComputed holds the properties of folders that follow from others.
// [MS-OXCFOLD] 2.2.2.2.1, [MS-OXCFXICS] 2.2.1.2
func folderComputed(id mapi.PropID) func(*Folder) any {
	switch id {
	case idOf(mapi.PidTagDisplayName):
		return func(f *Folder) any { return f.name }
	case idOf(mapi.PidTagFolderId), idOf(mapi.PidTagInstID):
		return func(f *Folder) any { return int64(f.ID) }
	case idOf(mapi.PidTagParentFolderId):
		return func(f *Folder) any { return int64(f.above().ID) }
	case idOf(mapi.PidTagFolderType):
		return func(f *Folder) any { return f.kind() }
	case idOf(mapi.PidTagContentCount):
		return func(f *Folder) any { return int32(len(f.normal)) }
	case idOf(mapi.PidTagContentUnreadCount):
		return func(f *Folder) any { return int32(f.Unread()) }
	case idOf(mapi.PidTagAssociatedContentCount):
		return func(f *Folder) any { return int32(len(f.associated)) }
	case idOf(mapi.PidTagDeletedCountTotal):
		return func(f *Folder) any { return int32(len(f.deleted)) }
	case idOf(mapi.PidTagSubfolders):
		return func(f *Folder) any { return len(f.children) > 0 }
	case idOf(mapi.PidTagMessageSize):
		return func(f *Folder) any { return int32(min(f.size(), 1<<31-1)) }
	}
	return folderIdentity(id)
}

// folderIdentity holds the ids, times and rights of a folder.
func folderIdentity(id mapi.PropID) func(*Folder) any {
	switch id {
	case idOf(mapi.PidTagEntryId), idOf(mapi.PidTagRecordKey):
		return func(f *Folder) any { return f.EntryID() }
	case idOf(mapi.PidTagParentEntryId):
		return func(f *Folder) any { return f.above().EntryID() }
	case idOf(mapi.PidTagStoreEntryId), idOf(mapi.PidTagStoreRecordKey), idOf(mapi.PidTagMappingSignature):
		return func(f *Folder) any { return f.box.GUID[:] }
	case idOf(mapi.PidTagInstanceKey):
		return func(f *Folder) any { return instanceKey(uint64(f.ID)) }
	case idOf(mapi.PidTagSourceKey):
		return func(f *Folder) any { return f.sourceKey() }
	case idOf(mapi.PidTagParentSourceKey):
		return func(f *Folder) any { return f.above().sourceKey() }
	case idOf(mapi.PidTagChangeKey):
		return func(f *Folder) any { return f.box.key(f.change) }
	case idOf(mapi.PidTagPredecessorChangeList):
		return func(f *Folder) any { return f.box.predecessors(f.change) }
	case idOf(mapi.PidTagChangeNumber):
		return func(f *Folder) any { return int64(mapi.MakeID(ReplicaID, f.change)) }
	case idOf(mapi.PidTagHierarchyChangeNumber):
		return func(f *Folder) any { return int32(f.change) }
	case idOf(mapi.PidTagCreationTime):
		return func(f *Folder) any { return f.created }
	case idOf(mapi.PidTagLastModificationTime):
		return func(f *Folder) any { return f.modified }
	case idOf(mapi.PidTagLocalCommitTimeMax):
		return func(f *Folder) any { return f.committed }
	case idOf(mapi.PidTagObjectType):
		return func(*Folder) any { return objectFolder }
	case idOf(mapi.PidTagAccess):
		return func(*Folder) any { return int32(0x3F) }
	case idOf(mapi.PidTagAccessLevel):
		return func(*Folder) any { return int32(1) }
	case idOf(mapi.PidTagRights):
		return func(*Folder) any { return int32(0x7FB) } // an owner's. [MS-OXCPERM] 2.2.7
	}
	return nil
}

// above is the folder's parent; the root is its own.
func (f *Folder) above() *Folder {
	if f.parent == nil {
		return f
	}
	return f.parent
}

// kind is PidTagFolderType: root, generic or search. [MS-OXCFOLD] 2.2.2.2.2.7
func (f *Folder) kind() int32 {
	if f.parent == nil {
		return 0
	}
	return 1
}

func (f *Folder) size() int64 {
	var n int64
	for _, m := range f.normal {
		n += m.size
	}
	for _, m := range f.associated {
		n += m.size
	}
	return n
}

func (f *Folder) sourceKey() []byte {
	_, counter := mapi.SplitID(uint64(f.ID))
	return f.box.key(counter)
}

// EntryID is the folder's permanent identifier.
func (f *Folder) EntryID() []byte { return f.box.folderEntryID(f.ID) }

// Path is where the folder lies below the IPM subtree, "Inbox/Sub", or, with a
// slash in front, below the root.
func (f *Folder) Path() string {
	var names []string
	for ; f.parent != nil; f = f.parent {
		if f == f.box.special[IPMSubtree] {
			return strings.Join(names, "/")
		}
		names = append([]string{f.name}, names...)
	}
	return "/" + strings.Join(names, "/")
}

// Find finds a folder by its path.
func (m *Mailbox) Find(path string) *Folder {
	f, rest := m.start(path)
	for _, name := range strings.Split(rest, "/") {
		if name == "" {
			continue
		}
		if f = f.Child(name); f == nil {
			return nil
		}
	}
	return f
}

// Make finds a folder by its path and makes what is missing.
func (m *Mailbox) Make(path string) (*Folder, mapi.ErrorCode) {
	f, rest := m.start(path)
	for _, name := range strings.Split(rest, "/") {
		if name == "" {
			continue
		}
		next, _, code := f.CreateFolder(name, "")
		if code != 0 {
			return nil, code
		}
		f = next
	}
	return f, 0
}

func (m *Mailbox) start(path string) (*Folder, string) {
	if rest, ok := strings.CutPrefix(path, "/"); ok {
		return m.special[Root], rest
	}
	return m.special[IPMSubtree], path
}
