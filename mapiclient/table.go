package mapiclient

import (
	"context"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// rowsPerRequest is how many rows are asked for at a time; the server gives
// fewer when they do not fit.
const rowsPerRequest = 200

// A Query says which messages of a folder to list, and what of them.
type Query struct {
	// Columns are the properties wanted. Servers cut long values in tables, so
	// bodies do not belong here.
	Columns []mapi.PropTag
	// Where narrows the list; nil takes all.
	Where mapi.Restriction
	// Sort orders it.
	Sort []mapi.SortOrder
	// Limit is the most rows to give; 0 is all.
	Limit int
	// Associated lists the folder's associated messages instead of the normal ones.
	Associated bool
}

// A Row is one message of a folder.
type Row struct {
	ID    mapi.MessageID
	Props mapi.Props
}

// Messages lists messages of a folder. [MS-OXCTABL] 3.2.5
func (m *Mailbox) Messages(ctx context.Context, folder mapi.FolderID, q Query) ([]Row, error) {
	p := m.session.pipeline(ctx)
	f := p.openFolder(folder)
	flags := rop.TableNoNotifications | rop.TableUnicode
	if q.Associated {
		flags |= rop.TableAssociated
	}
	table := create(p, f, &rop.GetContentsTableRequest{TableFlags: flags}, nil)
	columns := append([]mapi.PropTag{mapi.PidTagMid.Tag()}, q.Columns...)
	rows, err := m.rows(p, table, tableQuery{columns: columns, where: q.Where, sort: q.Sort, limit: q.Limit})
	m.session.discard(table)
	m.session.discard(f)
	list := make([]Row, 0, len(rows))
	for _, r := range rows {
		list = append(list, Row{ID: mapi.MessageID(mapi.PidTagMid.Get(r)), Props: r})
	}
	return list, err
}

// A tableQuery is what to set on a table before reading it.
type tableQuery struct {
	columns []mapi.PropTag
	where   mapi.Restriction
	sort    []mapi.SortOrder
	limit   int
}

// rows reads the rows of a table, the first of them with the request that sets it up.
func (m *Mailbox) rows(p *pipeline, table *object, q tableQuery) ([]mapi.Props, error) {
	add(p, table, &rop.SetColumnsRequest{Tags: q.columns}, nil)
	if q.where != nil {
		add(p, table, &rop.RestrictRequest{Restriction: q.where}, nil)
	}
	if len(q.sort) > 0 {
		add(p, table, &rop.SortTableRequest{SortOrders: q.sort}, nil)
	}
	var rows []mapi.Props
	for {
		n := rowsPerRequest
		if q.limit > 0 {
			n = min(n, q.limit-len(rows))
		}
		var got []mapi.Props
		add(p, table, &rop.QueryRowsRequest{ForwardRead: true, RowCount: uint16(n), Columns: q.columns},
			func(r *rop.QueryRowsResponse) error { got = r.Rows; return nil })
		if err := p.flush(); err != nil {
			return rows, err
		}
		rows = append(rows, got...)
		if len(got) == 0 || q.limit > 0 && len(rows) >= q.limit {
			break
		}
	}
	for _, r := range rows {
		if err := m.name(p.ctx, r); err != nil {
			return rows, err
		}
	}
	return rows, nil
}
