package smtpside

import (
	"context"
	"crypto/tls"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"
)

var errSenderClosed = errors.New("sender closed")

// A poolKey tells destinations apart: a connection may carry another mail if everything here is the same.
type poolKey struct {
	to        string // domain, or hosts
	port      int
	tls       TLSPolicy
	config    *tls.Config
	auth      Credentials
	authPlain bool
}

func keyOf(r *Route) poolKey {
	key := poolKey{to: strings.ToLower(r.Domain), port: r.Port, tls: r.TLS, config: r.TLSConfig, authPlain: r.AuthPlain}
	if len(r.Hosts) > 0 {
		key.to = "hosts " + strings.Join(r.Hosts, " ")
	}
	if r.Auth != nil {
		key.auth = *r.Auth
	}
	return key
}

// A pool bounds the connections to each destination and keeps idle ones.
type pool struct {
	general     Shape
	idleTimeout time.Duration

	mu     sync.Mutex
	closed bool
	places map[poolKey]*destination
	shared map[poolKey][]*client // idle ones that mail of other domains may use as well: those with the same MX hosts
}

// A destination is forgotten when nobody is there, no connection is kept, and nothing of what was learned counts any more.
type destination struct {
	flow
	visits  int // Sends inside or waiting
	clients []*client
}

// A place is a Send's right to one connection.
type place struct {
	pool  *pool
	key   poolKey
	dest  *destination
	shape Shape
}

func newPool(opts SenderOptions) *pool {
	return &pool{
		general:     Shape{Connections: opts.MaxPerDestination, MailsPerConn: opts.MaxMailsPerConn},
		idleTimeout: opts.IdleTimeout,
		places:      make(map[poolKey]*destination),
		shared:      make(map[poolKey][]*client),
	}
}

// enter waits until a connection to the destination may be used.
func (p *pool) enter(ctx context.Context, r *Route) (*place, error) {
	pl := &place{pool: p, key: keyOf(r), shape: r.Shape.or(p.general)}
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, errSenderClosed
	}
	if pl.dest = p.places[pl.key]; pl.dest == nil {
		pl.dest = &destination{}
		p.places[pl.key] = pl.dest
	}
	pl.dest.visits++
	turn := pl.dest.ask(pl.shape.Connections)
	p.mu.Unlock()
	select {
	case <-turn:
	case <-ctx.Done():
		p.mu.Lock()
		pl.dest.withdraw(turn)
		p.mu.Unlock()
		pl.gone()
		return nil, ctx.Err()
	}
	if err := pl.pace(ctx); err != nil {
		pl.leave()
		return nil, err
	}
	return pl, nil
}

// pace waits until the destination may have its next mail.
func (pl *place) pace(ctx context.Context) error {
	pl.pool.mu.Lock()
	wait := pl.dest.slot(pl.shape.Rate, time.Now())
	pl.pool.mu.Unlock()
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// learn takes note of how the destination took a mail: whether it asked us to go slower.
func (pl *place) learn(pushedBack bool) {
	pl.pool.mu.Lock()
	defer pl.pool.mu.Unlock()
	if pushedBack {
		pl.dest.slower(time.Now())
	} else {
		pl.dest.faster()
	}
}

// unreached tells whether no host of a destination could be reached a moment ago.
func (p *pool) unreached(r *Route) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	dest := p.places[keyOf(r)]
	return dest != nil && time.Since(dest.unreached) < leftAlone
}

// leaveAlone notes that no host of a destination could be reached.
func (p *pool) leaveAlone(r *Route) {
	pl := &place{pool: p, key: keyOf(r)}
	p.mu.Lock()
	defer p.mu.Unlock()
	if pl.dest = p.places[pl.key]; pl.dest == nil {
		pl.dest = &destination{}
		p.places[pl.key] = pl.dest
	}
	pl.dest.unreached = time.Now()
	pl.forget()
}

// leave gives the place to the next.
func (pl *place) leave() {
	pl.pool.mu.Lock()
	pl.dest.done()
	pl.pool.mu.Unlock()
	pl.gone()
}

func (pl *place) gone() {
	pl.pool.mu.Lock()
	defer pl.pool.mu.Unlock()
	pl.dest.visits--
	pl.forget()
}

// forget drops a destination that is of no use. Called with mu held.
func (pl *place) forget() {
	if pl.dest.visits > 0 || len(pl.dest.clients) > 0 || pl.pool.places[pl.key] != pl.dest {
		return
	}
	if keep := pl.dest.worth(time.Now()); keep > 0 && !pl.pool.closed && len(pl.pool.places) < maxLearned {
		time.AfterFunc(keep, func() {
			pl.pool.mu.Lock()
			defer pl.pool.mu.Unlock()
			pl.forget()
		})
		return
	}
	delete(pl.pool.places, pl.key)
}

// take returns the connection that was kept last, or nil.
func (pl *place) take() *client {
	pl.pool.mu.Lock()
	defer pl.pool.mu.Unlock()
	if n := len(pl.dest.clients); n > 0 {
		return pl.pool.remove(pl.dest.clients[n-1])
	}
	return nil
}

// takeShared returns a connection that another domain with these MX hosts has left, or nil.
func (pl *place) takeShared(mxSet string) *client {
	pl.pool.mu.Lock()
	defer pl.pool.mu.Unlock()
	if list := pl.pool.shared[pl.among(mxSet)]; len(list) > 0 {
		return pl.pool.remove(list[len(list)-1])
	}
	return nil
}

// sharing tells whether there is anything that domains could share.
func (p *pool) sharing() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.shared) > 0
}

// among is the key of the connections that may be shared with others.
func (pl *place) among(mxSet string) poolKey {
	key := pl.key
	key.to = "mx" + mxSet
	return key
}

// remove takes an idle connection out. Called with mu held.
func (p *pool) remove(c *client) *client {
	c.idle.Stop()
	gone := func(kept *client) bool { return kept == c }
	c.home.dest.clients = slices.DeleteFunc(c.home.dest.clients, gone)
	if c.mxSet != "" {
		key := c.home.among(c.mxSet)
		if p.shared[key] = slices.DeleteFunc(p.shared[key], gone); len(p.shared[key]) == 0 {
			delete(p.shared, key)
		}
	}
	c.home.forget()
	return c
}

// keep stores a connection for the next mail, or ends it.
func (pl *place) keep(c *client) {
	p := pl.pool
	p.mu.Lock()
	if c.broken || c.mails >= pl.shape.MailsPerConn || p.closed || p.idleTimeout < 0 {
		p.mu.Unlock()
		c.quit()
		return
	}
	defer p.mu.Unlock()
	c.home = pl
	pl.dest.clients = append(pl.dest.clients, c)
	if c.mxSet != "" {
		key := pl.among(c.mxSet)
		p.shared[key] = append(p.shared[key], c)
	}
	c.idle = time.AfterFunc(p.idleTimeout, func() { pl.expire(c) })
}

// expire ends a connection that nobody used for too long.
func (pl *place) expire(c *client) {
	pl.pool.mu.Lock()
	kept := slices.Contains(pl.dest.clients, c)
	if kept {
		pl.pool.remove(c)
	}
	pl.pool.mu.Unlock() // otherwise it was taken at this very moment
	if kept {
		c.quit()
	}
}

// close ends all kept connections.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	var clients []*client
	for _, dest := range p.places {
		clients = append(clients, dest.clients...)
		dest.clients = nil
	}
	clear(p.shared)
	p.mu.Unlock()
	for _, c := range clients {
		c.idle.Stop()
		c.quit()
	}
}
