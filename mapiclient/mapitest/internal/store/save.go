package store

import (
	"slices"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// Save shows the working copy to everybody. It fails when somebody else has
// saved since the copy was made, unless forced. [MS-OXCMSG] 3.2.5.3
func (d *Draft) Save(force bool) mapi.ErrorCode {
	switch {
	case !d.writable:
		return mapi.ErrAccessDenied
	case d.parent != nil:
		return d.saveInside()
	case d.msg == nil:
		return d.saveNew()
	case d.msg.gone:
		return d.saveStale(force)
	case d.msg.change != d.version && !force:
		return mapi.ErrObjectModified
	case d.msg.state != StateIdle:
		return mapi.ErrSubmitted
	}
	return d.saveAgain()
}

// SaveLocked is Save for the spooler that has locked the message.
// [MS-OXOMSG] 3.2.4.8
func (d *Draft) SaveLocked(force bool) mapi.ErrorCode {
	switch {
	case !d.writable:
		return mapi.ErrAccessDenied
	case d.msg.change != d.version && !force:
		return mapi.ErrObjectModified
	}
	return d.saveAgain()
}

func (d *Draft) saveNew() mapi.ErrorCode {
	if d.folder.gone {
		return mapi.ErrObjectDeleted
	}
	c := d.Content()
	if code := d.box.roomToSave(c.Size()); code != 0 {
		return code
	}
	c.Props.Set(mapi.PidTagLastModificationTime.Of(d.box.Now()))
	created, _ := mapi.PidTagCreationTime.From(c.Props)
	d.saved(d.folder.insert(c, d.associated, created))
	d.box.raise(Event{Type: EventCreated, Folder: d.folder.ID, Message: d.msg.ID})
	return 0
}

// roomToSave is room for what a client saves.
func (b *Mailbox) roomToSave(n int64) mapi.ErrorCode {
	if b.opts.SaveOverQuota {
		return 0
	}
	return b.room(n)
}

func (d *Draft) saveAgain() mapi.ErrorCode {
	if d.dirty {
		c := d.Content()
		if code := d.box.roomToSave(c.Size() - d.msg.size); code != 0 {
			return code
		}
		d.msg.commit(c)
	}
	d.saved(d.msg)
	return 0
}

// saveStale saves a message that was moved or deleted meanwhile.
func (d *Draft) saveStale(force bool) mapi.ErrorCode {
	switch {
	case d.box.opts.StaleSave == StaleSaveLies:
		return 0
	case d.box.opts.StaleSave == StaleSaveRevives && force:
		d.msg = nil
		return d.saveNew()
	case d.box.opts.StaleSave == StaleSaveRevives:
		return mapi.ErrObjectModified
	}
	return mapi.ErrObjectDeleted
}

func (d *Draft) saved(m *Message) {
	d.msg, d.unsaved = m, false
	d.reload()
}

// Reload forgets the changes of a saved message's copy. [MS-OXCMSG] 2.2.3.7
func (d *Draft) Reload() {
	if d.msg != nil && !d.dirty {
		d.reload()
	}
}

// SetRecipient puts a row into the recipient table, in the place of the one of
// the same id if there is one. [MS-OXCMSG] 3.2.5.5
func (d *Draft) SetRecipient(r Recipient) mapi.ErrorCode {
	if !d.writable {
		return mapi.ErrAccessDenied
	}
	d.dirty = true
	for i := range r.Props {
		r.Props[i] = normal(r.Props[i])
	}
	if i := d.recipient(r.RowID); i >= 0 {
		d.recipients[i] = r
	} else {
		d.recipients = append(d.recipients, r)
	}
	return 0
}

// RemoveRecipient removes a row of the recipient table.
func (d *Draft) RemoveRecipient(row uint32) mapi.ErrorCode {
	if !d.writable {
		return mapi.ErrAccessDenied
	}
	i := d.recipient(row)
	if i < 0 {
		return mapi.ErrNotFound
	}
	d.dirty = true
	d.recipients = slices.Delete(d.recipients, i, i+1)
	return 0
}

// RemoveAllRecipients empties the recipient table.
func (d *Draft) RemoveAllRecipients() mapi.ErrorCode {
	if !d.writable {
		return mapi.ErrAccessDenied
	}
	d.recipients, d.dirty = nil, true
	return 0
}

// Recipients are the rows of the recipient table, in order of their ids.
func (d *Draft) Recipients() []Recipient {
	out := slices.Clone(d.recipients)
	slices.SortStableFunc(out, func(a, b Recipient) int { return int(a.RowID) - int(b.RowID) })
	return out
}

func (d *Draft) recipient(row uint32) int {
	return slices.IndexFunc(d.recipients, func(r Recipient) bool { return r.RowID == row })
}
