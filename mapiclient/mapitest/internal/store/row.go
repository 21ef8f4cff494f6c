package store

import "github.com/mapigate/mapigate/mapiclient/mapi"

// A Row is a row of a table. It shows what the object is at the time of asking.
type Row interface {
	// Tags are the columns that the row can show.
	Tags() []mapi.PropTag
	// key identifies the row in its table.
	key() uint64
	// value gives a property, computed or kept.
	value(id mapi.PropID) (any, bool)
	// rows gives the rows of a subtable, for restrictions on it.
	rows(id mapi.PropID) []Row
}

// truncateAt is how many characters or bytes of a value a table shows.
// [MS-OXCDATA] 2.8.2
const truncateAt = 255

// Cells gives the columns of a row, long values cut short. A column that the
// row has nothing for gives an error of ecNotFound.
func Cells(row Row, columns []mapi.PropTag) mapi.Props {
	cells := make(mapi.Props, 0, len(columns))
	for _, tag := range columns {
		cells = append(cells, cell(row, tag))
	}
	return cells
}

func cell(row Row, tag mapi.PropTag) mapi.Prop {
	v, ok := row.value(tag.ID())
	t := tag.Type()
	if t&mapi.MultiValueInstance != 0 {
		t &^= mapi.MultiValue | mapi.MultiValueInstance
		if list := elements(v); ok && len(list) > 0 {
			v = list[0]
		} else {
			ok = false
		}
	}
	if ok {
		v, ok = as(v, t)
	}
	if !ok {
		return mapi.Prop{Tag: tag.WithType(mapi.PtypErrorCode), Value: mapi.ErrNotFound}
	}
	if t == mapi.PtypUnspecified {
		t = typeOf(v)
	}
	return mapi.Prop{Tag: tag.WithType(t), Value: truncate(v)}
}

func truncate(v any) any {
	switch v := v.(type) {
	case string:
		n := 0
		for i := range v {
			if n++; n > truncateAt {
				return v[:i]
			}
		}
	case mapi.String8:
		return v[:min(len(v), truncateAt)]
	case []byte:
		return v[:min(len(v), truncateAt)]
	case *Blob:
		b := make([]byte, truncateAt)
		n, _ := v.ReadAt(b, 0)
		return b[:n]
	}
	return v
}

func (m *Message) key() uint64 { return uint64(m.ID) }

func (m *Message) value(id mapi.PropID) (any, bool) { return m.item().value(id) }

// Tags implements [Row].
func (m *Message) Tags() []mapi.PropTag {
	d := Draft{item: *m.item()}
	return append(tagsOf(m.content.Props), d.Computed()...)
}

func (m *Message) rows(id mapi.PropID) []Row { return m.item().rows(id) }

func (i *item) rows(id mapi.PropID) []Row {
	var rows []Row
	switch id {
	case idOf(mapi.PidTagMessageRecipients):
		for _, r := range i.recipients {
			rows = append(rows, recipientRow{r})
		}
	case idOf(mapi.PidTagMessageAttachments):
		for _, a := range i.attachments {
			rows = append(rows, attachmentRow{i.box, a})
		}
	}
	return rows
}

// A recipientRow is a row of the recipient table, for restrictions on it.
type recipientRow struct{ Recipient }

func (r recipientRow) key() uint64 { return uint64(r.RowID) }

func (r recipientRow) value(id mapi.PropID) (any, bool) {
	switch id {
	case idOf(mapi.PidTagRecipientType):
		return int32(r.Type), true
	case idOf(mapi.PidTagRowid):
		return int32(r.RowID), true
	}
	return find(r.Props, id)
}

// Tags implements [Row].
func (r recipientRow) Tags() []mapi.PropTag { return tagsOf(r.Props) }

func (recipientRow) rows(mapi.PropID) []Row { return nil }

func (r attachmentRow) key() uint64 { return uint64(r.Number) }

// Tags implements [Row].
func (r attachmentRow) Tags() []mapi.PropTag {
	return append(tagsOf(r.Props), mapi.PidTagAttachNumber.Tag(), mapi.PidTagAttachSize.Tag(), mapi.PidTagInstanceKey.Tag())
}

func (attachmentRow) rows(mapi.PropID) []Row { return nil }

// A folderRow is a folder in a hierarchy table.
type folderRow struct {
	*Folder
	depth int32 // below the folder whose table it is
}

func (r folderRow) value(id mapi.PropID) (any, bool) {
	if id == idOf(mapi.PidTagDepth) {
		return r.depth, true
	}
	return r.Folder.value(id)
}

func (f *Folder) key() uint64 { return uint64(f.ID) }

// Tags implements [Row].
func (f *Folder) Tags() []mapi.PropTag { return append(tagsOf(f.props), f.Computed()...) }

func (f *Folder) rows(mapi.PropID) []Row { return nil }
