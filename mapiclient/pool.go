package mapiclient

import (
	"context"
	"sync"
	"time"
)

// A Pool keeps opened mailboxes of one client for those who need one for a
// moment. Servers allow few sessions per user, so it opens at most Max.
type Pool struct {
	client *Client
	slots  chan struct{}
	idle   time.Duration

	mu     sync.Mutex
	free   []pooled
	closed bool
}

type pooled struct {
	mailbox *Mailbox
	since   time.Time
}

// DefaultSessions is how many sessions of one account a pool opens unless told
// otherwise; servers throttle accounts that open many.
const DefaultSessions = 3

// pingAfter is how long a session may have been idle to be used unasked.
const pingAfter = 5 * time.Second

// NewPool makes a pool of at most max sessions, [DefaultSessions] when 0. A
// session that has not been used for the given time is opened anew; 0 is four minutes,
// below the five that servers keep a session that is not logged on.
func NewPool(c *Client, max int, idle time.Duration) *Pool {
	if max <= 0 {
		max = DefaultSessions
	}
	if idle <= 0 {
		idle = 4 * time.Minute
	}
	return &Pool{client: c, slots: make(chan struct{}, max), idle: idle}
}

// With calls f with a mailbox that nobody else uses meanwhile. When all
// sessions are busy it waits for one.
func (p *Pool) With(ctx context.Context, f func(*Mailbox) error) error {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-p.slots }()
	m, err := p.take(ctx)
	if err != nil {
		return err
	}
	err = f(m)
	p.put(ctx, m)
	return err
}

func (p *Pool) take(ctx context.Context) (*Mailbox, error) {
	p.mu.Lock()
	var stale []*Mailbox
	var found *Mailbox
	var since time.Time
	for len(p.free) > 0 && found == nil {
		last := p.free[len(p.free)-1]
		p.free = p.free[:len(p.free)-1]
		if time.Since(last.since) > p.idle || last.mailbox.Lost() != nil {
			stale = append(stale, last.mailbox)
		} else {
			found, since = last.mailbox, last.since
		}
	}
	p.mu.Unlock()
	for _, m := range stale {
		p.drop(ctx, m)
	}
	if found != nil && p.alive(ctx, found, since) {
		return found, nil
	}
	return p.client.OpenMailbox(ctx)
}

// alive tells whether a session still stands. One that has lain idle for a
// while is asked with a PING: finding out with a request that changes something
// would leave its outcome unknown.
func (p *Pool) alive(ctx context.Context, m *Mailbox, since time.Time) bool {
	if time.Since(since) < pingAfter {
		return true
	}
	if m.Session().Ping(ctx) == nil {
		return true
	}
	p.drop(ctx, m)
	return false
}

func (p *Pool) put(ctx context.Context, m *Mailbox) {
	p.mu.Lock()
	keep := !p.closed && m.Lost() == nil
	if keep {
		p.free = append(p.free, pooled{m, time.Now()})
	}
	p.mu.Unlock()
	if !keep {
		p.drop(ctx, m)
	}
}

// drop closes a session that is not wanted any more. That the server may not
// hear of it is no harm: it forgets idle sessions.
func (p *Pool) drop(ctx context.Context, m *Mailbox) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = m.Close(ctx)
}

// Close ends the idle sessions; those in use end when they are given back.
func (p *Pool) Close(ctx context.Context) {
	p.mu.Lock()
	free := p.free
	p.free, p.closed = nil, true
	p.mu.Unlock()
	for _, f := range free {
		p.drop(ctx, f.mailbox)
	}
}
