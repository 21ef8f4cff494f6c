package mapitest

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// openFolder opens a folder by its id, on any object of the logon. [MS-OXCFOLD] 3.2.5.1
func (x *execution) openFolder(obj *object, q *rop.OpenFolderRequest) (rop.Response, any, mapi.ErrorCode) {
	f := obj.logon.box().Folder(q.FolderID)
	if f == nil || !obj.logon.sees(f) {
		return nil, nil, mapi.ErrNotFound
	}
	return &rop.OpenFolderResponse{}, &folder{f}, 0
}

func (x *execution) createFolder(_ *object, f *folder, q *rop.CreateFolderRequest) (rop.Response, any, mapi.ErrorCode) {
	if q.FolderType != rop.FolderGeneric || q.Reserved != 0 {
		return nil, nil, mapi.ErrInvalidParameter
	}
	made, existed, code := f.CreateFolder(q.DisplayName, q.Comment)
	switch {
	case code != 0:
		return nil, nil, code
	case existed && !q.OpenExisting:
		return nil, nil, mapi.ErrDuplicateName
	}
	// A private mailbox does not say whether the folder was there before.
	// [MS-OXCFOLD] 2.2.1.2.2
	return &rop.CreateFolderResponse{FolderID: made.ID}, &folder{made}, 0
}

func (x *execution) deleteFolder(_ *object, f *folder, q *rop.DeleteFolderRequest) (rop.Response, mapi.ErrorCode) {
	resp := new(rop.DeleteFolderResponse)
	var code mapi.ErrorCode
	resp.PartialCompletion, code = f.DeleteFolder(q.FolderID, q.Flags&rop.DeleteMessagesInFolder != 0, q.Flags&rop.DeleteSubfolders != 0)
	return resp, x.missing(code)
}

func (x *execution) emptyFolder(_ *object, f *folder, q *rop.EmptyFolderRequest) (rop.Response, mapi.ErrorCode) {
	f.Empty(q.WantDeleteAssociated, false)
	return new(rop.EmptyFolderResponse), 0
}

func (x *execution) hardEmptyFolder(_ *object, f *folder, q *rop.HardDeleteMessagesAndSubfoldersRequest) (rop.Response, mapi.ErrorCode) {
	f.Empty(q.WantDeleteAssociated, true)
	return new(rop.HardDeleteMessagesAndSubfoldersResponse), 0
}

func (x *execution) deleteMessages(_ *object, f *folder, q *rop.DeleteMessagesRequest) (rop.Response, mapi.ErrorCode) {
	resp := new(rop.DeleteMessagesResponse)
	resp.PartialCompletion = x.deleteAll(f, q.MessageIDs, false)
	return resp, 0
}

func (x *execution) hardDeleteMessages(_ *object, f *folder, q *rop.HardDeleteMessagesRequest) (rop.Response, mapi.ErrorCode) {
	resp := new(rop.HardDeleteMessagesResponse)
	resp.PartialCompletion = x.deleteAll(f, q.MessageIDs, true)
	return resp, 0
}

// missing is the answer to a deletion that ended with code.
func (x *execution) missing(code mapi.ErrorCode) mapi.ErrorCode {
	if code == mapi.ErrNotFound && x.request.server.has(QuirkMissingIgnored) {
		return 0
	}
	return code
}

// deleteAll deletes messages of a folder and tells whether some were left. One
// that is being sent can't be deleted.
func (x *execution) deleteAll(f *folder, ids []mapi.MessageID, hard bool) (partial bool) {
	for _, id := range ids {
		m := f.Mailbox().Message(id)
		if m == nil || m.Folder() != f.Folder {
			partial = partial || !x.request.server.has(QuirkMissingIgnored)
			continue
		}
		if m.State() != store.StateIdle {
			partial = true
			continue
		}
		f.Mailbox().Delete(m, hard)
	}
	return partial
}

// moveCopyMessages moves or copies messages one by one. A message that is gone
// stops it: those behind stay where they are. [MS-OXCFOLD] 3.2.5.6
func moveCopyMessages(x *execution, obj *object, q *rop.Received) (rop.Response, mapi.ErrorCode) {
	r := q.Request.(*rop.MoveCopyMessagesRequest)
	resp := new(rop.MoveCopyMessagesResponse)
	from, ok := obj.value.(*folder)
	if !ok {
		return resp, mapi.ErrNotSupported
	}
	dest := x.dest(q)
	if dest == nil {
		resp.DestHandleIndex = uint32(q.Out)
		return resp, mapi.ErrDstNullObject
	}
	to, ok := dest.value.(*folder)
	if !ok || to.Gone() {
		return resp, mapi.ErrNotSupported
	}
	if !dest.logon.may(to.Folder, RightCreate) {
		return resp, mapi.ErrAccessDenied
	}
	for _, id := range r.MessageIDs {
		m := from.Mailbox().Message(id)
		if m == nil || m.Folder() != from.Folder || m.State() != store.StateIdle && !r.WantCopy {
			resp.PartialCompletion = true
			break
		}
		if code := transfer(m, from.Mailbox(), to.Folder, r.WantCopy); code != 0 {
			resp.PartialCompletion = true
			return resp, code
		}
	}
	return resp, 0
}

// transfer moves or copies one message, maybe into another mailbox.
func transfer(m *store.Message, box *store.Mailbox, to *store.Folder, copying bool) mapi.ErrorCode {
	other := to.Mailbox()
	switch {
	case box == other && copying:
		box.Copy(m, to)
	case box == other:
		box.Move(m, to)
	default:
		if _, code := to.Deposit(other.Import(box.Export(m.Content()))); code != 0 {
			return code
		}
		if !copying {
			other.Flush() // a kill between the two leaves two, not none
			box.Delete(m, true)
		}
	}
	return 0
}

func moveFolder(x *execution, obj *object, q *rop.Received) (rop.Response, mapi.ErrorCode) {
	r := q.Request.(*rop.MoveFolderRequest)
	resp := new(rop.MoveFolderResponse)
	from, ok := obj.value.(*folder)
	if !ok {
		return resp, mapi.ErrNotSupported
	}
	dest := x.dest(q)
	if dest == nil {
		resp.DestHandleIndex = uint32(q.Out)
		return resp, mapi.ErrDstNullObject
	}
	to, ok := dest.value.(*folder)
	if !ok || to.Gone() {
		return resp, mapi.ErrNotSupported
	}
	if !dest.logon.may(to.Folder, RightCreateSubfolder) {
		return resp, mapi.ErrAccessDenied
	}
	child := from.Mailbox().Folder(r.FolderID)
	if child == nil || child.Parent() != from.Folder {
		return resp, mapi.ErrNotFound
	}
	return resp, from.MoveFolder(child, to.Folder, r.NewFolderName)
}

func (x *execution) setReadFlags(_ *object, f *folder, q *rop.SetReadFlagsRequest) (rop.Response, mapi.ErrorCode) {
	resp := new(rop.SetReadFlagsResponse)
	if !validReadFlags(q.ReadFlags) {
		return resp, mapi.ErrInvalidParameter
	}
	for _, id := range q.MessageIDs {
		m := f.Mailbox().Message(id)
		if m == nil || m.Folder() != f.Folder {
			resp.PartialCompletion = !x.request.server.has(QuirkMissingIgnored)
			continue
		}
		setRead(m, q.ReadFlags)
	}
	return resp, 0
}

// validReadFlags refuses the combination that has no meaning. [MS-OXCMSG] 2.2.3.10.1
func validReadFlags(f rop.ReadFlags) bool {
	return f&rop.ReadSuppressReceipt == 0 || f&rop.ReadClearFlag == 0
}

func setRead(m *store.Message, f rop.ReadFlags) (changed bool) {
	switch {
	case f&rop.ReadGenerateReceiptOnly != 0:
		return false
	case f&(rop.ReadClearNotifyRead|rop.ReadClearNotifyUnread) != 0:
		var bits int32
		if f&rop.ReadClearNotifyRead != 0 {
			bits |= mapi.MfNotifyRead
		}
		if f&rop.ReadClearNotifyUnread != 0 {
			bits |= mapi.MfNotifyUnread
		}
		m.ClearNotify(bits)
		return false
	}
	return m.SetRead(f&rop.ReadClearFlag == 0)
}

func (x *execution) getMessageStatus(_ *object, f *folder, q *rop.GetMessageStatusRequest) (rop.Response, mapi.ErrorCode) {
	m := f.Mailbox().Message(q.MessageID)
	if m == nil || m.Folder() != f.Folder {
		return nil, mapi.ErrNotFound
	}
	return &rop.GetMessageStatusResponse{StatusFlags: uint32(m.Status())}, 0
}

func (x *execution) setMessageStatus(_ *object, f *folder, q *rop.SetMessageStatusRequest) (rop.Response, mapi.ErrorCode) {
	m := f.Mailbox().Message(q.MessageID)
	if m == nil || m.Folder() != f.Folder {
		return nil, mapi.ErrNotFound
	}
	return &rop.SetMessageStatusResponse{StatusFlags: uint32(m.SetStatus(int32(q.StatusFlags), int32(q.StatusMask)))}, 0
}
