package mapitest

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// maxOpenRecipients is how many recipients an OpenMessage tells of at most: their
// number has one byte. It tells of as many as fit. [MS-OXCROPS] 2.2.6.1.2
const maxOpenRecipients = 255

// openMessage opens a message by its ids, on any object of the logon.
// [MS-OXCMSG] 3.2.5.1
func (x *execution) openMessage(obj *object, q *rop.OpenMessageRequest) (rop.Response, any, mapi.ErrorCode) {
	if x.tooManyOpen() {
		return nil, nil, mapi.ErrMaxObjectsExceeded
	}
	m, code := x.findMessage(obj.logon, q)
	if code != 0 {
		return nil, nil, code
	}
	if !codePage(q.CodePageID) {
		return nil, nil, mapi.ErrInvalidCodePage
	}
	mode := q.OpenModeFlags &^ rop.MessageOpenSoftDeleted
	if mode > rop.MessageBestAccess || mode == rop.MessageCreate {
		return nil, nil, mapi.ErrInvalidParameter
	}
	writable, code := obj.logon.mayOpenMessage(m.Folder(), mode)
	if code != 0 {
		return nil, nil, code
	}
	d := m.Open(writable)
	return &rop.OpenMessageResponse{MessageHead: x.head(d)}, &message{Draft: d}, 0
}

// codePage tells whether 8-bit strings of a message can have the code page.
func codePage(id uint16) bool { return id == rop.CodePageLogon || id != 0 && id != 1200 }

func (x *execution) findMessage(l *logon, q *rop.OpenMessageRequest) (*store.Message, mapi.ErrorCode) {
	f := l.box().Folder(q.FolderID)
	if f == nil {
		return nil, mapi.ErrNotFound
	}
	m := l.box().Message(q.MessageID)
	if m == nil && q.OpenModeFlags&rop.MessageOpenSoftDeleted != 0 {
		m = f.Deleted(q.MessageID)
	}
	switch {
	case m == nil:
		return nil, mapi.ErrNotFound
	case m.Folder() != f && f != l.box().Special(store.SpoolerQueue):
		return nil, mapi.ErrNotFound
	case m.State() == store.StateLocked && !l.holds(m):
		return nil, mapi.ErrAccessDenied
	}
	return m, 0
}

// tooManyOpen tells whether the session has all the messages and attachments
// open that it may.
func (x *execution) tooManyOpen() bool {
	n := x.objects.count(func(v any) bool {
		switch v.(type) {
		case *message, *attachment:
			return true
		}
		return false
	})
	return n >= x.request.server.opts.Limits.Objects
}

// head is what opening a message tells of it.
func (x *execution) head(d *store.Draft) rop.MessageHead {
	prefix, _ := d.Get(mapi.PidTagSubjectPrefix.Tag())
	normalized, _ := d.Get(mapi.PidTagNormalizedSubject.Tag())
	named, _ := d.Get(mapi.PidTagHasNamedProperties.Tag())
	list := d.Recipients()
	head := rop.MessageHead{
		SubjectPrefix: typedString(prefix), NormalizedSubject: typedString(normalized),
		RecipientCount: uint16(min(len(list), 0xFFFF)), Columns: recipientColumns(list),
	}
	head.HasNamedProperties, _ = named.Value.(bool)
	const fixed, perRow = 1024, 7 // fixed is what the rest of the head takes at most
	room := x.answer.Room() - fixed
	for _, r := range list[:min(len(list), maxOpenRecipients)] {
		row := openRow(r, head.Columns)
		if room -= perRow + recipientSize(&row.Row, head.Columns); room < 0 {
			break
		}
		head.Rows = append(head.Rows, row)
	}
	return head
}

func typedString(p mapi.Prop) mapi.TypedString {
	s, ok := p.Value.(string)
	if !ok {
		return mapi.TypedString{Kind: mapi.StringNone}
	}
	return mapi.MakeTypedString(s)
}

// recipientColumns are the columns of a message's recipients.
func recipientColumns(list []store.Recipient) []mapi.PropTag {
	recipients := make([]mapi.Recipient, len(list))
	for i := range list {
		recipients[i] = list[i].Recipient
	}
	return mapi.RecipientColumns(recipients)
}

func openRow(r store.Recipient, columns []mapi.PropTag) rop.OpenRecipientRow {
	return rop.OpenRecipientRow{Type: r.Type, CodePageID: 1252, Row: mapi.MakeRecipientRow(r.Recipient, columns)}
}

// createMessage starts a message; it has no id before it is saved.
// [MS-OXCMSG] 3.2.5.2
func (x *execution) createMessage(obj *object, q *rop.CreateMessageRequest) (rop.Response, any, mapi.ErrorCode) {
	if x.tooManyOpen() {
		return nil, nil, mapi.ErrMaxObjectsExceeded
	}
	if !codePage(q.CodePageID) {
		return nil, nil, mapi.ErrInvalidCodePage
	}
	if obj.logon.spooler && x.request.server.has(QuirkNoMessagesForSpooler) {
		return nil, nil, mapi.ErrAccessDenied
	}
	f := obj.logon.box().Folder(q.FolderID)
	switch {
	case f == nil:
		return nil, nil, mapi.ErrNotFound
	case !obj.logon.may(f, RightCreate):
		return nil, nil, mapi.ErrAccessDenied
	case x.request.server.has(QuirkQuotaAtCreate) && obj.logon.box().Full():
		return nil, nil, mapi.ErrQuotaExceeded
	}
	return &rop.CreateMessageResponse{}, &message{Draft: f.CreateMessage(q.AssociatedFlag)}, 0
}

// saveFlagsMask are the save flags that mean something; 0x08 comes along in
// the specification's own examples. [MS-OXCMSG] 2.2.3.3.1
const saveFlagsMask = rop.KeepOpenReadOnly | rop.KeepOpenReadWrite | rop.ForceSave | 0x08

// forced tells whether a save overwrites the changes of others: the flag does
// so alone, not together with another way to keep the message open.
func forced(f rop.SaveFlags) bool {
	return f&(rop.ForceSave|rop.KeepOpenReadWrite|rop.KeepOpenReadOnly) == rop.ForceSave
}

// saveChangesMessage commits a message. [MS-OXCMSG] 3.2.5.3
func (x *execution) saveChangesMessage(obj *object, m *message, q *rop.SaveChangesMessageRequest) (rop.Response, mapi.ErrorCode) {
	if q.SaveFlags&^saveFlagsMask != 0 {
		return nil, mapi.ErrInvalidParameter
	}
	if code := x.finishUploads(m); code != 0 {
		return nil, code
	}
	if saved := m.Message(); saved != nil && saved.State() == store.StateLocked && obj.logon.holds(saved) {
		return x.saveLocked(m, forced(q.SaveFlags))
	}
	if code := m.Save(forced(q.SaveFlags)); code != 0 {
		return nil, code
	}
	if q.SaveFlags&(rop.KeepOpenReadOnly|rop.KeepOpenReadWrite) == rop.KeepOpenReadOnly {
		m.SetWritable(false)
	}
	resp := &rop.SaveChangesMessageResponse{}
	if saved := m.Message(); saved != nil {
		resp.MessageID = saved.ID
	}
	return resp, 0
}

func (x *execution) removeAllRecipients(_ *object, m *message, _ *rop.RemoveAllRecipientsRequest) (rop.Response, mapi.ErrorCode) {
	return &rop.RemoveAllRecipientsResponse{}, m.RemoveAllRecipients()
}

// modifyRecipients sets, replaces and removes recipients. [MS-OXCMSG] 3.2.5.5
func (x *execution) modifyRecipients(_ *object, m *message, q *rop.ModifyRecipientsRequest) (rop.Response, mapi.ErrorCode) {
	resp := &rop.ModifyRecipientsResponse{}
	for _, row := range q.Rows {
		if t := row.Type.Base(); row.Row != nil && (t > mapi.RecipientBcc || row.Type&^(0x0F|mapi.RecipientResend|mapi.RecipientSubmitted) != 0) {
			return resp, mapi.ErrInvalidParameter
		}
	}
	for _, row := range q.Rows {
		var code mapi.ErrorCode
		if row.Row == nil {
			code = m.RemoveRecipient(row.RowID)
		} else {
			r := row.Row.Recipient(row.Type, x.request.server.recipientsDN())
			code = m.SetRecipient(store.Recipient{RowID: row.RowID, Recipient: r})
		}
		if code != 0 {
			return resp, code
		}
	}
	return resp, 0
}

// readRecipients gives as many rows as there is room for, from a row id on.
// [MS-OXCMSG] 3.2.5.6
func (x *execution) readRecipients(_ *object, m *message, q *rop.ReadRecipientsRequest) (rop.Response, mapi.ErrorCode) {
	list := m.Recipients()
	columns := recipientColumns(list)
	resp := &rop.ReadRecipientsResponse{Columns: columns}
	const head, perRow = 7, 11
	room := x.answer.Room() - head
	for _, r := range list {
		if r.RowID < q.RowID || len(resp.Rows) == maxOpenRecipients {
			continue
		}
		row := rop.ReadRecipientRow{RowID: r.RowID, OpenRecipientRow: openRow(r, columns)}
		size := perRow + recipientSize(&row.Row, columns)
		if size > room {
			if len(resp.Rows) == 0 {
				return nil, errNoRoom
			}
			break
		}
		room -= size
		resp.Rows = append(resp.Rows, row)
	}
	if len(resp.Rows) == 0 {
		return nil, mapi.ErrNotFound
	}
	return resp, 0
}

func recipientSize(r *mapi.RecipientRow, columns []mapi.PropTag) int {
	c := encoder()
	r.Layout(c, columns)
	return len(c.Bytes())
}

func (x *execution) reloadCachedInformation(_ *object, m *message, q *rop.ReloadCachedInformationRequest) (rop.Response, mapi.ErrorCode) {
	if q.Reserved != 0 {
		return nil, mapi.ErrInvalidParameter
	}
	m.Reload()
	return &rop.ReloadCachedInformationResponse{MessageHead: x.head(m.Draft)}, 0
}

func (x *execution) setMessageReadFlag(_ *object, m *message, q *rop.SetMessageReadFlagRequest) (rop.Response, mapi.ErrorCode) {
	saved := m.Message()
	switch {
	case saved == nil:
		return nil, mapi.ErrNotSupported
	case !validReadFlags(q.ReadFlags):
		return nil, mapi.ErrInvalidParameter
	}
	setRead(saved, q.ReadFlags)
	return &rop.SetMessageReadFlagResponse{}, 0
}
