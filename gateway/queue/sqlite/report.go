package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// Owed implements [queue.Reporter].
func (r *reader) Owed(ctx context.Context, n int) ([]queue.Debt, error) {
	var ids []mail.ID
	rows, err := r.db.QueryContext(ctx, "SELECT DISTINCT mail FROM recipient INDEXED BY recipient_owes WHERE owes <> 0 ORDER BY mail LIMIT ?", n)
	if err == nil {
		err = each(rows, func(rows *sql.Rows) error {
			var id mail.ID
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("owed: %w", err)
	}
	var debts []queue.Debt
	for _, id := range ids {
		of, err := r.debtsOf(ctx, id)
		if errors.Is(err, queue.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("owed: %w", err)
		}
		debts = append(debts, of...)
	}
	return debts[:min(n, len(debts))], nil
}

// debtsOf sorts what is owed for one mail by kind.
func (r *reader) debtsOf(ctx context.Context, id mail.ID) ([]queue.Debt, error) {
	m, rows, err := r.load(ctx, id)
	if err != nil {
		return nil, err
	}
	var debts []queue.Debt
	for _, kind := range []queue.Kind{queue.Failure, queue.Delay, queue.Success} {
		d := queue.Debt{Kind: kind, Mail: m.mail}
		for _, row := range rows {
			if row.owes&kind != 0 {
				d.Recipients = append(d.Recipients, row.Status)
			}
		}
		if len(d.Recipients) > 0 {
			debts = append(debts, d)
		}
	}
	return debts, nil
}

// Pay implements [queue.Reporter].
func (q *Queue) Pay(ctx context.Context, d queue.Debt, report *queue.Entry) error {
	var p *prepared
	if report != nil {
		var err error
		if p, err = q.prepare(ctx, *report); err != nil {
			return fmt.Errorf("pay: %w", err)
		}
	}
	err := q.writer.do(ctx, func(t *tx) error { return t.pay(d, p, q.opts.Policy) })
	if p != nil {
		p.end(err == nil)
	}
	if err != nil {
		return fmt.Errorf("pay: %w", err)
	}
	return nil
}

func (t *tx) pay(d queue.Debt, report *prepared, p queue.Policy) error {
	id := d.Mail.ID
	owing, err := t.recipientsWhere(id, "owes & ? <> 0", int(d.Kind))
	if err != nil {
		return err
	}
	byIndex := map[int]*recipientRow{}
	for i := range owing {
		byIndex[owing[i].Index] = &owing[i]
	}
	text := "nothing to send"
	if report != nil {
		text = string(report.Mail.ID)
		if _, err := t.put(report); err != nil {
			return err
		}
	}
	for _, s := range d.Recipients {
		r := byIndex[s.Index]
		if r == nil {
			return fmt.Errorf("%w: a %v report on %s recipient %d is not owed", queue.ErrState, d.Kind, id, s.Index)
		}
		if err := t.payOne(id, r, d.Kind, report != nil, text); err != nil {
			return err
		}
	}
	return t.finish(id, p)
}

func (t *tx) payOne(id mail.ID, r *recipientRow, kind queue.Kind, sent bool, text string) error {
	r.owes &^= kind
	if kind == queue.Failure && sent {
		next := r.Next
		if err := t.change(id, r, queue.Bounce, next); err != nil {
			return err
		}
		if err := t.store(id, r); err != nil {
			return err
		}
	} else if err := t.exec("UPDATE recipient SET owes = ? WHERE mail = ? AND n = ?", int(r.owes), string(id), r.Index); err != nil {
		return err
	}
	return t.event(id, queue.Event{Kind: queue.EventReported, Recipient: r.Index, State: r.State, Text: kind.String() + ": " + text})
}
