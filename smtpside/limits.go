package smtpside

import (
	"math"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Limits bound what a client may cost. A zero field takes the default; a negative one means no limit.
type Limits struct {
	MessageBytes     int64         // SIZE, octets; default 50 MiB
	Recipients       int           // per mail; default 1000 (RFC 5321 4.5.3.1.8 asks for 100 at least)
	CommandLine      int           // octets with CRLF; default 2048 (RFC 5321 4.5.3.1.4 and its extensions)
	TextLine         int           // octets with CRLF in a message; default none
	Errors           int           // 5yz replies before the session is cut; default 20
	AuthFailures     int           // 535 replies before the session is cut; default 3
	Idle             int           // commands that move no mail forward before the session is cut; default 100
	Mails            int           // per session; default none
	Sessions         int           // at once, of this server; default 1000
	SessionsPerIP    int           // at once from one address (of IPv6: one /64); default 100
	CommandTimeout   time.Duration // waiting for a command; default 5 min (RFC 5321 4.5.3.2.7)
	DataTimeout      time.Duration // waiting for a block of message; default 3 min (RFC 5321 4.5.3.2.5)
	MessageTimeout   time.Duration // for a whole message; default 1 h
	HandshakeTimeout time.Duration // for a TLS handshake; default 30 s
	WriteTimeout     time.Duration // for a reply to be taken; default 5 min (RFC 5321 4.5.3.2)
	AuthDelay        time.Duration // before a failed AUTH is answered, doubling up to 30 s; default 1 s, negative none
}

// authLine is the longest line of an AUTH exchange, whatever CommandLine says (RFC 4954 4).
const authLine = 12288

// What stands for no limit: nothing reaches it, and sums with it do not overflow.
const (
	noLimit   = math.MaxInt32
	noLimit64 = math.MaxInt64 / 4
)

// withDefaults fills in what is zero and turns negative ones into no limit.
func (l Limits) withDefaults() Limits {
	l.MessageBytes = limit64(l.MessageBytes, 50<<20)
	l.Recipients = limitInt(l.Recipients, 1000)
	l.CommandLine = limitInt(l.CommandLine, 2048)
	l.TextLine = limitInt(l.TextLine, -1)
	l.Errors = limitInt(l.Errors, 20)
	l.AuthFailures = limitInt(l.AuthFailures, 3)
	l.Idle = limitInt(l.Idle, 100)
	l.Mails = limitInt(l.Mails, -1)
	l.Sessions = limitInt(l.Sessions, 1000)
	l.SessionsPerIP = limitInt(l.SessionsPerIP, 100)
	l.CommandTimeout = limit64(l.CommandTimeout, 5*time.Minute)
	l.DataTimeout = limit64(l.DataTimeout, 3*time.Minute)
	l.MessageTimeout = limit64(l.MessageTimeout, time.Hour)
	l.HandshakeTimeout = limit64(l.HandshakeTimeout, 30*time.Second)
	l.WriteTimeout = limit64(l.WriteTimeout, 5*time.Minute)
	if l.AuthDelay = max(l.AuthDelay, -1); l.AuthDelay == 0 {
		l.AuthDelay = time.Second
	}
	return l
}

// limitInt returns v, or def where v is zero; of both a negative one stands for no limit.
func limitInt(v, def int) int {
	if v == 0 {
		v = def
	}
	if v < 0 {
		return noLimit
	}
	return v
}

// limit64 is limitInt for octets and durations.
func limit64[T int64 | time.Duration](v, def T) T {
	if v == 0 {
		v = def
	}
	if v < 0 {
		return noLimit64
	}
	return v
}

// A census counts the open sessions, in total and by address.
type census struct {
	maxTotal, maxEach int

	mu    sync.Mutex
	total int
	each  map[netip.Prefix]int
}

func newCensus(l Limits) *census {
	return &census{maxTotal: l.Sessions, maxEach: l.SessionsPerIP, each: make(map[netip.Prefix]int)}
}

// enter counts a session in, or says in one word which limit it would break.
func (c *census) enter(addr net.Addr) (refused string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key, known := ClientNetwork(addr)
	switch {
	case c.total >= c.maxTotal:
		return "sessions"
	case known && c.each[key] >= c.maxEach:
		return "sessions_per_ip"
	}
	c.total++
	if known {
		c.each[key]++
	}
	return ""
}

// leave counts a session out.
func (c *census) leave(addr net.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.total--
	key, known := ClientNetwork(addr)
	if !known {
		return
	}
	if c.each[key]--; c.each[key] <= 0 {
		delete(c.each, key)
	}
}

// addrIP returns the IP address of a TCP address, without zone and without IPv4-in-IPv6.
func addrIP(addr net.Addr) (netip.Addr, bool) {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return netip.Addr{}, false
	}
	ip, ok := netip.AddrFromSlice(tcp.IP)
	return ip.Unmap(), ok
}

// ClientNetwork is what counts as one client: an IPv4 address, or the /64 of an IPv6 address.
func ClientNetwork(addr net.Addr) (netip.Prefix, bool) {
	ip, ok := addrIP(addr)
	if !ok {
		return netip.Prefix{}, false
	}
	bits := 32
	if ip.Is6() {
		bits = 64
	}
	prefix, err := ip.Prefix(bits)
	return prefix, err == nil
}

// contains reports whether one of the networks has the address.
func contains(networks []netip.Prefix, addr net.Addr) bool {
	ip, ok := addrIP(addr)
	if !ok {
		return false
	}
	for _, n := range networks {
		if n.Contains(ip) {
			return true
		}
	}
	return false
}
