package mapihttp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/mapigate/mapigate/mapiclient/auth"
)

// Lanes are the connections to one host with one sign-in. Each request has a
// lane for itself; idle ones are kept for the next. It is safe for concurrent
// use, and an http.RoundTripper for requests to that host.
type Lanes struct {
	config LaneConfig
	auth   auth.Authenticator
	origin *url.URL

	mu     sync.Mutex
	idle   []*Lane // the most recently used last
	timer  *time.Timer
	closed bool
	opened int
}

// NewLanes prepares connections to the host of origin; none is made yet.
// Without an authenticator they carry no credentials.
func NewLanes(origin *url.URL, a auth.Authenticator, c LaneConfig) *Lanes {
	c.setDefaults()
	if c.TLS == nil {
		c.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if c.TLS.ClientSessionCache == nil {
		c.TLS = c.TLS.Clone()
		c.TLS.ClientSessionCache = tls.NewLRUClientSessionCache(0)
	}
	return &Lanes{config: c, auth: a, origin: origin}
}

// Opened is how many connections have been made so far.
func (p *Lanes) Opened() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.opened
}

// Close closes the idle lanes; busy ones are closed when they are done.
func (p *Lanes) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, l := range p.idle {
		l.Close()
	}
	p.idle = nil
	if p.timer != nil {
		p.timer.Stop()
	}
}

// take gives an idle lane or opens one. u is where a sign-in is tried.
func (p *Lanes) take(ctx context.Context, u *url.URL) (*Lane, error) {
	for l := p.pop(); l != nil; l = p.pop() {
		if l.usable(time.Now()) {
			return l, nil
		}
		l.Close()
	}
	return p.open(ctx, u)
}

func (p *Lanes) open(ctx context.Context, u *url.URL) (*Lane, error) {
	l, err := openLane(ctx, &p.config, p.auth, u)
	if err != nil {
		return nil, notSent(err)
	}
	p.mu.Lock()
	p.opened++
	p.mu.Unlock()
	return l, nil
}

func (p *Lanes) pop() *Lane {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return nil
	}
	l := p.idle[n-1]
	p.idle[n-1] = nil
	p.idle = p.idle[:n-1]
	return l
}

// put takes a lane back.
func (p *Lanes) put(l *Lane) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.broken || p.closed || len(p.idle) >= p.config.MaxIdle {
		l.Close()
		return
	}
	p.idle = append(p.idle, l)
	if p.timer == nil {
		p.timer = time.AfterFunc(p.config.IdleTimeout, p.prune)
	} else if len(p.idle) == 1 {
		p.timer.Reset(p.config.IdleTimeout)
	}
}

// prune closes lanes that have been idle too long.
func (p *Lanes) prune() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, kept := time.Now(), p.idle[:0]
	for _, l := range p.idle {
		if now.Sub(l.lastUsed) < p.config.IdleTimeout {
			kept = append(kept, l)
		} else {
			l.Close()
		}
	}
	clear(p.idle[len(kept):])
	if p.idle = kept; len(kept) > 0 && !p.closed {
		p.timer.Reset(p.config.IdleTimeout - now.Sub(kept[0].lastUsed))
	}
}

// Send carries a request and gives the answer, whatever its status. Where the
// request did not reach the server whole it is sent again on a new lane, once;
// an answer 401 makes the sign-in be tried again, once, since a request that
// was refused so was not executed. Closing the body frees the lane.
func (p *Lanes) Send(ctx context.Context, r *Request) (*http.Response, error) {
	l, err := p.take(ctx, r.URL)
	if err != nil {
		return nil, err
	}
	resp, err := p.on(ctx, l, r)
	if errors.Is(err, errNotSent) && ctx.Err() == nil {
		if l, err = p.open(ctx, r.URL); err != nil {
			return nil, err
		}
		resp, err = p.on(ctx, l, r)
	}
	if err != nil || resp.StatusCode != http.StatusUnauthorized || p.auth == nil {
		return resp, err
	}
	return p.again(ctx, l, r, resp)
}

func (p *Lanes) on(ctx context.Context, l *Lane, r *Request) (*http.Response, error) {
	resp, err := l.Do(ctx, r)
	return p.lend(l, resp), err
}

// lend makes closing the body bring the lane back.
func (p *Lanes) lend(l *Lane, resp *http.Response) *http.Response {
	if resp != nil {
		if b, ok := resp.Body.(*laneBody); ok {
			b.after = func() { p.put(l) }
		}
	}
	return resp
}

// again answers a 401 to a request that the lane's sign-in should have covered.
func (p *Lanes) again(ctx context.Context, l *Lane, r *Request, refused *http.Response) (*http.Response, error) {
	if l.bound {
		// The connection was signed in and no longer is: a new one.
		l.Close()
		_ = refused.Body.Close()
		next, err := p.open(ctx, r.URL)
		if err != nil {
			return nil, err
		}
		return p.on(ctx, next, r)
	}
	challenges := append([]string{}, refused.Header.Values("WWW-Authenticate")...)
	authorization, err := l.signIn.Next(ctx, challenges)
	drain(refused.Body)
	if err != nil {
		return nil, notSent(err)
	}
	next, err := p.take(ctx, r.URL)
	if err != nil {
		return nil, err
	}
	resp, err := next.do(ctx, r, authorization)
	return p.lend(next, resp), err
}

// RoundTrip implements http.RoundTripper for requests whose body fits in memory.
func (p *Lanes) RoundTrip(req *http.Request) (*http.Response, error) {
	if !sameOrigin(req.URL, p.origin) {
		return nil, fmt.Errorf("request to %s on a lane to %s", req.URL.Host, p.origin.Host)
	}
	r := &Request{Method: req.Method, URL: req.URL, Header: req.Header}
	if req.Body != nil {
		body, err := io.ReadAll(io.LimitReader(req.Body, maxRoundTripBody+1))
		_ = req.Body.Close()
		if err != nil {
			return nil, err
		}
		if len(body) > maxRoundTripBody {
			return nil, fmt.Errorf("request body of more than %d bytes", maxRoundTripBody)
		}
		r.Body = body
	}
	resp, err := p.Send(req.Context(), r)
	if resp != nil {
		resp.Request = req
	}
	return resp, err
}

const maxRoundTripBody = 1 << 20

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && hostPort(a) == hostPort(b)
}
