package mapiclient

import (
	"context"
	"errors"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// SetSpooler makes this session the mailbox's mail spooler: it may lock the
// messages that wait in the spooler queue. Since 2013 Exchange lets such a session
// create no messages. [MS-OXOMSG] 2.2.3.4
func (m *Mailbox) SetSpooler(ctx context.Context) error {
	_, err := one(m.session.pipeline(ctx), m.session.logon, &rop.SetSpoolerRequest{})
	return err
}

// SpoolerLock locks, unlocks or finishes a message of the spooler queue. One that
// is not there, or that another holds, is ErrNotInQueue. [MS-OXOMSG] 2.2.3.5
func (m *Mailbox) SpoolerLock(ctx context.Context, id mapi.MessageID, state rop.LockState) error {
	_, err := one(m.session.pipeline(ctx), m.session.logon, &rop.SpoolerLockMessageRequest{MessageID: id, LockState: state})
	return err
}

// SubmitToSpooler submits a stored message so that a spooler sends it and not the server. [MS-OXOMSG] 2.2.3.1
func (m *Mailbox) SubmitToSpooler(ctx context.Context, folder mapi.FolderID, id mapi.MessageID) error {
	p := m.session.pipeline(ctx)
	o := create(p, p.logon, &rop.OpenMessageRequest{
		CodePageID: rop.CodePageLogon, FolderID: folder, OpenModeFlags: rop.MessageReadWrite, MessageID: id,
	}, nil)
	if err := p.flush(); err != nil {
		return err
	}
	add(p, o, &rop.SubmitMessageRequest{SubmitFlags: rop.SubmitNeedsSpooler}, nil)
	p.release(o)
	return p.flush()
}

// MarkHandled sets the responsibility flag of those recipients of a message that
// handled says somebody has taken care of, and saves it. [MS-OXOMSG] 3.2.4.8
func (m *Mailbox) MarkHandled(ctx context.Context, folder mapi.FolderID, id mapi.MessageID, handled func(*mapi.Recipient) bool) error {
	p := m.session.pipeline(ctx)
	var head rop.MessageHead
	o := create(p, p.logon, &rop.OpenMessageRequest{
		CodePageID: rop.CodePageLogon, FolderID: folder, OpenModeFlags: rop.MessageReadWrite, MessageID: id,
	}, func(r *rop.OpenMessageResponse) error { head = r.MessageHead; return nil })
	if err := p.flush(); err != nil {
		return err
	}
	defer m.session.discard(o)
	q, err := m.handledRows(ctx, o, &head, handled)
	if err != nil || len(q.Rows) == 0 {
		return err
	}
	add(p, o, q, nil)
	if err := p.flush(); err != nil {
		return err
	}
	add(p, o, &rop.SaveChangesMessageRequest{SaveFlags: rop.KeepOpenReadOnly}, nil)
	return p.flush()
}

// handledRows reads the rows of the handled recipients, with their ids, and flags them.
func (m *Mailbox) handledRows(ctx context.Context, o *object, head *rop.MessageHead, handled func(*mapi.Recipient) bool) (*rop.ModifyRecipientsRequest, error) {
	var list []mapi.Recipient
	var ids []uint32
	for next, seen := uint32(0), 0; seen < int(head.RecipientCount); {
		rows, err := one(m.session.pipeline(ctx), o, &rop.ReadRecipientsRequest{RowID: next, Columns: head.Columns})
		if errors.Is(err, mapi.ErrNotFound) || err == nil && len(rows.Rows) == 0 {
			return nil, &RecipientsError{Told: int(head.RecipientCount), Given: seen}
		}
		if err != nil {
			return nil, err
		}
		for i := range rows.Rows {
			row := &rows.Rows[i]
			r := row.Row.Recipient(row.Type, m.session.dnPrefix)
			if handled(&r) {
				r.Props.Set(mapi.PidTagResponsibility.Of(true))
				list, ids = append(list, r), append(ids, row.RowID)
			}
			next = row.RowID + 1
			seen++
		}
	}
	q := &rop.ModifyRecipientsRequest{Columns: mapi.RecipientColumns(list)}
	for i := range list {
		q.Rows = append(q.Rows, rop.ModifyRecipientRow{RowID: ids[i], Type: list[i].Type, Row: new(mapi.MakeRecipientRow(list[i], q.Columns))})
	}
	return q, nil
}
