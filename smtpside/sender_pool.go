package smtpside

import (
	"context"
	"crypto/tls"
	"errors"
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
	clients := pl.dest.clients
	if len(clients) == 0 {
		return nil
	}
	c := clients[len(clients)-1]
	pl.dest.clients = clients[:len(clients)-1]
	c.idle.Stop()
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
	pl.dest.clients = append(pl.dest.clients, c)
	c.idle = time.AfterFunc(p.idleTimeout, func() { pl.expire(c) })
}

// expire ends a connection that nobody used for too long.
func (pl *place) expire(c *client) {
	pl.pool.mu.Lock()
	for i, kept := range pl.dest.clients {
		if kept == c {
			pl.dest.clients = append(pl.dest.clients[:i], pl.dest.clients[i+1:]...)
			pl.forget()
			pl.pool.mu.Unlock()
			c.quit()
			return
		}
	}
	pl.pool.mu.Unlock() // taken at this very moment
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
