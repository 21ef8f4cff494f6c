package mapitest

import (
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// logOn opens a mailbox. [MS-OXCSTOR] 3.2.5.1
func logOn(x *execution, _ *object, q *rop.Received) (rop.Response, mapi.ErrorCode) {
	r := q.Request.(*rop.LogonRequest)
	target := x.request.server.directory.byDN(r.Essdn)
	if code := x.logonCode(target, r); code != 0 {
		resp := &rop.LogonResponse{LogonFlags: r.LogonFlags}
		if code == mapi.ErrWrongServer {
			resp.ServerName = x.request.server.serverDN(target.mailboxID())
		}
		return resp, code
	}
	l := &logon{id: q.LogonID, session: x.emsmdb, account: target, flags: r.OpenFlags, full: target.mayOpen(x.session.user, x.asAdmin(r))}
	if old := x.logons[q.LogonID]; old != nil {
		x.dropLogon(old)
	}
	x.logons[q.LogonID] = l
	x.session.setLoggedOn()
	x.answer.Handles[q.Out] = x.objects.add(&object{logon: l, value: l})
	return x.logonResponse(l, r), 0
}

func (x *execution) logonCode(target *account, r *rop.LogonRequest) mapi.ErrorCode {
	const public = rop.OpenPublic
	switch {
	case r.LogonFlags&rop.LogonPrivate == 0 || r.OpenFlags&public != 0:
		return mapi.ErrNotSupported // there are no public folders here
	case r.OpenFlags&rop.OpenUsePerMDBReplIDMapping == 0:
		return mapi.ErrInvalidParameter
	case target == nil || !strings.HasPrefix(r.Essdn, "/"):
		return mapi.ErrUnknownUser
	case target != x.session.mailbox && !x.request.server.has(QuirkMailboxIDIgnored):
		return mapi.ErrWrongServer
	case target.Disabled, len(target.Members) > 0:
		return mapi.ErrMailboxDisabled
	case !x.request.server.mayEnter(x.session.user, target, x.asAdmin(r)):
		return mapi.ErrLoginPerm
	}
	return 0
}

// asAdmin tells whether a logon uses the administrator's rights.
func (x *execution) asAdmin(r *rop.LogonRequest) bool {
	return r.OpenFlags&rop.OpenUseAdminPrivilege != 0 && x.session.asAdmin
}

func (x *execution) logonResponse(l *logon, r *rop.LogonRequest) *rop.LogonResponse {
	box := l.box()
	box.Lock()
	defer box.Unlock()
	resp := &rop.LogonResponse{
		LogonFlags: r.LogonFlags, ResponseFlags: rop.LogonReserved,
		MailboxGUID: box.GUID, ReplID: store.ReplicaID, ReplGUID: box.Replica,
		LogonTime: rop.LogonTimeOf(box.Now()), GwartTime: mapi.FileTime(box.Now()),
	}
	if l.full || l.may(box.Special(store.IPMSubtree), RightOwner) {
		resp.ResponseFlags |= rop.LogonOwnerRight
	}
	if l.account == l.user() || l.account.granted(l.user(), SendAs) {
		resp.ResponseFlags |= rop.LogonSendAsRight
	}
	for i := range resp.Folders {
		resp.Folders[i] = box.Special(store.Special(i)).ID
	}
	return resp
}

// dropLogon releases a logon and everything opened on it.
func (x *execution) dropLogon(l *logon) {
	for _, obj := range x.objects.byID {
		if obj.value == l {
			x.locked(obj, func() { x.objects.release(obj) })
			return
		}
	}
}

// close gives up what a logon holds: its place among the logons and, for a
// spooler, its locks. The mailbox is locked.
func (l *logon) close() {
	if l.session.logons[l.id] == l {
		l.session.logons[l.id] = nil
	}
	l.closeSpooler()
}

func (x *execution) getReceiveFolder(_ *object, l *logon, q *rop.GetReceiveFolderRequest) (rop.Response, mapi.ErrorCode) {
	for i := 0; i < len(q.MessageClass); i++ {
		if c := q.MessageClass[i]; c < 0x20 || c > 0x7E {
			return nil, mapi.ErrInvalidParameter
		}
	}
	// Everything goes to the Inbox, but for reports of the old kind. [MS-OXCSTOR] 3.2.5.2
	resp := &rop.GetReceiveFolderResponse{FolderID: l.box().Special(store.Inbox).ID}
	if q.MessageClass == "" || !strings.HasPrefix(strings.ToUpper(q.MessageClass), "IPC") {
		return resp, 0
	}
	resp.FolderID, resp.ExplicitMessageClass = l.box().Special(store.Root).ID, "IPC"
	return resp, 0
}

func (x *execution) getStoreState(_ *object, _ *logon, _ *rop.GetStoreStateRequest) (rop.Response, mapi.ErrorCode) {
	return &rop.GetStoreStateResponse{}, 0
}

func (x *execution) longTermIDFromID(obj *object, q *rop.LongTermIDFromIDRequest) (rop.Response, mapi.ErrorCode) {
	long, ok := obj.logon.box().LongTermID(q.ObjectID)
	if !ok {
		return nil, mapi.ErrNotFound
	}
	return &rop.LongTermIDFromIDResponse{LongTermID: long}, 0
}

func (x *execution) idFromLongTermID(obj *object, q *rop.IDFromLongTermIDRequest) (rop.Response, mapi.ErrorCode) {
	id, ok := obj.logon.box().ID(q.LongTermID)
	if !ok {
		return nil, mapi.ErrNotFound
	}
	return &rop.IDFromLongTermIDResponse{ObjectID: id}, 0
}
