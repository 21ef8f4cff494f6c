package store

import (
	"slices"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// A Table is a view of rows: of the messages or subfolders of a folder, or the
// attachments of a draft. It follows the changes of what it shows, and its
// cursor stays at the row that it stands before. [MS-OXCTABL] 3.2
type Table struct {
	source  func() (rows []Row, version uint64)
	version uint64
	built   bool

	restriction mapi.Restriction
	sort        []mapi.SortOrder
	rows        []Row
	pos         int // of the row that comes next
}

// ContentsTable shows the messages of a folder: the normal, the associated or
// the softly deleted ones. [MS-OXCFOLD] 2.2.1.14
func (f *Folder) ContentsTable(associated, deleted bool) *Table {
	return &Table{source: func() ([]Row, uint64) {
		list := *f.list(associated)
		if deleted {
			list = f.deleted
		}
		return rowsOf(list), f.version
	}}
}

// HierarchyTable shows the folders below a folder, with depth also those below
// them. [MS-OXCFOLD] 2.2.1.13
func (f *Folder) HierarchyTable(depth bool) *Table {
	return &Table{source: func() ([]Row, uint64) {
		return f.below(nil, depth, 1), f.box.change
	}}
}

// below lists the folders below f, those of the first level at the given depth.
func (f *Folder) below(list []Row, deep bool, depth int32) []Row {
	for _, c := range f.children {
		list = append(list, folderRow{c, depth})
		if deep {
			list = c.below(list, deep, depth+1)
		}
	}
	return list
}

// AttachmentTable shows the saved attachments of a draft. [MS-OXCMSG] 2.2.3.17
func (d *Draft) AttachmentTable() *Table {
	var version uint64
	return &Table{source: func() ([]Row, uint64) {
		version++ // drafts don't count their changes
		return d.item.rows(idOf(mapi.PidTagMessageAttachments)), version
	}}
}

func rowsOf[R Row](list []R) []Row {
	rows := make([]Row, len(list))
	for i := range list {
		rows[i] = list[i]
	}
	return rows
}

// Restrict shows only the rows that fulfil r, and goes to the beginning.
// [MS-OXCTABL] 2.2.2.4
func (t *Table) Restrict(r mapi.Restriction) {
	t.restriction, t.built, t.pos, t.rows = r, false, 0, nil
}

// Sort orders the rows, and goes to the beginning. [MS-OXCTABL] 2.2.2.3
func (t *Table) Sort(orders []mapi.SortOrder) {
	t.sort, t.built, t.pos, t.rows = orders, false, 0, nil
}

// refresh brings the rows up to date and keeps the cursor before the row that
// was to come next, or the first one after it that is still there.
func (t *Table) refresh() {
	rows, version := t.source()
	if t.built && version == t.version {
		return
	}
	old := t.rows
	t.rows = rows[:0:0]
	for _, r := range rows {
		if matches(r, t.restriction) {
			t.rows = append(t.rows, r)
		}
	}
	t.order()
	t.version, t.built = version, true
	t.restore(old)
}

func (t *Table) restore(old []Row) {
	if t.pos == 0 {
		return
	}
	place := make(map[uint64]int, len(t.rows))
	for i, r := range t.rows {
		place[r.key()] = i
	}
	for _, r := range old[min(t.pos, len(old)):] {
		if i, ok := place[r.key()]; ok {
			t.pos = i
			return
		}
	}
	// The cursor stood at the end, or all that followed is gone: it stays
	// behind the last row before it, so that new rows at the end are seen.
	for i := min(t.pos, len(old)) - 1; i >= 0; i-- {
		if n, ok := place[old[i].key()]; ok {
			t.pos = n + 1
			return
		}
	}
	t.pos = 0
}

// order sorts the rows; those without a value come first. Equal rows keep the
// order of their making. [MS-OXCTABL] 3.2.5.3
func (t *Table) order() {
	if len(t.sort) == 0 {
		return
	}
	keys := make(map[uint64][]any, len(t.rows))
	for _, r := range t.rows {
		values := make([]any, len(t.sort))
		for i, o := range t.sort {
			if v, ok := r.value(o.Tag.ID()); ok {
				values[i] = elements(v)[0]
			}
		}
		keys[r.key()] = values
	}
	slices.SortStableFunc(t.rows, func(a, b Row) int {
		x, y := keys[a.key()], keys[b.key()]
		for i, o := range t.sort {
			c := compareCells(x[i], y[i])
			if o.Order == mapi.SortDescending {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
}

func compareCells(a, b any) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	order, _ := compare(a, b)
	return order
}
