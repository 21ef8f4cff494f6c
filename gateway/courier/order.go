package courier

import (
	"context"
	"time"

	"github.com/mapigate/mapigate/gateway/queue"
)

// order has the queue hand out work by itself: what comes in while a worker is idle, and the next mail for each one that has reported. The
// function that it returns ends that; nothing is begun any more when it has returned.
func (c *Courier) order(ctx context.Context, q queue.Orderer, begin func(asked time.Time, groups []queue.Group)) (cancel func()) {
	var asked time.Time
	var places int
	want := func() queue.LeaseRequest {
		if ctx.Err() != nil || c.isRetired() {
			return queue.LeaseRequest{}
		}
		asked = time.Now()
		r := c.reserve()
		places = r.Max
		return r
	}
	take := func(b queue.Batch) {
		begin(asked, b.Groups)
		c.free(places)
		if c.lookBy(time.Now().Add(c.pause(b, places))) {
			token(c.sooner)
		}
	}
	return q.Order(c.opts.Name, want, take)
}

// lookAgain is when to lease again.
func (c *Courier) lookAgain() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.look
}

// looked puts the next look off.
func (c *Courier) looked(next time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.look = next
}

// lookBy sees to it that the next look is no later. It reports whether that is news.
func (c *Courier) lookBy(at time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !at.Before(c.look) {
		return false
	}
	c.look = at
	return true
}
