package mapiclient

import (
	"context"
	"slices"
	"sync"
	"time"
)

// A Pool keeps opened mailboxes of the clients of one account, for those who
// need one for a moment. Servers allow few sessions per account (Exchange: 32),
// however many mailboxes it opens, so there are at most so many in all: when
// another mailbox is needed, the one that was not used for the longest time is closed.
type Pool struct {
	slots chan struct{}
	each  int
	idle  time.Duration
	// ctx is that of what the pool does by itself; stop ends it.
	ctx     context.Context
	stop    context.CancelFunc
	keeping sync.WaitGroup

	mu     sync.Mutex
	turns  map[*Client]*turn
	free   []pooled // in the order in which they were given back
	busy   int
	closed bool
	timer  *time.Timer
}

// A turn is how many may use one client at a time. It is there as long as somebody uses or waits for the client.
type turn struct {
	places chan struct{}
	users  int
}

// A pooled session is one that nobody uses.
type pooled struct {
	client  *Client
	mailbox *Mailbox
	since   time.Time
	ping    time.Time // when to ask for it; zero is never
}

const (
	// DefaultSessions is how many sessions a pool keeps unless told otherwise:
	// half of what Exchange allows an account.
	DefaultSessions = 16
	// DefaultSessionsEach is the same for one mailbox; servers throttle those
	// that get many requests at the same time.
	DefaultSessionsEach = 3
)

// pingAfter is how long a session may have been idle to be used unasked.
const pingAfter = 5 * time.Second

// PoolOptions bound a pool. The zero value takes the defaults.
type PoolOptions struct {
	// Sessions is how many there may be in all, [DefaultSessions] when 0.
	Sessions int
	// Each is how many of one client, [DefaultSessionsEach] when 0.
	Each int
	// Idle is how long a session may lie unused until it is closed; 0 is twenty minutes. One
	// that its server would forget before is asked for by PING.
	Idle time.Duration
}

// NewPool makes a pool.
func NewPool(o PoolOptions) *Pool {
	if o.Sessions <= 0 {
		o.Sessions = DefaultSessions
	}
	if o.Each <= 0 {
		o.Each = DefaultSessionsEach
	}
	if o.Idle <= 0 {
		o.Idle = 20 * time.Minute
	}
	p := &Pool{slots: make(chan struct{}, o.Sessions), each: o.Each, idle: o.Idle, turns: make(map[*Client]*turn)}
	p.ctx, p.stop = context.WithCancel(context.Background())
	return p
}

// With calls f with a mailbox of a client that nobody else uses meanwhile. When
// all sessions are busy it waits for one. While the server wants the mailbox to be left alone
// it fails with a *[PausedError].
func (p *Pool) With(ctx context.Context, c *Client, f func(*Mailbox) error) error {
	// The client's turn comes first: those who wait for one mailbox must not keep others waiting.
	mine, done := p.turn(c)
	defer done()
	for _, places := range []chan struct{}{mine, p.slots} {
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		defer func() { <-places }()
	}
	if err := c.rest.over(time.Now()); err != nil {
		return err
	}
	m, err := p.take(ctx, c)
	if err != nil {
		return err
	}
	whole := false
	defer func() {
		if whole {
			p.put(ctx, c, m)
			return
		}
		// f panicked: nobody knows what is under way in its session.
		p.mu.Lock()
		p.busy--
		p.mu.Unlock()
		p.drop(context.WithoutCancel(ctx), m)
	}()
	err = f(m)
	whole = true
	return err
}

// turn gives the places of a client; done is called when that user needs none any more.
func (p *Pool) turn(c *Client) (places chan struct{}, done func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.turns[c]
	if t == nil {
		t = &turn{places: make(chan struct{}, p.each)}
		p.turns[c] = t
	}
	t.users++
	return t.places, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if t.users--; t.users == 0 {
			delete(p.turns, c)
		}
	}
}

func (p *Pool) take(ctx context.Context, c *Client) (*Mailbox, error) {
	found, since, drop := p.reserve(c)
	for _, m := range drop {
		p.drop(ctx, m)
	}
	if found != nil && p.alive(ctx, found, since) {
		return found, nil
	}
	m, err := c.OpenMailbox(ctx)
	if err != nil {
		p.mu.Lock()
		p.busy--
		p.mu.Unlock()
	}
	return m, err
}

// reserve counts one more session as busy and gives the newest free one of the client, if there is one, and those
// that must be closed: what has become stale, and the oldest if a new one would be too many.
func (p *Pool) reserve(c *Client) (found *Mailbox, since time.Time, drop []*Mailbox) {
	p.mu.Lock()
	defer p.mu.Unlock()
	drop = p.stale()
	p.busy++
	for i := len(p.free) - 1; i >= 0; i-- {
		if f := p.free[i]; f.client == c {
			p.free = slices.Delete(p.free, i, i+1)
			return f.mailbox, f.since, drop
		}
	}
	for len(p.free) > 0 && p.busy+len(p.free) > cap(p.slots) {
		drop = append(drop, p.free[0].mailbox)
		p.free = slices.Delete(p.free, 0, 1)
	}
	return nil, time.Time{}, drop
}

// stale takes out what has lain idle for too long, or was lost. The pool's mutex is held.
func (p *Pool) stale() (drop []*Mailbox) {
	keep := p.free[:0]
	for _, f := range p.free {
		if time.Since(f.since) >= p.idle || f.mailbox.Lost() != nil {
			drop = append(drop, f.mailbox)
		} else {
			keep = append(keep, f)
		}
	}
	clear(p.free[len(keep):])
	p.free = keep
	return drop
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

func (p *Pool) put(ctx context.Context, c *Client, m *Mailbox) {
	now := time.Now()
	if !p.giveBack(pooled{client: c, mailbox: m, since: now, ping: pingAt(m, now)}) {
		p.drop(ctx, m)
	}
}

// giveBack makes a busy session free, unless it is of no more use.
func (p *Pool) giveBack(f pooled) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy--
	if p.closed || f.mailbox.Lost() != nil {
		return false
	}
	p.free = append(p.free, f)
	p.wake()
	return true
}

// drop closes a session that is not wanted any more. That the server may not
// hear of it is little harm: it forgets idle sessions in the end.
func (p *Pool) drop(ctx context.Context, m *Mailbox) { m.Session().abandon(ctx) }

// Close ends the idle sessions; those in use end when they are given back.
func (p *Pool) Close(ctx context.Context) {
	p.mu.Lock()
	free := p.free
	p.free, p.closed = nil, true
	if p.timer != nil {
		p.timer.Stop()
	}
	p.mu.Unlock()
	p.stop()
	p.keeping.Wait()
	for _, f := range free {
		p.drop(ctx, f.mailbox)
	}
}
