package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// List implements [queue.Inspector].
func (r *reader) List(ctx context.Context, f queue.Filter) (queue.Page, error) {
	f.Limit = life.PageSize(f.Limit)
	q := listQuery(f, r.few(ctx, f))
	ids, err := r.ids(ctx, q.text(), q.args...)
	if err != nil {
		return queue.Page{}, fmt.Errorf("list: %w", err)
	}
	records, err := r.recordsOf(ctx, ids)
	if err != nil {
		return queue.Page{}, fmt.Errorf("list: %w", err)
	}
	p := queue.Page{Records: records}
	if len(ids) == f.Limit { // some of them may have been purged since
		p.Next = mail.ID(ids[len(ids)-1])
	}
	return p, nil
}

// A listing is a query under construction.
type listing struct {
	where []string
	args  []any
	limit int
}

// arg adds an argument and gives its name.
func (q *listing) arg(v any) string {
	q.args = append(q.args, v)
	return fmt.Sprintf("$%d", len(q.args))
}

func (q *listing) text() string {
	return "SELECT id FROM mail WHERE " + strings.Join(append([]string{"TRUE"}, q.where...), " AND ") + fmt.Sprintf(" ORDER BY id DESC LIMIT %d", q.limit)
}

// listQuery goes through the mails from the newest on. Those that are not finished have an index of their own, so that it
// does not matter how many finished ones there are.
//
// few says that not many mails fit what is said about recipients: then one way through those is cheaper than a look at each mail's own.
func listQuery(f queue.Filter, few bool) *listing {
	q := &listing{limit: f.Limit}
	if f.After != "" {
		q.where = append(q.where, "id < "+q.arg(text(f.After)))
	}
	if life.Unfinished(f) {
		q.where = append(q.where, "open > 0")
	}
	if life.OnlyOdd(f.States) {
		q.where = append(q.where, "id IN (SELECT mail FROM recipient WHERE state IN (5, 6, 7))")
	}
	if c := q.recipient(f); len(c) > 0 && few {
		q.where = append(q.where, "id IN (SELECT mail FROM recipient WHERE "+strings.Join(c, " AND ")+")")
	} else if len(c) > 0 {
		q.where = append(q.where, "EXISTS (SELECT 1 FROM recipient WHERE mail = id AND "+strings.Join(c, " AND ")+")")
	}
	if f.Sender != "" {
		q.where = append(q.where, q.address("sender", f.Sender))
	}
	if f.MessageID != "" {
		q.where = append(q.where, "message_id <> '' AND message_id = "+q.arg(text(f.MessageID)))
	}
	if !f.Before.IsZero() {
		q.where = append(q.where, "received < "+q.arg(life.Micros(f.Before)))
	}
	if !f.Since.IsZero() {
		q.where = append(q.where, "received >= "+q.arg(life.Micros(f.Since)))
	}
	return q
}

// few tells whether not many mails can fit what is said about recipients, so far as an index can tell.
func (r *reader) few(ctx context.Context, f queue.Filter) bool {
	if f.Recipient != "" && !strings.HasPrefix(f.Recipient, "@") {
		return true
	}
	if f.Destination == "" {
		return false
	}
	var n int
	err := r.pool.QueryRow(ctx, "SELECT count(*) FROM (SELECT 1 FROM recipient WHERE destination = $1 LIMIT $2) AS some",
		text(f.Destination), life.FewAre).Scan(&n)
	return err == nil && n < life.FewAre
}

// recipient is what one and the same recipient must fulfil.
func (q *listing) recipient(f queue.Filter) (where []string) {
	if len(f.States) > 0 {
		states := make([]int16, len(f.States))
		for i, s := range f.States {
			states[i] = int16(s)
		}
		where = append(where, "state = ANY("+q.arg(states)+")")
	}
	if f.Courier != "" {
		where = append(where, "courier = "+q.arg(text(f.Courier)))
	}
	if f.Destination != "" {
		where = append(where, "destination = "+q.arg(text(f.Destination)))
	}
	if f.Recipient != "" {
		where = append(where, q.address("address", f.Recipient))
	}
	return where
}

// address compares a column with an address or "@domain", without regard to case.
func (q *listing) address(column, wanted string) string {
	arg := q.arg(text(strings.ToLower(wanted)))
	if strings.HasPrefix(wanted, "@") {
		return "lower(substr(" + column + ", strpos(" + column + ", '@'))) = " + arg
	}
	return "lower(" + column + ") = " + arg
}
