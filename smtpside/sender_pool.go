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
	perDestination, perConn int
	idleTimeout             time.Duration

	mu     sync.Mutex
	closed bool
	places map[poolKey]*destination
}

// A destination is forgotten when nobody is there and no connection is kept.
type destination struct {
	slots   chan struct{}
	visits  int // Sends inside or waiting
	clients []*client
}

// A place is a Send's right to one connection.
type place struct {
	pool *pool
	key  poolKey
	dest *destination
}

func newPool(opts SenderOptions) *pool {
	return &pool{
		perDestination: opts.MaxPerDestination,
		perConn:        opts.MaxMailsPerConn,
		idleTimeout:    opts.IdleTimeout,
		places:         make(map[poolKey]*destination),
	}
}

// enter waits until a connection to the destination may be used.
func (p *pool) enter(ctx context.Context, key poolKey) (*place, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, errSenderClosed
	}
	dest := p.places[key]
	if dest == nil {
		dest = &destination{slots: make(chan struct{}, p.perDestination)}
		p.places[key] = dest
	}
	dest.visits++
	p.mu.Unlock()

	pl := &place{pool: p, key: key, dest: dest}
	select {
	case dest.slots <- struct{}{}:
		return pl, nil
	case <-ctx.Done():
		pl.gone()
		return nil, ctx.Err()
	}
}

// leave gives the place to the next.
func (pl *place) leave() {
	<-pl.dest.slots
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
	if pl.dest.visits == 0 && len(pl.dest.clients) == 0 && pl.pool.places[pl.key] == pl.dest {
		delete(pl.pool.places, pl.key)
	}
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
	if c.broken || c.mails >= p.perConn || p.closed || p.idleTimeout < 0 {
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
