package postgres

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// A clock is the database's, so that all gateways that share a queue agree on when a lease ends, whatever their own clocks
// say. Between two looks at it the time goes on with the process's monotonic clock.
type clock struct {
	fixed func() time.Time // of tests

	mu   sync.Mutex
	base time.Time // the database's time …
	at   time.Time // … at this moment
}

// Now tells the time.
func (c *clock) Now() time.Time {
	if c.fixed != nil {
		return c.fixed()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base.Add(time.Since(c.at))
}

// looks is how often sync asks: the quickest answer is the best.
const looks = 3

// mostDrift is how far a time may lie ahead before somebody must have set the clock back.
const mostDrift = time.Second

// sync looks at the database's clock. back says that it has been set back since the last look.
func (c *clock) sync(ctx context.Context, conn interface {
	QueryRow(context.Context, string, ...any) pgx.Row
}) (back bool, err error) {
	var best time.Duration = -1
	var base, at time.Time
	for range looks {
		var theirs time.Time
		asked := time.Now()
		if err := conn.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&theirs); err != nil {
			return false, err
		}
		took := time.Since(asked)
		if best < 0 || took < best {
			best, base, at = took, theirs, asked.Add(took/2)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.base.IsZero() {
		back = c.base.Add(at.Sub(c.at)).Sub(base) > mostDrift
	}
	c.base, c.at = base, at
	return back, nil
}
