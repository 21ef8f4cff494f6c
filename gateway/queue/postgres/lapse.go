package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// lapseStep bounds the mails whose leases one transaction ends.
const lapseStep = 500

// lapse ends the leases whose time is over: their recipients may have got the mail.
func (t *tx) lapse() error {
	rows, err := t.conn.Query(t.ctx, "SELECT DISTINCT mail FROM (SELECT mail FROM recipient WHERE state = 2 AND until <= $1 LIMIT $2) x",
		life.Micros(t.now), lapseStep)
	if err != nil {
		return err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(ids) == 0 {
		return err
	}
	if rows, err = t.conn.Query(t.ctx, "SELECT id FROM mail WHERE id = ANY($1) FOR UPDATE SKIP LOCKED", ids); err != nil {
		return err
	}
	if ids, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
		return err
	}
	for _, id := range ids {
		if err := t.turn(mail.ID(id), func(turn *life.Turn) error { return turn.Lapse(t.now) }); err != nil {
			return err
		}
	}
	return t.flush()
}

// flush sends the gathered writes, so that what follows sees them.
func (t *tx) flush() error {
	if t.writes.Len() == 0 {
		return nil
	}
	b := t.writes
	t.writes = &pgx.Batch{}
	return t.conn.SendBatch(t.ctx, b).Close()
}

// Extend implements [queue.Leaser].
func (q *Queue) Extend(ctx context.Context, leases []queue.LeaseID, d time.Duration) ([]queue.LeaseID, error) {
	var lost []queue.LeaseID
	leases = slices.Clone(leases)
	slices.SortFunc(leases, func(a, b queue.LeaseID) int { return strings.Compare(string(a.Mail), string(b.Mail)) })
	err := q.do(ctx, func(t *tx) (err error) {
		lost, err = t.extend(leases, d)
		return err
	})
	if err == nil && len(lost) > 0 {
		err = queue.ErrLeaseLost
	}
	if err != nil {
		return lost, fmt.Errorf("extend: %w", err)
	}
	return nil, nil
}

// extend locks the mails in the order of their ids, so that two gateways do not wait for each other.
func (t *tx) extend(leases []queue.LeaseID, d time.Duration) (lost []queue.LeaseID, err error) {
	ids, tokens := make([]string, len(leases)), make([]int64, len(leases))
	for i, l := range leases {
		ids[i], tokens[i] = string(l.Mail), l.Token
	}
	if _, err := t.conn.Exec(t.ctx, "SELECT 1 FROM mail WHERE id = ANY($1) ORDER BY id FOR UPDATE", ids); err != nil {
		return nil, err
	}
	rows, err := t.conn.Query(t.ctx, `UPDATE recipient r SET until = $1 FROM unnest($2::text[], $3::bigint[]) AS l (mail, token)
		WHERE r.mail = l.mail AND r.token = l.token AND r.state + 0 = 2 RETURNING r.token`, life.Micros(t.now.Add(d)), ids, tokens)
	if err != nil {
		return nil, err
	}
	kept := map[int64]bool{}
	var token int64
	if _, err := pgx.ForEachRow(rows, []any{&token}, func() error { kept[token] = true; return nil }); err != nil {
		return nil, err
	}
	for _, l := range leases {
		if !kept[l.Token] {
			lost = append(lost, l)
		}
	}
	return lost, nil
}

// GiveBack implements [queue.Leaser].
func (q *Queue) GiveBack(ctx context.Context, l queue.LeaseID, notBefore time.Time) error {
	err := q.do(ctx, func(t *tx) error {
		err := t.turn(l.Mail, func(turn *life.Turn) error { return turn.GiveBack(l.Token, notBefore) })
		if errors.Is(err, pgx.ErrNoRows) {
			return queue.ErrLeaseLost
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("give back: %w", err)
	}
	return nil
}

const hastenStep = 1000

// Hasten implements [queue.Leaser]. It goes in steps, so that others are not kept waiting, and leaves out what is being leased.
func (q *Queue) Hasten(ctx context.Context, courier, destination string) (int, error) {
	total := 0
	for {
		n := 0
		err := q.do(ctx, func(t *tx) error {
			t.topics[queue.CourierTopic(courier)] = true
			query, args := `AND ($3 OR destination = $4)`, []any{text(courier), life.Micros(t.now), destination == "", text(destination), hastenStep}
			tag, err := t.conn.Exec(t.ctx, `UPDATE recipient SET next = $2 WHERE (mail, n) IN (SELECT mail, n FROM recipient
				WHERE state IN (1, 3) AND courier = $1 AND next > $2 `+query+` LIMIT $5 FOR UPDATE SKIP LOCKED)`, args...)
			n = int(tag.RowsAffected())
			return err
		})
		if err != nil {
			return total, fmt.Errorf("hasten: %w", err)
		}
		if total += n; n < hastenStep {
			return total, nil
		}
	}
}
