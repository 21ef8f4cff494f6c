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

// A reel is a table that is being read.
type reel struct {
	tableQuery
	table *object
	rows  []mapi.Props
	// got is how many rows the last request brought, and end says that the
	// server told that there are no more.
	got int
	end bool
}

// start queues what sets a table up and reads its first rows.
func start(p *pipeline, table *object, q tableQuery) *reel {
	add(p, table, &rop.SetColumnsRequest{Tags: q.columns}, nil)
	if q.where != nil {
		add(p, table, &rop.RestrictRequest{Restriction: q.where}, nil)
	}
	if len(q.sort) > 0 {
		add(p, table, &rop.SortTableRequest{SortOrders: q.sort}, nil)
	}
	r := &reel{tableQuery: q, table: table}
	r.next(p)
	return r
}

// next queues the reading of further rows.
func (r *reel) next(p *pipeline) {
	n := rowsPerRequest
	if r.limit > 0 {
		n = min(n, r.limit-len(r.rows))
	}
	add(p, r.table, &rop.QueryRowsRequest{ForwardRead: true, RowCount: uint16(n), Columns: r.columns},
		func(a *rop.QueryRowsResponse) error {
			r.rows = append(r.rows, a.Rows...)
			r.got, r.end = len(a.Rows), a.Origin == rop.BookmarkEnd
			return nil
		})
}

// done tells whether there is nothing more to read. A server that says where
// the table ends spares the question.
func (r *reel) done() bool { return r.got == 0 || r.end || r.limit > 0 && len(r.rows) >= r.limit }

// rest reads the rows that did not come with the first request.
func (r *reel) rest(p *pipeline) error {
	for !r.done() {
		r.next(p)
		if err := p.flush(); err != nil {
			return err
		}
	}
	return nil
}

// rows reads the rows of a table, the first of them with the request that sets it up.
func (m *Mailbox) rows(p *pipeline, table *object, q tableQuery) ([]mapi.Props, error) {
	r := start(p, table, q)
	err := p.flush()
	if err == nil {
		err = r.rest(p)
	}
	if err == nil {
		err = m.name(p.ctx, r.rows...)
	}
	return r.rows, err
}
