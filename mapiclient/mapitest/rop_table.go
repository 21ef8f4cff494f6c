package mapitest

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/store"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

func (x *execution) getHierarchyTable(obj *object, f *folder, q *rop.GetHierarchyTableRequest) (rop.Response, any, mapi.ErrorCode) {
	t := &table{Table: f.HierarchyTable(q.TableFlags&rop.TableDepth != 0), kind: hierarchyTable, folder: f.Folder}
	x.watch(obj.logon, t, q.TableFlags)
	_, n := t.Position()
	return &rop.GetHierarchyTableResponse{RowCount: uint32(n)}, t, 0
}

func (x *execution) getContentsTable(obj *object, f *folder, q *rop.GetContentsTableRequest) (rop.Response, any, mapi.ErrorCode) {
	if q.TableFlags&rop.TableConversationMembers != 0 {
		return nil, nil, mapi.ErrNotSupported
	}
	t := &table{kind: contentsTable, folder: f.Folder}
	if f.Folder == f.Mailbox().Special(store.SpoolerQueue) {
		t.Table = f.Mailbox().SpoolerTable()
	} else {
		t.Table = f.ContentsTable(q.TableFlags&rop.TableAssociated != 0, q.TableFlags&rop.TableSoftDeletes != 0)
	}
	x.watch(obj.logon, t, q.TableFlags)
	_, n := t.Position()
	return &rop.GetContentsTableResponse{RowCount: uint32(n)}, t, 0
}

// setColumns sets the columns; a column may stand only once. [MS-OXCTABL] 2.2.2.2
func (x *execution) setColumns(_ *object, t *table, q *rop.SetColumnsRequest) (rop.Response, mapi.ErrorCode) {
	if len(q.Tags) == 0 {
		return nil, mapi.ErrInvalidParameter
	}
	for _, tag := range q.Tags {
		if !columnType(tag.Type()) {
			return nil, mapi.ErrInvalidParameter
		}
	}
	t.columns = q.Tags
	return &rop.SetColumnsResponse{TableStatus: rop.TableComplete}, 0
}

// columnType tells whether a column may have the type. [MS-OXCTABL] 2.2.2.2.1
func columnType(t mapi.PropType) bool {
	switch t &^ (mapi.MultiValue | mapi.MultiValueInstance) {
	case mapi.PtypNull, mapi.PtypErrorCode, mapi.PtypObject, mapi.PtypRestriction, mapi.PtypRuleAction:
		return false
	}
	return true
}

// sortTable orders the rows. Categories aren't kept here. [MS-OXCTABL] 2.2.2.3
func (x *execution) sortTable(_ *object, t *table, q *rop.SortTableRequest) (rop.Response, mapi.ErrorCode) {
	switch {
	case t.kind != contentsTable:
		return nil, mapi.ErrNotSupported
	case q.CategoryCount > 0 || q.ExpandedCount > q.CategoryCount:
		return nil, mapi.ErrTooComplex
	}
	for _, o := range q.SortOrders {
		if o.Order != mapi.SortAscending && o.Order != mapi.SortDescending {
			return nil, mapi.ErrInvalidParameter
		}
	}
	t.Sort(q.SortOrders)
	return &rop.SortTableResponse{TableStatus: rop.TableComplete}, 0
}

func (x *execution) restrict(_ *object, t *table, q *rop.RestrictRequest) (rop.Response, mapi.ErrorCode) {
	if t.kind == attachmentTable {
		return nil, mapi.ErrNotSupported
	}
	t.Restrict(q.Restriction)
	return &rop.RestrictResponse{TableStatus: rop.TableComplete}, 0
}

func (x *execution) resetTable(_ *object, t *table, _ *rop.ResetTableRequest) (rop.Response, mapi.ErrorCode) {
	if t.kind != contentsTable {
		return nil, mapi.ErrNotSupported
	}
	t.columns = nil
	t.Restrict(nil)
	t.Sort(nil)
	return &rop.ResetTableResponse{}, 0
}

func (x *execution) getStatus(_ *object, t *table, _ *rop.GetStatusRequest) (rop.Response, mapi.ErrorCode) {
	return &rop.GetStatusResponse{TableStatus: rop.TableComplete}, 0
}

// queryColumnsAll gives the columns that rows are likely to have. [MS-OXCTABL] 2.2.2.12
func (x *execution) queryColumnsAll(_ *object, t *table, _ *rop.QueryColumnsAllRequest) (rop.Response, mapi.ErrorCode) {
	resp := &rop.QueryColumnsAllResponse{}
	seen := make(map[mapi.PropTag]bool)
	_, n := t.Position()
	for _, row := range t.All(n) {
		for _, tag := range row.Tags() {
			if !seen[tag] {
				seen[tag] = true
				resp.Tags = append(resp.Tags, tag)
			}
		}
	}
	return resp, 0
}

// queryRows gives as many of the wanted rows as there is room for.
// [MS-OXCTABL] 3.2.5.5
func (x *execution) queryRows(_ *object, t *table, q *rop.QueryRowsRequest) (rop.Response, mapi.ErrorCode) {
	if t.columns == nil {
		return nil, mapi.ErrNullObject
	}
	const head = 6 + 1 + 2
	room := x.answer.Room() - head
	resp := &rop.QueryRowsResponse{Columns: t.columns}
	rows := t.Next(int(q.RowCount), q.ForwardRead)
	for i := range rows {
		row := rows[i]
		if !q.ForwardRead { // the nearest first
			row = rows[len(rows)-1-i]
		}
		cells := store.Cells(row, t.columns)
		size := rowSize(t.columns, cells)
		if size > room {
			break
		}
		room -= size
		resp.Rows = append(resp.Rows, cells)
	}
	n := len(resp.Rows)
	if n == 0 && len(rows) > 0 {
		return nil, errNoRoom
	}
	if !q.ForwardRead {
		n = -n
	}
	if q.Flags&rop.QueryNoAdvance == 0 {
		t.Seek(store.OriginCurrent, n)
	}
	resp.Origin = rop.Bookmark(t.Where())
	return resp, 0
}

// rowSize is how many bytes a row takes.
func rowSize(columns []mapi.PropTag, cells mapi.Props) int {
	c := wire.NewEncoder(nil)
	mapi.LayoutRow(c, columns, &cells)
	return len(c.Bytes())
}

func (x *execution) queryPosition(_ *object, t *table, _ *rop.QueryPositionRequest) (rop.Response, mapi.ErrorCode) {
	pos, n := t.Position()
	return &rop.QueryPositionResponse{Numerator: uint32(pos), Denominator: uint32(n)}, 0
}

func (x *execution) seekRow(_ *object, t *table, q *rop.SeekRowRequest) (rop.Response, mapi.ErrorCode) {
	if q.Origin > rop.BookmarkEnd {
		return nil, mapi.ErrInvalidParameter
	}
	moved := int32(t.Seek(store.Origin(q.Origin), int(q.RowCount)))
	resp := &rop.SeekRowResponse{HasSoughtLess: q.WantRowMovedCount && moved != q.RowCount}
	if q.WantRowMovedCount {
		resp.RowsSought = moved
	}
	return resp, 0
}

// findRow moves to the first row that matches and gives it. [MS-OXCTABL] 3.2.5.13
func (x *execution) findRow(_ *object, t *table, q *rop.FindRowRequest) (rop.Response, mapi.ErrorCode) {
	const backward = 0x01
	switch {
	case t.columns == nil:
		return nil, mapi.ErrNullObject
	case t.kind == attachmentTable:
		return nil, mapi.ErrNotSupported
	case q.Origin > rop.BookmarkEnd:
		return nil, mapi.ErrInvalidBookmark
	}
	before, _ := t.Position()
	row := t.Find(q.Restriction, store.Origin(q.Origin), q.Flags&backward == 0)
	if row == nil {
		return nil, mapi.ErrNotFound
	}
	resp := &rop.FindRowResponse{HasRow: true, Row: store.Cells(row, t.columns), Columns: t.columns}
	if rowSize(t.columns, resp.Row)+8 > x.answer.Room() {
		t.Seek(store.OriginBeginning, before)
		return nil, errNoRoom
	}
	return resp, 0
}
