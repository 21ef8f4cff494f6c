package smtpside

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"
)

// How failed logins slow a client network down.
const (
	maxAuthDelay   = 30 * time.Second
	authMemory     = 10 * time.Minute // a network without failures for so long is forgotten
	maxAuthEntries = 10000            // networks remembered; beyond, the oldest knowledge goes
)

// An authThrottle makes guessing passwords slow: each failure from a client network doubles the delay before the
// next failure is answered, whatever session it comes from. Right passwords are never delayed.
type authThrottle struct {
	base time.Duration

	mu    sync.Mutex
	known map[netip.Prefix]authRecord
}

type authRecord struct {
	failures int
	last     time.Time
}

func newAuthThrottle(base time.Duration) *authThrottle {
	return &authThrottle{base: base, known: make(map[netip.Prefix]authRecord)}
}

// failed notes a failure from addr and waits as long as it deserves, or until ctx ends.
func (t *authThrottle) failed(ctx context.Context, addr net.Addr) {
	delay := t.note(addr, time.Now())
	if delay <= 0 {
		return
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// note counts a failure and returns the delay that it earns.
func (t *authThrottle) note(addr net.Addr, now time.Time) time.Duration {
	key, _ := ClientNetwork(addr) // all clients without an IP address share the zero key
	t.mu.Lock()
	defer t.mu.Unlock()
	rec := t.known[key]
	if now.Sub(rec.last) > authMemory {
		rec.failures = 0
	}
	rec.failures++
	rec.last = now
	if len(t.known) >= maxAuthEntries {
		t.forget(now)
	}
	t.known[key] = rec
	delay := t.base
	for range rec.failures - 1 {
		if delay >= maxAuthDelay {
			break
		}
		delay *= 2
	}
	return min(delay, maxAuthDelay)
}

// forget drops what is old, and everything if nothing is: an attacker with that many networks is not slowed by us.
func (t *authThrottle) forget(now time.Time) {
	for key, rec := range t.known {
		if now.Sub(rec.last) > authMemory {
			delete(t.known, key)
		}
	}
	if len(t.known) >= maxAuthEntries {
		clear(t.known)
	}
}
