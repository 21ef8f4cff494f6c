package mapiclient

import (
	"context"
	"errors"
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// ErrGone says that a message or folder is not there any more.
var ErrGone = errors.New("not there any more")

func (p *pipeline) openFolder(id mapi.FolderID) *object {
	return create(p, p.logon, &rop.OpenFolderRequest{FolderID: id}, nil)
}

// CreateFolder makes a folder in a parent folder, or finds the one of that name.
// [MS-OXCFOLD] 2.2.1.2
func (m *Mailbox) CreateFolder(ctx context.Context, parent mapi.FolderID, name string) (mapi.FolderID, error) {
	p := m.session.pipeline(ctx)
	var id mapi.FolderID
	p.release(p.makeFolder(parent, name, func(found mapi.FolderID) { id = found })...)
	if err := p.flush(); err != nil {
		return 0, fmt.Errorf("creating folder %q: %w", name, err)
	}
	return id, nil
}

// EnsureFolder is CreateFolder, but asks the server only once in this logon.
func (m *Mailbox) EnsureFolder(ctx context.Context, parent mapi.FolderID, name string) (mapi.FolderID, error) {
	key := folderKey{parent, name}
	m.mu.Lock()
	id, known := m.folders[key]
	m.mu.Unlock()
	if known {
		return id, nil
	}
	id, err := m.CreateFolder(ctx, parent, name)
	if err != nil {
		return 0, err
	}
	m.mu.Lock()
	m.folders[key] = id
	m.mu.Unlock()
	return id, nil
}

type folderKey struct {
	parent mapi.FolderID
	name   string
}

// A Folder is one row of a hierarchy.
type Folder struct {
	ID    mapi.FolderID
	Name  string
	Class string
	// Depth is 1 for what lies in the folder that was listed, 2 for what lies in one of those, and so on.
	Depth  int
	Count  int
	Unread int
}

// Folders lists the folders below a folder, those within them included, each
// behind its parent. [MS-OXCFOLD] 2.2.1.13
func (m *Mailbox) Folders(ctx context.Context, parent mapi.FolderID) ([]Folder, error) {
	columns := []mapi.PropTag{mapi.PidTagFolderId.Tag(), mapi.PidTagDisplayName.Tag(), mapi.PidTagContainerClass.Tag(),
		mapi.PidTagDepth.Tag(), mapi.PidTagContentCount.Tag(), mapi.PidTagContentUnreadCount.Tag()}
	p := m.session.pipeline(ctx)
	folder := p.openFolder(parent)
	table := create(p, folder, &rop.GetHierarchyTableRequest{
		TableFlags: rop.TableDepth | rop.TableNoNotifications | rop.TableUnicode,
	}, nil)
	rows, err := m.rows(p, table, tableQuery{columns: columns})
	m.session.discard(table)
	m.session.discard(folder)
	list := make([]Folder, 0, len(rows))
	for _, r := range rows {
		list = append(list, Folder{
			ID:     mapi.FolderID(mapi.PidTagFolderId.Get(r)),
			Name:   mapi.PidTagDisplayName.Get(r),
			Class:  mapi.PidTagContainerClass.Get(r),
			Depth:  int(mapi.PidTagDepth.Get(r)),
			Count:  int(mapi.PidTagContentCount.Get(r)),
			Unread: int(mapi.PidTagContentUnreadCount.Get(r)),
		})
	}
	countDepths(list)
	return list, err
}

// countDepths makes the depths of a hierarchy begin at 1 and grow by one. Servers count from 0, from
// 1 or from the root of the mailbox; whichever it is, the first row lies in the listed folder.
func countDepths(list []Folder) {
	if len(list) == 0 {
		return
	}
	base, above := list[0].Depth, 0
	for i := range list {
		list[i].Depth = min(max(list[i].Depth-base+1, 1), above+1)
		above = list[i].Depth
	}
}

// Delete removes messages for good, without a stay in Deleted Items. One that is
// not there is no error. [MS-OXCFOLD] 2.2.1.12
func (m *Mailbox) Delete(ctx context.Context, folder mapi.FolderID, ids ...mapi.MessageID) error {
	for len(ids) > 0 {
		part := ids[:min(len(ids), 1000)]
		ids = ids[len(part):]
		p := m.session.pipeline(ctx)
		f := p.openFolder(folder)
		add(p, f, &rop.HardDeleteMessagesRequest{MessageIDs: part}, nil)
		p.release(f)
		if err := p.flush(); err != nil && !errors.Is(err, mapi.ErrNotFound) {
			return err
		}
	}
	return nil
}

// Move moves one message. Of several that move the same message one succeeds
// and the others get ErrGone: servers answer PartialCompletion then. The
// message has another id afterwards. [MS-OXCFOLD] 2.2.1.6
func (m *Mailbox) Move(ctx context.Context, from, to mapi.FolderID, id mapi.MessageID) error {
	p := m.session.pipeline(ctx)
	source, dest := p.openFolder(from), p.openFolder(to)
	addTo(p, source, dest, &rop.MoveCopyMessagesRequest{MessageIDs: []mapi.MessageID{id}},
		func(r *rop.MoveCopyMessagesResponse) error {
			if r != nil && r.PartialCompletion {
				return ErrGone
			}
			return nil
		})
	p.release(source, dest)
	err := p.flush()
	if errors.Is(err, mapi.ErrNotFound) || errors.Is(err, mapi.ErrObjectDeleted) {
		return errors.Join(ErrGone, err)
	}
	return err
}
