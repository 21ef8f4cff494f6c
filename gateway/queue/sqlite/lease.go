package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/life"
)

// Lease implements [queue.Leaser].
func (q *Queue) Lease(ctx context.Context, r queue.LeaseRequest) (queue.Batch, error) {
	var b queue.Batch
	err := q.writer.do(ctx, func(t *tx) (err error) {
		if err := t.lapse(life.Micros(t.now), q.opts.Policy); err != nil {
			return err
		}
		b, err = t.lease(r)
		return err
	})
	if err != nil {
		return queue.Batch{}, fmt.Errorf("lease: %w", err)
	}
	for i := range b.Groups {
		q.lend(&b.Groups[i].Mail)
	}
	return b, nil
}

// lend gives a mail that is leased its body.
func (q *Queue) lend(m *mail.Mail) { m.Body = &body{q: q.reader, id: m.ID, at: m.Body.(*body).at} }

// A leasing is one Lease under way.
type leasing struct {
	*tx
	queue.LeaseRequest
	full   map[string]bool // destinations that can take no more, or are not wanted
	inWork map[string]int  // groups leased, by destination; only when there is a bound
	taken  map[groupKey]bool
	groups []queue.Group
}

type groupKey struct {
	mail        string
	destination string
}

func (t *tx) lease(r queue.LeaseRequest) (queue.Batch, error) {
	l := &leasing{tx: t, LeaseRequest: r, full: map[string]bool{}, inWork: map[string]int{}, taken: map[groupKey]bool{}}
	for _, d := range r.Skip {
		l.full[d] = true
	}
	if err := l.countInWork(); err != nil {
		return queue.Batch{}, err
	}
	if err := l.takeTurns(); err != nil {
		return queue.Batch{}, err
	}
	more, err := l.takeOldest()
	if err != nil {
		return queue.Batch{}, err
	}
	if more {
		if err := l.takeRound(); err != nil {
			return queue.Batch{}, err
		}
	}
	next, err := t.nextDue(r.Courier)
	return queue.Batch{Groups: l.groups, Next: next}, err
}

// countInWork finds out what each destination has in work already.
func (l *leasing) countInWork() error {
	if l.PerDestination <= 0 {
		return nil
	}
	err := l.rows(`SELECT destination, count(DISTINCT token) FROM recipient INDEXED BY recipient_leased
		WHERE state = 2 AND courier = ? GROUP BY destination`, []any{l.Courier}, func(rows *sql.Rows) error {
		var d string
		var n int
		if err := rows.Scan(&d, &n); err != nil {
			return err
		}
		l.inWork[d] = n
		return nil
	})
	for d, n := range l.inWork {
		l.full[d] = l.full[d] || n >= l.PerDestination
	}
	return err
}

// window is how many due recipients takeOldest looks at for each group that is wanted.
const window = 4

// takeOldest takes the recipients that have been due for longest. It reports whether more is wanted and may
// be found behind those it looked at.
func (l *leasing) takeOldest() (more bool, err error) {
	limit := l.Max*window + 32
	var found []groupKey
	err = l.rows(`SELECT mail, destination FROM recipient INDEXED BY recipient_due
		WHERE state IN (1, 3) AND courier = ? AND next <= ? ORDER BY next LIMIT ?`,
		[]any{l.Courier, life.Micros(l.now), limit}, func(rows *sql.Rows) error {
			var k groupKey
			err := rows.Scan(&k.mail, &k.destination)
			found = append(found, k)
			return err
		})
	if err != nil {
		return false, err
	}
	for _, k := range found {
		if len(l.groups) >= l.Max {
			return false, nil
		}
		if err := l.take(k); err != nil {
			return false, err
		}
	}
	return len(found) == limit && len(l.groups) < l.Max, nil
}

// takeRound goes through the destinations one by one, for those that stand behind a crowd that may not be
// served now.
func (l *leasing) takeRound() error {
	for dest := ""; len(l.groups) < l.Max; {
		var next int64
		err := l.row(`SELECT destination, next FROM recipient INDEXED BY recipient_destination
			WHERE state IN (1, 3) AND courier = ? AND destination > ? ORDER BY destination, next LIMIT 1`,
			[]any{l.Courier, dest}, &dest, &next)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if next > life.Micros(l.now) || l.full[dest] {
			continue
		}
		if err := l.takeFrom(dest); err != nil {
			return err
		}
	}
	return nil
}

// takeFrom takes the oldest groups of one destination, but leaves room for others.
func (l *leasing) takeFrom(dest string) error {
	share := max(1, (l.Max-len(l.groups))/4)
	var found []groupKey
	err := l.rows(`SELECT mail FROM recipient INDEXED BY recipient_destination
		WHERE state IN (1, 3) AND courier = ? AND destination = ? AND next <= ? ORDER BY next LIMIT ?`,
		[]any{l.Courier, dest, life.Micros(l.now), share}, func(rows *sql.Rows) error {
			k := groupKey{destination: dest}
			err := rows.Scan(&k.mail)
			found = append(found, k)
			return err
		})
	if err != nil {
		return err
	}
	for _, k := range found {
		if err := l.take(k); err != nil {
			return err
		}
	}
	return nil
}

// take leases the due recipients of one mail and destination, unless the destination is full.
func (l *leasing) take(k groupKey) error {
	if l.full[k.destination] || l.taken[k] {
		return nil
	}
	l.taken[k] = true
	id := mail.ID(k.mail)
	m, due, err := l.due(id, k.destination)
	if err != nil {
		return err
	}
	l.w.soonest = min(l.w.soonest, life.Micros(l.now.Add(l.Duration)))
	g := queue.Group{Lease: queue.LeaseID{Mail: id, Token: l.serial()}, Until: l.now.Add(l.Duration)}
	lent := make([]*life.Recipient, len(due))
	for i := range due {
		lent[i] = &due[i]
	}
	if g, err = life.Lend(m, lent, g, l.now, l.Worker); err != nil {
		return err
	}
	for _, r := range lent {
		l.moved(r.Courier, r.Was, r.State)
		err := l.exec("UPDATE recipient SET state = ?, since = ?, token = ?, until = ?, worker = ? WHERE mail = ? AND n = ?",
			int(r.State), life.Micros(l.now), r.Token, life.Micros(r.Until), r.Worker, string(id), r.Index)
		if err != nil {
			return err
		}
	}
	l.w.known.lent(id, due)
	l.groups = append(l.groups, g)
	if l.PerDestination > 0 {
		l.inWork[k.destination]++
		l.full[k.destination] = l.inWork[k.destination] >= l.PerDestination
	}
	return nil
}

// due gives a mail and those of its recipients that may be leased for the destination now.
func (l *leasing) due(id mail.ID, destination string) (mail.Mail, []life.Recipient, error) {
	w, err := l.whole(id)
	if err != nil {
		return mail.Mail{}, nil, err
	}
	if w != nil {
		var due []life.Recipient
		for _, r := range w.all {
			waits := r.State == queue.Waiting || r.State == queue.Unknown
			if waits && r.Courier == l.Courier && r.Destination == destination && !r.Next.After(l.now) {
				due = append(due, r)
			}
		}
		return w.Mail.Mail, due, nil
	}
	due, err := l.recipientsWhere(id, "state IN (1, 3) AND +courier = ? AND +destination = ? AND +next <= ?", all,
		l.Courier, destination, life.Micros(l.now))
	if err != nil {
		return mail.Mail{}, nil, err
	}
	m, err := l.mail(id)
	return m.Mail.Mail, due, err
}

// nextDue is when something of the courier becomes due.
func (t *tx) nextDue(courier string) (time.Time, error) {
	var next int64
	err := t.row(`SELECT next FROM recipient INDEXED BY recipient_due WHERE state IN (1, 3) AND courier = ? ORDER BY next LIMIT 1`,
		[]any{courier}, &next)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	return life.FromMicros(next), err
}

// lapse ends the leases that hold until then or less: their recipients may have got the mail. It looks at all that are leased, which are
// not many, but only when the time has come for the first.
func (t *tx) lapse(until int64, p queue.Policy) error {
	if until < t.w.soonest {
		return nil
	}
	t.w.soonest = math.MaxInt64
	lapsed := map[string]bool{}
	err := t.rows("SELECT mail, until FROM recipient INDEXED BY recipient_leased WHERE state = 2", nil,
		func(rows *sql.Rows) error {
			var id string
			var ends int64
			err := rows.Scan(&id, &ends)
			if ends <= until {
				lapsed[id] = true
			} else {
				t.w.soonest = min(t.w.soonest, ends)
			}
			return err
		})
	if err != nil {
		return err
	}
	for id := range lapsed {
		lapse := func(turn *life.Turn) error { return turn.Lapse(time.UnixMicro(until)) }
		if err := t.turn(mail.ID(id), p, lapse, "state = 2 AND +until <= ?", until); err != nil {
			return err
		}
	}
	return nil
}

// Extend implements [queue.Leaser].
func (q *Queue) Extend(ctx context.Context, leases []queue.LeaseID, d time.Duration) ([]queue.LeaseID, error) {
	var lost []queue.LeaseID
	err := q.writer.do(ctx, func(t *tx) error {
		lost = nil
		for _, l := range leases {
			var n int
			err := t.row("SELECT count(*) FROM recipient WHERE mail = ? AND token = ? AND state = 2", []any{string(l.Mail), l.Token}, &n)
			if err != nil {
				return err
			}
			if n == 0 {
				lost = append(lost, l)
				continue
			}
			t.w.known.forget(l.Mail)
			t.w.soonest = min(t.w.soonest, life.Micros(t.now.Add(d)))
			err = t.exec("UPDATE recipient SET until = ? WHERE mail = ? AND token = ? AND state = 2",
				life.Micros(t.now.Add(d)), string(l.Mail), l.Token)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && len(lost) > 0 {
		err = queue.ErrLeaseLost
	}
	if err != nil {
		return lost, fmt.Errorf("extend: %w", err)
	}
	return nil, nil
}

// GiveBack implements [queue.Leaser].
func (q *Queue) GiveBack(ctx context.Context, l queue.LeaseID, notBefore time.Time) error {
	err := q.writer.do(ctx, func(t *tx) error {
		give := func(turn *life.Turn) error { return turn.GiveBack(l.Token, notBefore) }
		err := t.turn(l.Mail, q.policy(), give, "token = ? AND state = 2", l.Token)
		if errors.Is(err, queue.ErrNotFound) {
			return queue.ErrLeaseLost
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("give back: %w", err)
	}
	return nil
}

// Hasten implements [queue.Leaser]. It goes in steps, so that others are not kept waiting.
func (q *Queue) Hasten(ctx context.Context, courier, destination string) (int, error) {
	total := 0
	for {
		n, err := q.hasten(ctx, courier, destination)
		total += n
		if err != nil || n < hastenStep {
			return total, err
		}
	}
}

const hastenStep = 1000

func (q *Queue) hasten(ctx context.Context, courier, destination string) (int, error) {
	n := 0
	err := q.writer.do(ctx, func(t *tx) error {
		t.topics[queue.CourierTopic(courier)] = true
		query := `UPDATE recipient SET next = ? WHERE (mail, n) IN (SELECT mail, n FROM recipient
			WHERE state IN (1, 3) AND courier = ? AND next > ? `
		args := []any{life.Micros(t.now), courier, life.Micros(t.now)}
		if destination != "" {
			query += "AND destination = ? "
			args = append(args, destination)
		}
		t.w.known.forgetAll()
		var err error
		n, err = t.execN(query+"LIMIT ?)", append(args, hastenStep)...)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("hasten: %w", err)
	}
	return n, nil
}
