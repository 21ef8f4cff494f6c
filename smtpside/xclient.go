package smtpside

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// XCLIENT is how a proxy or filter before us tells who its client is: https://www.postfix.org/XCLIENT_README.html. It is taken
// from the networks of ServerOptions.XClient only.

// xclientAttributes are what we take, as the reply to EHLO lists it.
const xclientAttributes = "XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT"

// xclient starts the session over as that of the client named. The greeting of the new session is the reply.
func (g *guard) xclient() bool {
	switch {
	case !contains(g.srv.opts.XClient, g.peer.Addr):
		g.answer(Status{Code: 550, Detail: "7.0", Text: "XCLIENT is not for you"})
		return false
	case g.in.Buffered() > 0:
		g.breach("smuggling", BadSequence("nothing may follow XCLIENT before its reply"))
		return false
	}
	next := newGuard(g.ctx, g.srv, g.conn)
	next.cut = g.cut
	next.peer.ID, next.peer.TLS = g.peer.ID, g.peer.TLS
	if err := next.impersonate(g.peer, g.arg); err != nil {
		g.answer(BadParameter(err.Error()))
		return false
	}
	next.failures, next.authFailures, next.deferred, next.idle = g.failures, g.authFailures, g.deferred, g.idle+1
	g.srv.opts.Observer.Command(g.verb, Status{Code: 220}, 0)
	g.next, g.closing = next, true
	return false
}

var errXClient = errors.New("malformed XCLIENT attribute")

// impersonate takes the attributes over into a fresh session.
func (g *guard) impersonate(proxy *Peer, attributes string) error {
	from := tcpParts(proxy.Addr)
	to := tcpParts(proxy.Local)
	fields := strings.Fields(attributes)
	if len(fields) == 0 {
		return errXClient
	}
	for _, field := range fields {
		name, value, ok := strings.Cut(field, "=")
		value, err := unxtext(value)
		if !ok || err != nil {
			return errXClient
		}
		if value == "[UNAVAILABLE]" || value == "[TEMPUNAVAIL]" {
			value = ""
		}
		switch strings.ToUpper(name) {
		case "ADDR":
			err = from.setAddr(value)
		case "PORT":
			err = from.setPort(value)
		case "DESTADDR":
			err = to.setAddr(value)
		case "DESTPORT":
			err = to.setPort(value)
		case "LOGIN":
			g.peer.User = value
		case "NAME", "PROTO", "HELO": // the client says EHLO again, and who asks the DNS is us
		default:
			return errXClient
		}
		if err != nil {
			return err
		}
	}
	g.peer.Addr, g.peer.Local = from.addr(), to.addr()
	g.peer.Trusted = g.srv.trusts(g.peer.Addr)
	return nil
}

// endpoint is a TCP address that is being put together.
type endpoint struct {
	ip   netip.Addr
	port uint16
}

func tcpParts(a net.Addr) *endpoint {
	e := &endpoint{}
	if tcp, ok := a.(*net.TCPAddr); ok {
		e.port = tcp.AddrPort().Port()
		e.ip, _ = addrIP(a)
	}
	return e
}

// setAddr takes "192.0.2.1" or "IPV6:2001:db8::1"; "" is an address that the proxy does not know, which nobody trusts.
func (e *endpoint) setAddr(s string) error {
	if s == "" {
		e.ip = netip.IPv4Unspecified()
		return nil
	}
	if len(s) > 5 && strings.EqualFold(s[:5], "IPV6:") {
		s = s[5:]
	}
	ip, err := netip.ParseAddr(s)
	if err != nil || ip.Zone() != "" {
		return errXClient
	}
	e.ip = ip.Unmap()
	return nil
}

func (e *endpoint) setPort(s string) error {
	if s == "" {
		return nil
	}
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return errXClient
	}
	e.port = uint16(n)
	return nil
}

func (e *endpoint) addr() net.Addr { return net.TCPAddrFromAddrPort(netip.AddrPortFrom(e.ip, e.port)) }
