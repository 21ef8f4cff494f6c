package postgres

import (
	"context"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// Lease implements [queue.Leaser].
func (q *Queue) Lease(ctx context.Context, r queue.LeaseRequest) (queue.Batch, error) {
	var b queue.Batch
	err := q.do(ctx, func(t *tx) (err error) {
		if err := t.lapse(); err != nil {
			return err
		}
		b, err = t.lease(q, r)
		return err
	})
	if err != nil {
		return queue.Batch{}, fmt.Errorf("lease: %w", err)
	}
	for i := range b.Groups {
		b.Groups[i].Mail.Body.(*body).r = q.reader
	}
	return b, nil
}

// A leasing is one Lease under way.
type leasing struct {
	*tx
	queue.LeaseRequest
	skip   map[string]bool
	inWork map[string]int // groups leased, by destination; only when there is a bound
	seen   map[groupKey]bool
	groups []queue.Group
}

type groupKey struct{ mail, destination string }

func (t *tx) lease(q *Queue, r queue.LeaseRequest) (queue.Batch, error) {
	l := &leasing{tx: t, LeaseRequest: r, skip: map[string]bool{}, inWork: map[string]int{}, seen: map[groupKey]bool{}}
	for _, d := range r.Skip {
		l.skip[d] = true
	}
	if err := l.countInWork(); err != nil {
		return queue.Batch{}, err
	}
	if err := l.takeTurns(q.turnOf(r.Courier)); err != nil {
		return queue.Batch{}, err
	}
	more, err := l.takeOldest()
	if err == nil && more {
		err = l.takeRound()
	}
	if err != nil {
		return queue.Batch{}, err
	}
	next, err := l.nextDue()
	return queue.Batch{Groups: l.groups, Next: next}, err
}

// countInWork finds out what each destination has in work already. Only one may count and take at a time.
func (l *leasing) countInWork() error {
	if l.PerDestination <= 0 {
		return nil
	}
	h := fnv.New64a()
	h.Write([]byte(l.Courier))
	if _, err := l.conn.Exec(l.ctx, "SELECT pg_advisory_xact_lock(hashtextextended(current_schema(), $1))", int64(h.Sum64())); err != nil {
		return err
	}
	rows, err := l.conn.Query(l.ctx, `SELECT destination, count(DISTINCT token) FROM recipient
		WHERE state = 2 AND courier = $1 GROUP BY destination`, text(l.Courier))
	if err != nil {
		return err
	}
	var d text
	var n int
	_, err = pgx.ForEachRow(rows, []any{&d, &n}, func() error { l.inWork[string(d)] = n; return nil })
	return err
}

// full tells whether a destination can take no more, or is not wanted.
func (l *leasing) full(destination string) bool {
	return l.skip[destination] || l.PerDestination > 0 && l.inWork[destination] >= l.PerDestination
}

// window is how many due recipients takeOldest looks at for each group that is wanted.
const window = 4

// takeOldest takes the recipients that have been due for longest. It reports whether more is wanted and may
// be found behind those it looked at.
func (l *leasing) takeOldest() (more bool, err error) {
	limit := l.Max*window + 32
	found, err := l.keys(`SELECT mail, destination FROM recipient
		WHERE state IN (1, 3) AND courier = $1 AND next <= $2 ORDER BY next LIMIT $3`, text(l.Courier), life.Micros(l.now), limit)
	if err != nil {
		return false, err
	}
	if err := l.takeAll(found, l.Max); err != nil {
		return false, err
	}
	return len(found) == limit && len(l.groups) < l.Max, nil
}

func (l *leasing) keys(query string, args ...any) ([]groupKey, error) {
	rows, err := l.conn.Query(l.ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (groupKey, error) {
		var m, d text
		err := row.Scan(&m, &d)
		return groupKey{string(m), string(d)}, err
	})
}

// nextDestinations goes from one destination to the next without reading what lies between.
const nextDestinations = `WITH RECURSIVE d AS (
		(SELECT destination, next FROM recipient WHERE state IN (1, 3) AND courier = $1 ORDER BY destination, next LIMIT 1)
	UNION ALL
		SELECT n.destination, n.next FROM d CROSS JOIN LATERAL (SELECT destination, next FROM recipient
			WHERE state IN (1, 3) AND courier = $1 AND destination > d.destination ORDER BY destination, next LIMIT 1) n
	) SELECT '', destination FROM d WHERE next <= $2 AND destination <> ALL($3) LIMIT $4`

// takeRound goes through the destinations one by one, for those that stand behind a crowd that may not be
// served now.
func (l *leasing) takeRound() error {
	destinations, err := l.keys(nextDestinations, text(l.Courier), life.Micros(l.now), l.closed(), l.Max)
	if err != nil {
		return err
	}
	for _, d := range destinations {
		if err := l.takeFrom(d.destination); err != nil || len(l.groups) >= l.Max {
			return err
		}
	}
	return nil
}

// closed lists the destinations that can take no more, or are not wanted.
func (l *leasing) closed() []text {
	none := []text{}
	for d := range l.skip {
		none = append(none, text(d))
	}
	for d := range l.inWork {
		if l.full(d) {
			none = append(none, text(d))
		}
	}
	return none
}

// takeFrom takes the oldest groups of one destination, but leaves room for others.
func (l *leasing) takeFrom(destination string) error {
	share := max(1, (l.Max-len(l.groups))/4)
	found, err := l.keys(`SELECT mail, destination FROM recipient
		WHERE state IN (1, 3) AND courier = $1 AND destination = $2 AND next <= $3 ORDER BY next LIMIT $4`,
		text(l.Courier), text(destination), life.Micros(l.now), share*window)
	if err != nil {
		return err
	}
	return l.takeAll(found, len(l.groups)+share)
}

// takeAll leases the groups of the keys in their order, until there are so many. It leaves out what others are just
// taking.
func (l *leasing) takeAll(keys []groupKey, most int) error {
	for len(keys) > 0 && len(l.groups) < most {
		var picked []groupKey
		for len(keys) > 0 && len(l.groups)+len(picked) < most {
			k := keys[0]
			keys = keys[1:]
			if l.seen[k] || l.full(k.destination) {
				continue
			}
			l.seen[k] = true
			l.inWork[k.destination]++
			picked = append(picked, k)
		}
		taken, err := l.take(picked)
		if err != nil {
			return err
		}
		for _, k := range picked {
			if !taken[k] {
				l.inWork[k.destination]--
			}
		}
	}
	return nil
}

// take leases what is still due of the keys whose mails nobody else has locked.
func (l *leasing) take(keys []groupKey) (taken map[groupKey]bool, err error) {
	taken = map[groupKey]bool{}
	if len(keys) == 0 {
		return taken, nil
	}
	mails, err := l.lockMails(keys)
	if err != nil || len(mails) == 0 {
		return taken, err
	}
	due, tokens, err := l.readDue(mails, len(keys))
	if err != nil {
		return nil, err
	}
	for i, k := range keys {
		m, locked := mails[k.mail]
		if !locked || len(due[k]) == 0 {
			continue
		}
		if err := l.give(m.Mail, due[k], tokens[i]); err != nil {
			return nil, err
		}
		taken[k] = true
	}
	return taken, nil
}

func (l *leasing) lockMails(keys []groupKey) (map[string]life.Mail, error) {
	ids := make([]string, len(keys))
	for i, k := range keys {
		ids[i] = k.mail
	}
	rows, err := l.conn.Query(l.ctx, "SELECT "+mailColumns+" FROM mail WHERE id = ANY($1) FOR UPDATE SKIP LOCKED", ids)
	if err != nil {
		return nil, err
	}
	mails := map[string]life.Mail{}
	defer rows.Close()
	for rows.Next() {
		m, err := scanMail(rows)
		if err != nil {
			return nil, err
		}
		mails[string(m.Mail.ID)] = m
	}
	return mails, rows.Err()
}

// readDue reads what is due of the mails, now that they are locked, and new tokens. (state + 0 keeps the planner from
// going through all that is due instead of these few mails.)
func (l *leasing) readDue(mails map[string]life.Mail, n int) (map[groupKey][]recipientRow, []int64, error) {
	ids := make([]string, 0, len(mails))
	for id := range mails {
		ids = append(ids, id)
	}
	b := &pgx.Batch{}
	b.Queue("SELECT "+recipientColumns+` FROM recipient WHERE mail = ANY($1) AND state + 0 IN (1, 3) AND courier = $2 AND next <= $3
		ORDER BY mail, n`, ids, text(l.Courier), life.Micros(l.now))
	b.Queue("SELECT nextval('serial') FROM generate_series(1, $1)", n)
	r := l.conn.SendBatch(l.ctx, b)
	defer r.Close()
	rows, err := r.Query()
	if err != nil {
		return nil, nil, err
	}
	all, err := pgx.CollectRows(rows, scanRecipient)
	if err != nil {
		return nil, nil, err
	}
	due := map[groupKey][]recipientRow{}
	for _, r := range all {
		k := groupKey{string(r.mail), r.Destination}
		due[k] = append(due[k], r)
	}
	if rows, err = r.Query(); err != nil {
		return nil, nil, err
	}
	tokens, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	return due, tokens, err
}

// give leases the recipients of one group.
func (l *leasing) give(m mail.Mail, due []recipientRow, token int64) error {
	b := *m.Body.(*body)
	m.Body = &b
	lent, indexes := make([]*life.Recipient, len(due)), make([]int, len(due))
	for i := range due {
		lent[i], indexes[i] = &due[i].Recipient, due[i].Index
	}
	g, err := life.Lend(m, lent, queue.Group{Lease: queue.LeaseID{Mail: m.ID, Token: token}, Until: l.now.Add(l.Duration)}, l.now, l.Worker)
	if err != nil {
		return err
	}
	for _, r := range lent {
		l.moved(r.Courier, r.Was, r.State)
	}
	l.write("UPDATE recipient SET state = 2, since = $1, token = $2, until = $3, worker = $4 WHERE mail = $5 AND n = ANY($6)",
		life.Micros(l.now), token, life.Micros(g.Until), text(l.Worker), string(m.ID), indexes)
	l.groups = append(l.groups, g)
	return nil
}

// nextDue is when something of the courier becomes due that is not in this batch.
func (l *leasing) nextDue() (time.Time, error) {
	ids := make([]string, 0, len(l.groups))
	for i := range l.groups {
		ids = append(ids, string(l.groups[i].Mail.ID))
	}
	var next int64
	err := l.row(`SELECT next FROM recipient WHERE state IN (1, 3) AND courier = $1
		AND NOT (mail = ANY($2) AND next <= $3 AND destination = ANY($4)) ORDER BY next LIMIT 1`,
		[]any{text(l.Courier), ids, life.Micros(l.now), l.destinations()}, &next)
	if err == pgx.ErrNoRows {
		return time.Time{}, nil
	}
	return life.FromMicros(next), err
}

func (l *leasing) destinations() []text {
	all := make([]text, len(l.groups))
	for i := range l.groups {
		all[i] = text(l.groups[i].Destination)
	}
	return all
}
