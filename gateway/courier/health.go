package courier

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// A Down is a destination that does not answer.
type Down struct {
	Destination string
	Since       time.Time
	Until       time.Time // when it is tried again
	Failures    int
	Last        mail.Outcome

	trying bool // one has been let through to see
}

// health remembers which destinations do not answer.
type health struct {
	opts Options
	mu   sync.Mutex
	down map[string]*Down
	full map[string]time.Time // destinations that have no room, until when
	told time.Time            // when mail for those that are down was last put off
}

func newHealth(opts Options) *health {
	return &health{opts: opts, down: map[string]*Down{}, full: map[string]time.Time{}}
}

// refuse gives the outcome for a destination that is left alone now. The first that comes after that time is let through,
// and those behind it are refused until it is known how that went.
func (h *health) refuse(destination string) (mail.Outcome, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	d := h.down[destination]
	if d == nil {
		return mail.Outcome{}, false
	}
	now := h.opts.Clock()
	if !now.Before(d.Until) {
		d.trying, d.Until = true, now.Add(h.wait(d.Failures+1))
		return mail.Outcome{}, false
	}
	o := d.Last
	o.Text = fmt.Sprintf("not tried again yet: %s", strings.TrimPrefix(o.Text, "not tried again yet: "))
	o.RetryAfter = max(d.Until.Sub(now), 0)
	return o, true
}

const (
	// trickle is how many groups are put off at once, and trickleEvery how often, while a destination is left alone: their senders must
	// hear of the delay, and their time must run out, but a hundred thousand of them must not keep all others waiting.
	trickle      = 10
	trickleEvery = 500 * time.Millisecond
)

// busy notes that a destination has no room until then.
func (h *health) busy(destination string, until time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.full[destination] = until
}

// skip names the destinations that are left alone now: those that have no room, and those that are down. few says that some of the mail
// of the latter is to be put off this time.
func (h *health) skip() (destinations []string, few bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.opts.Clock()
	maps.DeleteFunc(h.full, func(_ string, until time.Time) bool { return !now.Before(until) })
	destinations = slices.Collect(maps.Keys(h.full))
	full := len(destinations)
	for _, d := range h.down {
		if now.Before(d.Until) {
			destinations = append(destinations, d.Destination)
		}
	}
	if len(destinations) > full && now.Sub(h.told).Abs() >= trickleEvery {
		h.told = now
		return destinations[:full], true
	}
	return destinations, false
}

// wait is how long a destination is left alone after so many failures.
func (h *health) wait(failures int) time.Duration {
	wait := h.opts.DownFirst
	for i := 1; i < failures && wait < h.opts.DownMost; i++ {
		wait *= 2
	}
	return min(wait, h.opts.DownMost)
}

// failed notes that a destination did not answer. It reports whether that is news.
func (h *health) failed(destination string, o mail.Outcome) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.opts.Clock()
	d := h.down[destination]
	news := d == nil
	if news {
		d = &Down{Destination: destination, Since: now}
		h.down[destination] = d
	} else if !d.trying && now.Before(d.Until) {
		return false // it was under way when the first one failed
	}
	d.trying = false
	d.Failures++
	d.Last = o
	d.Last.Absent = false // what was looked up for one mail says nothing about the others
	d.Until = now.Add(h.wait(d.Failures))
	return news
}

// untold notes that a try has told nothing about its destination. If it was the one that was let through to see, the next one is.
func (h *health) untold(destination string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if d := h.down[destination]; d != nil && d.trying {
		d.trying, d.Until = false, h.opts.Clock()
	}
}

// answered notes that a destination works. It reports whether that is news.
func (h *health) answered(destination string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, was := h.down[destination]
	delete(h.down, destination)
	return was
}

func (h *health) isDown(destination string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.down[destination] != nil
}

// quietFor is how long after its time a destination that is down has been asked for by no mail when it is forgotten: longer than mail
// waits between two tries by default, so that what had waited for it is gone.
const quietFor = 6 * time.Hour

// quiet forgets the destinations that no mail has asked for since they might have been tried again, and names them.
func (h *health) quiet() (names []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.opts.Clock()
	for name, d := range h.down {
		if now.Sub(d.Until) >= quietFor {
			names = append(names, name)
			delete(h.down, name)
		}
	}
	return names
}

// forgetQuiet is for couriers that cannot ask by themselves: without it, a domain that answered nobody would be down for ever.
func (c *Courier) forgetQuiet() {
	if c.opts.Probe != nil {
		return
	}
	for _, name := range c.health.quiet() {
		c.log.Info("destination did not answer, and no mail is for it any more", "destination", name)
		c.opts.Observer.Destination(c.opts.Name, name, false)
	}
}

// forget tells the observer that nobody counts these destinations as down any more.
func (c *Courier) forget() {
	for _, d := range c.health.list() {
		c.health.answered(d.Destination)
		c.opts.Observer.Destination(c.opts.Name, d.Destination, false)
	}
}

func (h *health) list() []Down {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []Down
	for _, d := range h.down {
		all = append(all, *d)
	}
	slices.SortFunc(all, func(a, b Down) int { return strings.Compare(a.Destination, b.Destination) })
	return all
}

// judge learns from outcomes whether the destination answers. It reports whether they say that it does not.
func (c *Courier) judge(ctx context.Context, g queue.Group, outcomes []mail.Outcome) (down bool) {
	var dead *mail.Outcome
	for i := range outcomes {
		switch outcomes[i].Reach {
		case mail.Answered:
			if context.Cause(ctx) == nil {
				c.up(ctx, g.Destination)
				return false
			}
		case mail.NoAnswer:
			dead = &outcomes[i]
		}
	}
	if dead == nil || context.Cause(ctx) != nil { // when we were cut off, that says nothing
		c.health.untold(g.Destination)
		return false
	}
	if c.health.failed(g.Destination, *dead) {
		c.log.Warn("destination does not answer", "destination", g.Destination, "text", dead.Text, "remote", dead.Remote)
		c.opts.Observer.Destination(c.opts.Name, g.Destination, true)
	}
	return true
}

// up notes that a destination answers, and lets what waits for it go.
func (c *Courier) up(ctx context.Context, destination string) {
	if !c.health.answered(destination) {
		return
	}
	n := c.hasten(ctx, destination)
	c.log.Info("destination answers again", "destination", destination, "waiting", n)
	c.opts.Observer.Destination(c.opts.Name, destination, false)
}

// catchUp is called for a destination that did not answer, when the queue knows of a mail that was put off for it. Another mail, or a
// probe, may have found meanwhile that it answers again: what waited then was let go, and this one, not waiting yet, was not among them.
func (c *Courier) catchUp(ctx context.Context, destination string) {
	if !c.health.isDown(destination) {
		c.hasten(ctx, destination)
	}
}

// hasten lets what waits for a destination go, and returns how many recipients that are.
func (c *Courier) hasten(ctx context.Context, destination string) int {
	n, err := c.opts.Queue.Hasten(context.WithoutCancel(ctx), c.opts.Name, destination)
	if err != nil {
		c.log.Error("cannot hasten", "destination", destination, "error", err)
	}
	return n
}

// Flush makes all that waits for a destination due now, and forgets that it did not answer. It returns how many recipients wait.
func (c *Courier) Flush(ctx context.Context, destination string) (int, error) {
	if c.health.answered(destination) {
		c.opts.Observer.Destination(c.opts.Name, destination, false)
	}
	return c.opts.Queue.Hasten(ctx, c.opts.Name, destination)
}

// probe asks the destinations that are down, until ctx ends.
func (c *Courier) probe(ctx context.Context) {
	tick := time.NewTicker(c.opts.ProbeEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, d := range c.health.list() {
			if err := c.opts.Probe(ctx, d.Destination); err == nil {
				c.up(ctx, d.Destination)
			} else if ctx.Err() == nil {
				c.log.Debug("destination still does not answer", "destination", d.Destination, "error", err)
			}
		}
	}
}
