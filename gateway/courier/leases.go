package courier

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"github.com/mapigate/mapigate/gateway/queue"
)

func (c *Courier) started(l queue.LeaseID, cancel context.CancelCauseFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.working[l] = cancel
}

func (c *Courier) ended(l queue.LeaseID) {
	c.mu.Lock()
	c.working[l](nil)
	delete(c.working, l)
	c.mu.Unlock()
	select {
	case c.idle <- struct{}{}:
	default:
	}
}

func (c *Courier) atWork() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.working)
}

// keepLeases lengthens the leases of all that is under way, until ctx ends.
func (c *Courier) keepLeases(ctx context.Context) {
	tick := time.NewTicker(c.opts.LeaseTime / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			c.extend(ctx)
		}
	}
}

func (c *Courier) extend(ctx context.Context) {
	c.mu.Lock()
	leases := make([]queue.LeaseID, 0, len(c.working))
	for l := range c.working {
		leases = append(leases, l)
	}
	c.mu.Unlock()
	if len(leases) == 0 {
		return
	}
	lost, err := c.opts.Queue.Extend(ctx, leases, c.opts.LeaseTime)
	if err != nil && !errors.Is(err, queue.ErrLeaseLost) {
		c.log.Error("cannot lengthen leases", "error", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range lost {
		if cancel := c.working[l]; cancel != nil { // nil: it has ended by itself
			cancel(queue.ErrLeaseLost)
		}
	}
}

// stack is the stack of a panic, for the log.
func stack() string { return string(debug.Stack()) }
