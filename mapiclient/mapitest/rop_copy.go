package mapitest

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// copyTo copies what an object holds to another of its sort, but for the
// excluded properties. [MS-OXCPRPT] 3.2.5.8
func copyTo(x *execution, obj *object, q *rop.Received) (rop.Response, mapi.ErrorCode) {
	r := q.Request.(*rop.CopyToRequest)
	resp := new(rop.CopyToResponse)
	to := x.dest(q)
	if to == nil {
		resp.DestHandleIndex = uint32(q.Out)
		return resp, mapi.ErrDstNullObject
	}
	from, dest := obj.properties(), to.properties()
	if code := copyable(from, dest, r.CopyFlags); code != 0 {
		return resp, code
	}
	wanted := func(id mapi.PropID) bool { return !tagIn(r.ExcludedTags, id) }
	resp.Problems = copyProps(from, dest, wanted, r.CopyFlags)
	if s, ok := from.(*store.Draft); ok && r.WantSubObjects {
		d := dest.(*store.Draft)
		d.CopyFrom(s, wanted(mapi.PidTagMessageRecipients.Tag().ID()), wanted(mapi.PidTagMessageAttachments.Tag().ID()))
	}
	return resp, 0
}

// copyProperties copies the named properties. [MS-OXCPRPT] 3.2.5.7
func copyProperties(x *execution, obj *object, q *rop.Received) (rop.Response, mapi.ErrorCode) {
	r := q.Request.(*rop.CopyPropertiesRequest)
	resp := new(rop.CopyPropertiesResponse)
	to := x.dest(q)
	if to == nil {
		resp.DestHandleIndex = uint32(q.Out)
		return resp, mapi.ErrDstNullObject
	}
	from, dest := obj.properties(), to.properties()
	if code := copyable(from, dest, r.CopyFlags); code != 0 {
		return resp, code
	}
	resp.Problems = copyProps(from, dest, func(id mapi.PropID) bool { return tagIn(r.Tags, id) }, r.CopyFlags)
	if s, ok := from.(*store.Draft); ok {
		d := dest.(*store.Draft)
		d.CopyFrom(s, tagIn(r.Tags, mapi.PidTagMessageRecipients.Tag().ID()), tagIn(r.Tags, mapi.PidTagMessageAttachments.Tag().ID()))
	}
	return resp, 0
}

// copyable checks that both are of one sort and that the destination may change.
func copyable(from, to store.Object, flags rop.CopyFlags) mapi.ErrorCode {
	if flags&^(rop.CopyMove|rop.CopyNoOverwrite) != 0 {
		return mapi.ErrInvalidParameter
	}
	same := false
	switch from.(type) {
	case *store.Draft:
		_, same = to.(*store.Draft)
	case *store.AttachmentDraft:
		_, same = to.(*store.AttachmentDraft)
	case *store.Folder:
		_, same = to.(*store.Folder)
	}
	switch {
	case !same || from == to:
		return mapi.ErrNotSupported
	case readOnly(to) || flags&rop.CopyMove != 0 && readOnly(from):
		return mapi.ErrAccessDenied
	}
	return 0
}

// copyProps copies the wanted properties that somebody has set. Named ones go
// by their names where the mailboxes differ.
func copyProps(from, to store.Object, wanted func(mapi.PropID) bool, flags rop.CopyFlags) []rop.PropertyProblem {
	var problems []rop.PropertyProblem
	for i, p := range from.Kept() {
		id := p.Tag.ID()
		if !wanted(id) {
			continue
		}
		moved, ok := to.Mailbox().Adopt(from.Mailbox(), p)
		if _, code := to.Get(moved.Tag); !ok || code == 0 && flags&rop.CopyNoOverwrite != 0 {
			continue
		}
		if code := to.Set(moved); code != 0 {
			problems = append(problems, rop.PropertyProblem{Index: uint16(i), Tag: p.Tag, Code: code})
		} else if flags&rop.CopyMove != 0 {
			_ = from.Remove(p.Tag)
		}
	}
	return problems
}
