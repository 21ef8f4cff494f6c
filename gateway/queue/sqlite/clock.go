package sqlite

import (
	"sync"
	"time"
)

// A clock goes on evenly whatever happens to the machine's: a lease must not end because somebody has set the time. Sweep brings it
// back to the machine's, and moves the ends of leases and locks with it.
type clock struct {
	fixed func() time.Time // of tests
	wall  func() time.Time

	mu   sync.Mutex
	base time.Time // the time …
	at   time.Time // … at this moment of the process's monotonic clock
}

// mostDrift is how far the clock may be from the machine's.
const mostDrift = time.Second

func newClock(fixed, wall func() time.Time) *clock {
	if wall == nil {
		wall = time.Now
	}
	return &clock{fixed: fixed, wall: wall, base: wall(), at: time.Now()}
}

// Now tells the time.
func (c *clock) Now() time.Time {
	if c.fixed != nil {
		return c.fixed()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base.Add(time.Since(c.at)).Round(0) // Round: without the monotonic reading
}

// drift is how far the machine's clock is ahead; 0 when that is little.
func (c *clock) drift() time.Duration {
	if c.fixed != nil {
		return 0
	}
	by := c.wall().Round(0).Sub(c.Now())
	if by.Abs() <= mostDrift {
		return 0
	}
	return by
}

// move sets the clock forward.
func (c *clock) move(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.base = c.base.Add(by)
}
