package store

import "github.com/mapigate/mapigate/mapiclient/mapi"

// An item is what the properties of a message are read from: a saved message,
// a working copy, or a message inside another.
type item struct {
	box        *Mailbox
	msg        *Message // nil until it is saved, and always for a message inside another
	associated bool
	own        int32 // flags, while msg is nil

	props       mapi.Props
	recipients  []Recipient
	attachments []*Attachment
}

// item reads the saved message.
func (m *Message) item() *item {
	c := m.content
	return &item{box: m.box, msg: m, associated: m.associated,
		props: c.Props, recipients: c.Recipients, attachments: c.Attachments}
}

// value finds a property, computed or kept.
func (i *item) value(id mapi.PropID) (any, bool) {
	if v, known := i.computed(id); known {
		return v, v != nil
	}
	if id == idOf(mapi.PidTagCreationTime) && i.msg != nil {
		return i.msg.created, true
	}
	v, ok := find(i.props, id)
	if !ok && id == idOf(mapi.PidTagSubject) {
		return wholeSubject(i.props)
	}
	return v, ok
}

// find finds a property of a bag by its id.
func find(ps mapi.Props, id mapi.PropID) (any, bool) {
	for i := range ps {
		if ps[i].Tag.ID() == id {
			return ps[i].Value, true
		}
	}
	return nil, false
}
