package smtpside

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

var errSenderClosed = errors.New("sender closed")

// A BusyError says that a destination has as many Sends as it may, and as many that wait: this one was not tried.
type BusyError struct {
	Wait time.Duration // after that it may be tried again
}

// Error implements error.
func (e *BusyError) Error() string {
	return fmt.Sprintf("the destination is busy, to be tried again in %v", e.Wait)
}

// A poolKey tells destinations apart: a connection may carry another mail if everything here is the same, and it still does what the
// mail's domain asks for (Sender.fits).
type poolKey struct {
	to        string // domain, or its MX hosts, or the hosts of a smarthost
	port      int
	tls       TLSPolicy
	config    *tls.Config
	auth      Credentials
	authPlain bool
}

// keyOf is the key of a route. All domains with the same MX hosts are one destination; mxSet "" is for one alone.
func keyOf(r *Route, mxSet string) poolKey {
	key := poolKey{to: strings.ToLower(r.Domain), port: r.Port, tls: r.TLS, config: r.TLSConfig, authPlain: r.AuthPlain}
	switch {
	case len(r.Hosts) > 0:
		key.to = "hosts " + strings.Join(r.Hosts, " ")
	case mxSet != "":
		key.to = "mx" + mxSet
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
	putOff      time.Duration

	mu     sync.Mutex
	closed bool
	places map[poolKey]*destination
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
		putOff:      opts.PutOff,
		places:      make(map[poolKey]*destination),
	}
}

// enter waits until a connection to the destination may be used: the domain, or all domains with its MX hosts.
func (p *pool) enter(ctx context.Context, r *Route, mxSet string) (*place, error) {
	pl := &place{pool: p, key: keyOf(r, mxSet)}
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
	pl.shape = pl.dest.said(r.Shape, time.Now()).or(p.general)
	if p.putOff > 0 && len(pl.dest.waiting) >= pl.dest.allowed() && len(pl.dest.waiting) > 0 {
		p.mu.Unlock()
		pl.gone()
		return nil, &BusyError{Wait: p.putOff}
	}
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
	dest := p.places[keyOf(r, "")]
	return dest != nil && time.Since(dest.unreached) < leftAlone
}

// leaveAlone notes that no host of a destination could be reached.
func (p *pool) leaveAlone(r *Route) {
	pl := &place{pool: p, key: keyOf(r, "")}
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

// makeRoom ends the connection that was kept first if the destination would have too many with a fresh one: there are some that do not do
// what this mail's domain asks for.
func (pl *place) makeRoom() {
	pl.pool.mu.Lock()
	var c *client
	if n := len(pl.dest.clients); n > 0 && n+pl.dest.used > pl.dest.allowed() {
		c = pl.pool.remove(pl.dest.clients[0])
	}
	pl.pool.mu.Unlock()
	if c != nil {
		c.quit()
	}
}

// remove takes an idle connection out. Called with mu held.
func (p *pool) remove(c *client) *client {
	c.idle.Stop()
	c.home.dest.clients = slices.DeleteFunc(c.home.dest.clients, func(kept *client) bool { return kept == c })
	c.home.forget()
	return c
}

// keep stores a connection for the next mail, which takes it first, or ends it.
func (pl *place) keep(c *client) {
	if c.broken || c.mails >= pl.shape.MailsPerConn || pl.pool.idleTimeout < 0 {
		c.quit()
		return
	}
	c.until = time.Now().Add(pl.pool.idleTimeout)
	pl.store(c, func(list []*client) []*client { return append(list, c) })
}

// putBack stores a connection that was not used, for the rest of its time; it is taken last.
func (pl *place) putBack(c *client) {
	pl.store(c, func(list []*client) []*client { return slices.Insert(list, 0, c) })
}

func (pl *place) store(c *client, add func([]*client) []*client) {
	p := pl.pool
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		c.quit()
		return
	}
	defer p.mu.Unlock()
	c.home = pl
	pl.dest.clients = add(pl.dest.clients)
	c.idle = time.AfterFunc(time.Until(c.until), func() { pl.expire(c) })
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
	p.mu.Unlock()
	for _, c := range clients {
		c.idle.Stop()
		c.quit()
	}
}
