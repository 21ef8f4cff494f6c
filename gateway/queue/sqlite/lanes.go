package sqlite

import (
	"database/sql"
	"errors"

	"github.com/mapigate/mapigate/gateway/queue/life"
)

// A turns remembers whose turn it is among those who send by one courier.
type turns struct {
	lane string // the last one that was served
	odd  bool   // a lease of one group has served the oldest
}

const (
	// mostLanes bounds the lanes that one lease looks at.
	mostLanes = 64
	// laneWindow bounds what it looks at in each of them.
	laneWindow = 8
)

// takeTurns gives half of what is wanted to those who send, by turns, so that who sends little does not wait for who sends much. The
// other half is for the oldest.
func (l *leasing) takeTurns() error {
	t := l.w.turns[l.Courier]
	if t == nil {
		t = &turns{}
		l.w.turns[l.Courier] = t
	}
	wanted := l.Max / 2
	if l.Max%2 == 1 {
		if t.odd = !t.odd; t.odd {
			wanted++
		}
	}
	first, wrapped := "", false
	for range mostLanes {
		if len(l.groups) >= wanted {
			return nil
		}
		lane, next, err := l.nextLane(t.lane)
		if errors.Is(err, sql.ErrNoRows) && !wrapped && t.lane != beforeAll {
			t.lane, wrapped = beforeAll, true
			continue
		}
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil || lane == first {
			return err
		}
		if t.lane = lane; first == "" {
			first = lane
		}
		if next > life.Micros(l.now) {
			continue
		}
		if err := l.takeLane(lane); err != nil {
			return err
		}
	}
	return nil
}

// beforeAll sorts before every lane.
const beforeAll = ""

func (l *leasing) nextLane(after string) (lane string, next int64, err error) {
	err = l.row(`SELECT lane, next FROM recipient INDEXED BY recipient_lane
		WHERE state IN (1, 3) AND courier = ? AND lane > ? ORDER BY lane, next LIMIT 1`, []any{l.Courier, after}, &lane, &next)
	return lane, next, err
}

// takeLane takes the oldest group of a lane that may be served now.
func (l *leasing) takeLane(lane string) error {
	var found []groupKey
	err := l.rows(`SELECT mail, destination FROM recipient INDEXED BY recipient_lane
		WHERE state IN (1, 3) AND courier = ? AND lane = ? AND next <= ? ORDER BY next LIMIT ?`,
		[]any{l.Courier, lane, life.Micros(l.now), laneWindow}, func(rows *sql.Rows) error {
			var k groupKey
			err := rows.Scan(&k.mail, &k.destination)
			found = append(found, k)
			return err
		})
	if err != nil {
		return err
	}
	before := len(l.groups)
	for _, k := range found {
		if err := l.take(k); err != nil || len(l.groups) > before {
			return err
		}
	}
	return nil
}
