package sqlite

import (
	"context"
	"fmt"
	"strings"

	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// List implements [queue.Inspector].
func (r *reader) List(ctx context.Context, f queue.Filter) (queue.Page, error) {
	f.Limit = life.PageSize(f.Limit)
	query, args := listQuery(f, r.few(ctx, f))
	rows, err := r.db.QueryContext(ctx, query, args...)
	if err != nil {
		return queue.Page{}, fmt.Errorf("list: %w", err)
	}
	ids, err := scanIDs(rows)
	if err != nil {
		return queue.Page{}, fmt.Errorf("list: %w", err)
	}
	records, err := r.recordsOf(ctx, ids)
	if err != nil {
		return queue.Page{}, fmt.Errorf("list: %w", err)
	}
	p := queue.Page{Records: records}
	if len(ids) == f.Limit { // some of them may have been purged since
		p.Next = ids[len(ids)-1]
	}
	return p, nil
}

// listQuery goes through the mails from the newest on. Those that are not finished have an index of their own, so that it
// does not matter how many finished ones there are.
//
// few says that not many mails fit what is said about recipients: then one way through those is cheaper than a look at each mail's own.
func listQuery(f queue.Filter, few bool) (string, []any) {
	from := "mail"
	where := []string{"TRUE"}
	var args []any
	add := func(condition string, a ...any) {
		where = append(where, condition)
		args = append(args, a...)
	}
	if f.After != "" {
		add("id < ?", string(f.After))
	}
	if life.Unfinished(f) {
		if !exact(f.Sender) && !exact(f.Recipient) && f.MessageID == "" {
			from = "mail INDEXED BY mail_open"
		}
		add("open > 0")
	}
	if life.OnlyOdd(f.States) {
		add("id IN (SELECT mail FROM recipient INDEXED BY recipient_odd WHERE state IN (5, 6, 7))")
	}
	if condition, a := recipientCondition(f); condition != "" {
		if few {
			add("id IN (SELECT mail FROM recipient WHERE "+condition+")", a...)
		} else {
			add("EXISTS (SELECT 1 FROM recipient WHERE mail = id AND "+condition+")", a...)
		}
	}
	if f.Sender != "" {
		add(addressCondition("sender", f.Sender))
	}
	if f.MessageID != "" {
		add("message_id = ? AND message_id <> ''", f.MessageID)
	}
	if !f.Before.IsZero() {
		add("received < ?", life.Micros(f.Before))
	}
	if !f.Since.IsZero() {
		add("received >= ?", life.Micros(f.Since))
	}
	return "SELECT id FROM " + from + " WHERE " + strings.Join(where, " AND ") + " ORDER BY id DESC LIMIT ?", append(args, f.Limit)
}

// few tells whether not many mails can fit what is said about recipients, so far as an index can tell.
func (r *reader) few(ctx context.Context, f queue.Filter) bool {
	if f.Recipient != "" || f.Destination == "" {
		return f.Recipient != ""
	}
	var n int
	err := r.db.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM recipient INDEXED BY recipient_place WHERE destination = ? LIMIT ?)",
		f.Destination, life.FewAre).Scan(&n)
	return err == nil && n < life.FewAre
}

// exact tells whether an address is wanted, and not a domain: those have an index.
func exact(address string) bool { return address != "" && !strings.HasPrefix(address, "@") }

// recipientCondition is what one and the same recipient must fulfil.
func recipientCondition(f queue.Filter) (string, []any) {
	var where []string
	var args []any
	if len(f.States) > 0 {
		where = append(where, "state IN (?"+strings.Repeat(", ?", len(f.States)-1)+")")
		for _, s := range f.States {
			args = append(args, int(s))
		}
	}
	if f.Courier != "" {
		where, args = append(where, "courier = ?"), append(args, f.Courier)
	}
	if f.Destination != "" {
		where, args = append(where, "destination = ?"), append(args, f.Destination)
	}
	if f.Recipient != "" {
		condition, a := addressCondition("address", f.Recipient)
		where, args = append(where, condition), append(args, a)
	}
	return strings.Join(where, " AND "), args
}

// addressCondition compares a column with an address or "@domain", without regard to case.
func addressCondition(column, wanted string) (string, any) {
	wanted = strings.ToLower(wanted)
	if strings.HasPrefix(wanted, "@") {
		return "substr(lower(" + column + "), instr(lower(" + column + "), '@')) = ?", wanted // all of it stands in an index
	}
	return "lower(" + column + ") = ?", wanted
}
