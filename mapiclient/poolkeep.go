package mapiclient

import (
	"context"
	"slices"
	"time"
)

// A server forgets a session that lies idle, after as long as it says with every
// answer (X-ExpirationInfo). A pool asks for it once more before that, and closes what has
// lain idle for too long by itself. [MS-OXCMAPIHTTP] 3.1.5.6
const (
	// pingBefore is how long before the end, at most; of short lives it is the last quarter.
	pingBefore = time.Minute
	// pingLeast is how often to ask at most.
	pingLeast = 500 * time.Millisecond
	// pingTime is how long the server may take to answer.
	pingTime = 10 * time.Second
	// keepAgain is when to come back to a session whose mailbox was in use.
	keepAgain = time.Second
)

// next is when something is to be done about an idle session.
func (p *Pool) next(f pooled) time.Time {
	end := f.since.Add(p.idle)
	if !f.ping.IsZero() && f.ping.Before(end) {
		return f.ping
	}
	return end
}

// pingAt is when a session that was used just now is to be asked for.
func pingAt(m *Mailbox, now time.Time) time.Time {
	expires := m.Session().Expires()
	life := expires.Sub(now)
	if expires.IsZero() || life <= 0 {
		return time.Time{}
	}
	at := expires.Add(-min(pingBefore, life/4))
	if soonest := now.Add(pingLeast); at.Before(soonest) {
		return soonest // or one that says it forgets at once would be asked all the time
	}
	return at
}

// wake sets the timer for the first thing to be done. The pool's mutex is held.
func (p *Pool) wake() {
	if p.closed || len(p.free) == 0 {
		return
	}
	first := p.next(p.free[0])
	for _, f := range p.free[1:] {
		if at := p.next(f); at.Before(first) {
			first = at
		}
	}
	wait := max(time.Until(first), time.Millisecond)
	if p.timer == nil {
		p.timer = time.AfterFunc(wait, p.keep)
		return
	}
	p.timer.Reset(wait)
}

// keep does what has become due.
func (p *Pool) keep() {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	p.keeping.Add(1)
	defer p.keeping.Done()
	drop := p.stale()
	var due []pooled
	for _, f := range p.free {
		if !time.Now().Before(p.next(f)) {
			due = append(due, f)
		}
	}
	p.mu.Unlock()
	for _, m := range drop {
		p.drop(p.ctx, m)
	}
	for _, f := range due {
		p.keepAlive(f)
	}
	p.mu.Lock()
	p.wake()
	p.mu.Unlock()
}

// keepAlive asks for one idle session, which nobody may use meanwhile.
func (p *Pool) keepAlive(f pooled) {
	leave, ok := p.enterNow(f.client)
	if !ok {
		p.postpone(f)
		return
	}
	defer leave()
	if !p.takeOut(f) {
		return // somebody uses it
	}
	ctx, cancel := context.WithTimeout(p.ctx, pingTime)
	defer cancel()
	if f.mailbox.Session().Ping(ctx) != nil {
		p.mu.Lock()
		p.busy--
		p.mu.Unlock()
		p.drop(p.ctx, f.mailbox)
		return
	}
	f.ping = pingAt(f.mailbox, time.Now())
	if !p.giveBack(f) {
		p.drop(p.ctx, f.mailbox)
	}
}

// enterNow takes the places of a user of the client, if they are to be had at once.
func (p *Pool) enterNow(c *Client) (leave func(), ok bool) {
	mine, done := p.turn(c)
	select {
	case mine <- struct{}{}:
	default:
		done()
		return nil, false
	}
	select {
	case p.slots <- struct{}{}:
		return func() { <-p.slots; <-mine; done() }, true
	default:
		<-mine
		done()
		return nil, false
	}
}

// postpone comes back to a session later.
func (p *Pool) postpone(f pooled) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := p.place(f); i >= 0 {
		p.free[i].ping = time.Now().Add(keepAgain)
	}
}

// takeOut makes a free session busy; false when it is not free any more.
func (p *Pool) takeOut(f pooled) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := p.place(f)
	if i < 0 || p.closed {
		return false
	}
	p.free = slices.Delete(p.free, i, i+1)
	p.busy++
	return true
}

func (p *Pool) place(f pooled) int {
	return slices.IndexFunc(p.free, func(other pooled) bool { return other.mailbox == f.mailbox })
}
