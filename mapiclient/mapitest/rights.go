package mapitest

import (
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// FolderRights are what somebody may do in a folder, or'ed. [MS-OXCPERM] 2.2.7
// Messages are not told apart by who made them: who may edit or delete only their
// own may do neither.
type FolderRights int32

// Rights, and the usual sets of them.
const (
	RightReadAny         FolderRights = 0x0001
	RightCreate          FolderRights = 0x0002
	RightEditAny         FolderRights = 0x0020
	RightDeleteAny       FolderRights = 0x0040
	RightCreateSubfolder FolderRights = 0x0080
	RightOwner           FolderRights = 0x0100
	RightVisible         FolderRights = 0x0400

	RightsReviewer    = RightReadAny | RightVisible
	RightsContributor = RightCreate | RightVisible
	RightsEditor      = RightsReviewer | RightsContributor | RightEditAny | RightDeleteAny
	RightsOwner       = RightsEditor | RightCreateSubfolder | RightOwner
)

// Everybody stands for all users in [Mailbox.GrantFolder]. Who has rights of
// their own has only those.
const Everybody = ""

// GrantFolder gives a user, named by login name or address, rights to one
// folder, in place of those they had. Who has any may log on to the mailbox.
func (m *Mailbox) GrantFolder(path, to string, rights FolderRights) error {
	dn := Everybody
	if to != Everybody {
		user := m.server.directory.find(to)
		if user == nil {
			return fmt.Errorf("granting to %q: %w", to, errNoUser)
		}
		dn = user.dn
	}
	box := m.account.box
	box.Lock()
	f := box.Find(path)
	if f != nil {
		f.SetRights(dn, int32(rights))
	}
	box.Unlock()
	if f == nil {
		return &mapi.Error{Op: "granting rights to " + path, Code: mapi.ErrNotFound}
	}
	return m.server.state.sync()
}

// mayEnter tells whether a user may log on to a mailbox at all.
func (s *Server) mayEnter(user, target *account, asAdmin bool) bool {
	if target.mayOpen(user, asAdmin) || s.has(QuirkGuestLogon) {
		return true
	}
	target.box.Lock()
	defer target.box.Unlock()
	return target.box.AnyRights(user.dn)
}

// rights are what the logon's user may do in a folder. The mailbox is locked.
func (l *logon) rights(f *store.Folder) FolderRights {
	if l.full {
		return RightsOwner
	}
	return FolderRights(f.Rights(l.user().dn))
}

// may tells whether the logon's user has a right, as one or as the folder's owner.
func (l *logon) may(f *store.Folder, right FolderRights) bool {
	return l.rights(f)&(right|RightOwner) != 0
}

// sees tells whether a folder exists for the logon's user. The two at the top are there
// for everybody. [MS-OXCFOLD] 3.2.5.1
func (l *logon) sees(f *store.Folder) bool {
	return l.may(f, RightVisible|RightReadAny) || f == l.box().Special(store.Root) || f == l.box().Special(store.IPMSubtree)
}

// onFolder are the rights that a remote operation on a folder takes.
func onFolder() map[rop.ID]FolderRights {
	return map[rop.ID]FolderRights{
		rop.CreateFolder: RightCreateSubfolder, rop.DeleteFolder: RightOwner, rop.MoveFolder: RightOwner,
		rop.EmptyFolder: RightOwner, rop.HardDeleteMessagesAndSubfolders: RightOwner,
		rop.DeleteMessages: RightDeleteAny, rop.HardDeleteMessages: RightDeleteAny,
		rop.GetContentsTable: RightReadAny, rop.SetReadFlags: RightReadAny, rop.SetMessageStatus: RightEditAny,
		rop.SetProperties: RightOwner, rop.SetPropertiesNoReplicate: RightOwner,
		rop.DeleteProperties: RightOwner, rop.DeletePropertiesNoReplicate: RightOwner,
		rop.FastTransferSourceCopyTo: RightReadAny, rop.FastTransferSourceCopyMessages: RightReadAny,
		rop.SynchronizationConfigure: RightReadAny,
	}
}

// forOwner are the remote operations on a mailbox that only who has all of it may use.
func forOwner() map[rop.ID]bool {
	return map[rop.ID]bool{
		rop.SetProperties: true, rop.SetPropertiesNoReplicate: true, rop.DeleteProperties: true, rop.DeletePropertiesNoReplicate: true,
		rop.SetSpooler: true, rop.SpoolerLockMessage: true, rop.AbortSubmit: true, rop.GetTransportFolder: true,
	}
}

// allowed judges whether the user of a logon may run an operation on an object.
// The mailboxes are locked.
func (x *execution) allowed(obj *object, q *rop.Received) mapi.ErrorCode {
	l := obj.logon
	if l.full {
		return 0
	}
	switch v := obj.value.(type) {
	case *logon:
		if x.request.server.forOwner[q.ID] {
			return mapi.ErrAccessDenied
		}
	case *folder:
		if need, some := x.request.server.onFolder[q.ID]; some && !l.may(v.Folder, need) {
			return mapi.ErrAccessDenied
		}
		if m, ok := q.Request.(*rop.MoveCopyMessagesRequest); ok {
			return l.mayTake(v.Folder, m.WantCopy)
		}
	}
	return 0
}

// mayTake judges whether messages may be copied or moved out of a folder.
func (l *logon) mayTake(f *store.Folder, copying bool) mapi.ErrorCode {
	if !l.may(f, RightReadAny) || !copying && !l.may(f, RightDeleteAny) {
		return mapi.ErrAccessDenied
	}
	return 0
}

// mayOpenMessage judges in which way a message may be opened, and gives whether for writing.
func (l *logon) mayOpenMessage(f *store.Folder, mode rop.MessageModeFlags) (writable bool, code mapi.ErrorCode) {
	edit := l.may(f, RightEditAny)
	switch {
	case !l.may(f, RightReadAny), mode == rop.MessageReadWrite && !edit:
		return false, mapi.ErrAccessDenied
	case mode == rop.MessageReadOnly:
		return false, 0
	}
	return edit, 0
}
