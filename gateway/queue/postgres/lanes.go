package postgres

import (
	"sync"

	"github.com/mapigate/mapigate/gateway/queue/life"
)

// A turns remembers whose turn it is among those who send by one courier.
type turns struct {
	mu   sync.Mutex
	lane string // the last one that was served
	odd  bool   // a lease of one group has served the oldest
}

func (q *Queue) turnOf(courier string) *turns {
	t, _ := q.turns.LoadOrStore(courier, &turns{})
	return t.(*turns)
}

// laneWindow bounds what a lease looks at in each lane: behind that may stand a hundred thousand mails for a destination that is left alone.
const laneWindow = 8

// nextLanes goes from one of those who send to the next without reading what lies between, and gives for each that has something due
// the oldest that may be served now, if it stands near the front.
const nextLanes = `WITH RECURSIVE l AS (
		(SELECT lane, next FROM recipient WHERE state IN (1, 3) AND courier = $1 AND lane > $2 ORDER BY lane, next LIMIT 1)
	UNION ALL
		SELECT n.lane, n.next FROM l CROSS JOIN LATERAL (SELECT lane, next FROM recipient
			WHERE state IN (1, 3) AND courier = $1 AND lane > l.lane ORDER BY lane, next LIMIT 1) n
	), due AS (SELECT lane FROM l WHERE next <= $3 LIMIT $4)
	SELECT due.lane, coalesce(first.mail, ''), coalesce(first.destination, '') FROM due LEFT JOIN LATERAL (
		SELECT mail, destination FROM (SELECT mail, destination, next FROM recipient
			WHERE state IN (1, 3) AND courier = $1 AND lane = due.lane AND next <= $3 ORDER BY next LIMIT $6) front
		WHERE destination <> ALL($5) ORDER BY next LIMIT 1) first ON true`

// takeTurns gives half of what is wanted to those who send, by turns, so that who sends little does not wait for who sends much. The
// other half is for the oldest.
func (l *leasing) takeTurns(t *turns) error {
	t.mu.Lock()
	after, wanted := t.lane, l.Max/2
	if l.Max%2 == 1 {
		if t.odd = !t.odd; t.odd {
			wanted++
		}
	}
	t.mu.Unlock()
	last := after
	for _, from := range []string{after, ""} {
		if len(l.groups) >= wanted {
			break
		}
		keys, lane, err := l.lanes(from, wanted-len(l.groups))
		if err != nil {
			return err
		}
		if err := l.takeAll(keys, wanted); err != nil {
			return err
		}
		if last = lane; after == "" {
			break
		}
	}
	t.mu.Lock()
	t.lane = last
	t.mu.Unlock()
	return nil
}

// lanes gives the oldest of the next so many lanes, and the last of those; "" when there are none.
func (l *leasing) lanes(after string, n int) (keys []groupKey, last string, err error) {
	rows, err := l.conn.Query(l.ctx, nextLanes, text(l.Courier), text(after), life.Micros(l.now), n, l.closed(), laneWindow)
	if err != nil {
		return nil, "", err
	}
	defer rows.Close()
	for rows.Next() {
		var lane, m, d text
		if err := rows.Scan(&lane, &m, &d); err != nil {
			return nil, "", err
		}
		if last = string(lane); m != "" {
			keys = append(keys, groupKey{string(m), string(d)})
		}
	}
	return keys, last, rows.Err()
}
