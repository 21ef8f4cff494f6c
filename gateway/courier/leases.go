package courier

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"github.com/mapigate/mapigate/gateway/queue"
)

// A hold is a lease that is being worked on.
type hold struct {
	cancel context.CancelCauseFunc
	// end cancels when the lease has run out: somebody else may have the mail then, and a gateway that is cut off
	// from its queue would not hear of it.
	end *time.Timer
}

// started notes a lease that was asked for at that time.
func (c *Courier) started(l queue.LeaseID, asked time.Time, cancel context.CancelCauseFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy++
	end := time.AfterFunc(c.opts.LeaseTime-time.Since(asked), func() { cancel(queue.ErrLeaseLost) })
	c.working[l] = hold{cancel, end}
}

// delivered frees the place of a worker that has its outcomes: what follows is a report, and its transaction may lease the next group.
func (c *Courier) delivered() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy--
}

func (c *Courier) ended(l queue.LeaseID) {
	c.mu.Lock()
	c.working[l].end.Stop()
	c.working[l].cancel(nil)
	delete(c.working, l)
	c.mu.Unlock()
	if _, unasked := c.opts.Queue.(queue.Orderer); !unasked {
		token(c.idle)
	}
}

// token puts a token into a channel that has none.
func token(ch chan<- struct{}) {
	select {
	case ch <- struct{}{}:
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
	asked := time.Now()
	lost, err := c.opts.Queue.Extend(ctx, leases, c.opts.LeaseTime)
	if err != nil && !errors.Is(err, queue.ErrLeaseLost) {
		c.log.Error("cannot lengthen leases", "error", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range lost {
		if h, working := c.working[l]; working {
			h.cancel(queue.ErrLeaseLost)
		}
	}
	if err != nil && !errors.Is(err, queue.ErrLeaseLost) {
		return
	}
	for _, l := range leases {
		if h, working := c.working[l]; working {
			h.end.Reset(c.opts.LeaseTime - time.Since(asked))
		}
	}
}

// stack is the stack of a panic, for the log.
func stack() string { return string(debug.Stack()) }
