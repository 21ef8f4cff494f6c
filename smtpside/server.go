package smtpside

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"
)

// TLSMode says how a listener speaks TLS.
type TLSMode int

// The modes of a listener.
const (
	TLSNone     TLSMode = iota // never
	TLSStart                   // STARTTLS is offered (RFC 3207)
	TLSImplicit                // TLS from the first octet (RFC 8314)
)

// ServerOptions say how one listener behaves. Hostname and Backend are needed; the rest may be zero.
type ServerOptions struct {
	Hostname string // our name in the greeting
	Backend  Backend

	Mode TLSMode
	// TLS is needed unless Mode is TLSNone; session tickets are turned off on a copy. A client whose certificate it
	// verifies (ClientAuth) may send without AUTH, as whom Peer.Certificate names.
	TLS        *tls.Config
	RequireTLS bool // refuse MAIL before TLS (530)

	Auth          bool // offer AUTH PLAIN and LOGIN
	AuthTokens    bool // offer AUTH OAUTHBEARER and XOAUTH2
	AuthPlaintext bool // allow AUTH without TLS
	// Trusted networks may send without AUTH. Without AUTH, Trusted and Strangers nobody could send: an error.
	Trusted []netip.Prefix
	// Strangers lets clients say MAIL that are neither trusted nor signed in: the backend decides, as it must for
	// each recipient, or this is an open relay.
	Strangers bool

	// Legacy takes what old devices and scripts send: LF as a line end, NUL, long lines, addresses without a domain, MAIL
	// without HELO. What it mends is told by Repaired. It does not make smuggling possible (legacyScanner).
	Legacy bool
	// LMTP is spoken instead of SMTP (RFC 2033): LHLO, and a reply for each recipient.
	LMTP bool
	// TrustUnix lets clients of Unix sockets send without AUTH: who may connect is a matter of the file's permissions.
	TrustUnix bool
	// Proxies are networks whose connections start with a PROXY header, version 1 or 2, that tells the client's address.
	Proxies []netip.Prefix
	// XClient are networks whose clients may say by XCLIENT for whom they speak.
	XClient []netip.Prefix
	// OldTLS are networks whose clients may use TLS 1.0 and 1.1 and the cipher suites of that time.
	OldTLS []netip.Prefix

	DSN bool // offer DSN: the backend carries NOTIFY, ORCPT, RET and ENVID on (RFC 3461)
	// ForwardTLS offers REQUIRETLS over TLS: the backend carries MailParams.RequireTLS on (RFC 8689).
	ForwardTLS bool
	NoUTF8     bool // do not offer SMTPUTF8

	Limits   Limits
	Logger   *slog.Logger // default: discard
	Observer Observer     // default: none
}

// An Observer is told what happens, for metrics. It is called from many sessions at once and must be quick.
type Observer interface {
	SessionOpened(addr net.Addr)
	SessionClosed(addr net.Addr, took time.Duration)
	// SessionRefused tells of a client that got no session, or lost it for breaking the protocol; why is one of a few
	// fixed words: sessions, sessions_per_ip, proxy_header, tls_handshake, errors, auth_failures, idle,
	// smuggling, line_length, message_size, http, timeout, disconnected (within a message).
	SessionRefused(addr net.Addr, why string)
	// Command tells of an answered command. DATA and BDAT are told of when the message or chunk is answered. A verb
	// that is not known is given as "?".
	Command(verb string, reply Status, took time.Duration)
}

// A TLSObserver is an Observer that is also told of the TLS version of each session that is encrypted, such as "TLS 1.3".
type TLSObserver interface {
	TLSStarted(version string)
}

// ErrServerClosed is what Serve returns after Shutdown or Retire.
var ErrServerClosed = errors.New("smtpside: server closed")

// A Server takes mail in. It may serve several listeners that share its options and limits.
type Server struct {
	opts     ServerOptions
	oldTLS   *tls.Config // for the networks of OldTLS
	log      *slog.Logger
	census   *census
	throttle *authThrottle
	inner    *smtp.Server
	draining atomic.Bool
	retired  atomic.Bool
	sessions sessionCount

	mu        sync.Mutex
	listeners map[net.Listener]struct{}
	guards    map[*guard]struct{}
	idle      sync.Cond // signalled when a guard goes
}

// NewServer checks the options.
func NewServer(opts ServerOptions) (*Server, error) {
	if err := opts.check(); err != nil {
		return nil, fmt.Errorf("smtpside: %w", err)
	}
	opts.Limits = opts.Limits.withDefaults()
	if opts.Observer == nil {
		opts.Observer = noObserver{}
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.TLS != nil {
		opts.TLS = opts.TLS.Clone()
		// Clients that resume a session of another server process fail hard, and some (Outlook) fail on any
		// ticket: https://github.com/golang/go/issues/70232.
		opts.TLS.SessionTicketsDisabled = true
		if opts.TLS.MinVersion < tls.VersionTLS12 {
			opts.TLS.MinVersion = tls.VersionTLS12
		}
	}
	s := &Server{
		opts:      opts,
		oldTLS:    oldTLS(opts.TLS),
		log:       opts.Logger,
		census:    newCensus(opts.Limits),
		throttle:  newAuthThrottle(opts.Limits.AuthDelay),
		listeners: make(map[net.Listener]struct{}),
		guards:    make(map[*guard]struct{}),
	}
	s.idle.L = &s.mu
	s.inner = s.newInner()
	return s, nil
}

func (o *ServerOptions) check() error {
	switch {
	case o.Hostname == "":
		return errors.New("a hostname is needed")
	case o.Backend == nil:
		return errors.New("a backend is needed")
	case o.Mode != TLSNone && o.TLS == nil:
		return errors.New("STARTTLS and implicit TLS need a TLS configuration")
	case o.Mode == TLSNone && o.RequireTLS:
		return errors.New("TLS is required but not offered")
	case o.Mode == TLSNone && o.signsIn() && !o.AuthPlaintext:
		return errors.New("AUTH is offered only after TLS, which is not offered")
	case !o.signsIn() && len(o.Trusted) == 0 && !o.Strangers && !o.TrustUnix && !o.clientCertificates():
		return errors.New("nobody could send: offer AUTH or trust a network")
	}
	return nil
}

// signsIn tells whether clients can sign in at all.
func (o *ServerOptions) signsIn() bool { return o.Auth || o.AuthTokens }

// newInner makes the go-smtp server that dispatches verbs and reads their parameters. Everything about TLS, lines, time
// and limits on clients is the guards' business, so that part of go-smtp is left off.
func (s *Server) newInner() *smtp.Server {
	inner := smtp.NewServer(smtp.BackendFunc(s.newSession))
	inner.Domain = s.opts.Hostname
	inner.MaxLineLength = 0
	inner.MaxMessageBytes = s.opts.Limits.MessageBytes
	inner.AllowInsecureAuth = true // session.Auth decides
	inner.EnableSMTPUTF8 = !s.opts.NoUTF8
	inner.EnableBINARYMIME = true
	inner.EnableDSN = s.opts.DSN
	inner.EnableREQUIRETLS = s.opts.ForwardTLS
	inner.LMTP = s.opts.LMTP
	inner.ErrorLog = innerLog{s.log}
	return inner
}

// Serve takes sessions from l until ctx ends or Shutdown is called, and returns when the last session has ended. It may be
// called for several listeners. A ctx that ends cuts all sessions; for an orderly end call Shutdown first.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	if !s.track(l) {
		return errors.Join(ErrServerClosed, l.Close())
	}
	defer s.untrack(l)
	defer context.AfterFunc(ctx, func() { l.Close() })()

	l = behindProxies(l, s.opts.Proxies)
	feed := newFeed(l.Addr())
	var inner, sessions sync.WaitGroup
	inner.Go(func() { s.inner.Serve(feed) })
	err := s.accept(ctx, l, func(conn net.Conn) {
		sessions.Go(func() { s.open(ctx, conn, feed) })
	})
	sessions.Wait()
	feed.Close()
	inner.Wait()
	return err
}

// accept gives each connection to open, until the listener is closed.
func (s *Server) accept(ctx context.Context, l net.Listener, open func(net.Conn)) error {
	const minPause, maxPause = 5 * time.Millisecond, time.Second
	pause := minPause
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			pause = minPause
			open(conn)
			continue
		case ctx.Err() != nil:
			return ctx.Err()
		case s.draining.Load() || s.retired.Load():
			return ErrServerClosed
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("smtpside: accept: %w", err)
		}
		s.log.Error("accepting a connection failed", "error", err, "pause", pause) // out of descriptors, mostly
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
		pause = min(2*pause, maxPause)
	}
}

// open takes one connection through the limits and implicit TLS, hands it to go-smtp and waits for its end.
func (s *Server) open(ctx context.Context, conn net.Conn, feed *feed) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if !proxied(conn) {
		s.opts.Observer.SessionRefused(conn.RemoteAddr(), "proxy_header")
		s.log.Warn("proxy without a PROXY header", "peer", conn.RemoteAddr())
		conn.Close()
		return
	}
	addr := conn.RemoteAddr()
	if why := s.census.enter(addr); why != "" {
		s.refuse(conn, why)
		return
	}
	defer s.census.leave(addr)
	opened := time.Now()
	s.opts.Observer.SessionOpened(addr)
	defer func() { s.opts.Observer.SessionClosed(addr, time.Since(opened)) }()
	defer conn.Close()

	g := newGuard(ctx, s, conn)
	g.cut = cancel
	if s.opts.Mode == TLSImplicit {
		var err error
		if g, err = g.overTLS(); err != nil {
			return
		}
	}
	s.run(g, feed)
}

// run lets go-smtp serve the connection: as one guard, and after STARTTLS as a fresh one that knows nothing of the first.
func (s *Server) run(g *guard, feed *feed) {
	for g != nil {
		if !s.add(g) {
			return
		}
		if feed.push(g) {
			<-g.done
		}
		s.remove(g)
		g = g.next
	}
}

// trusts tells whether a client may send without AUTH. A proxy that names no client (LOCAL, UNKNOWN) is not trusted itself.
func (s *Server) trusts(addr net.Addr) bool {
	if addr.Network() == "unix" {
		return s.opts.TrustUnix
	}
	return contains(s.opts.Trusted, addr) && !contains(s.opts.Proxies, addr)
}

// refuse tells a client that the limits have no room for it. The write cannot block for long: nothing was sent before.
func (s *Server) refuse(conn net.Conn, why string) {
	s.opts.Observer.SessionRefused(conn.RemoteAddr(), why)
	s.log.Info("session refused", "peer", conn.RemoteAddr(), "why", why)
	defer conn.Close()
	if s.opts.Mode == TLSImplicit {
		return // a reply would need a handshake first, which is what we cannot afford
	}
	conn.SetDeadline(time.Now().Add(time.Second))
	conn.Write(appendReply(nil, TooManySessions("")))
}

// Retire stops listening. The sessions go on, mail after mail, until their clients end them or Shutdown does; Serve returns once they
// have gone.
func (s *Server) Retire() {
	s.retired.Store(true)
	s.mu.Lock()
	defer s.mu.Unlock()
	for l := range s.listeners {
		l.Close()
	}
}

// Shutdown stops listening, tells idle clients 421, lets transfers finish, and cuts what is left when ctx ends; then it
// returns ctx's error. In both cases Serve returns once the sessions have gone.
func (s *Server) Shutdown(ctx context.Context) error {
	s.draining.Store(true)
	s.mu.Lock()
	defer s.mu.Unlock()
	for l := range s.listeners {
		l.Close()
	}
	for g := range s.guards {
		g.wake()
	}
	defer context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.idle.Broadcast()
	})()
	for len(s.guards) > 0 && ctx.Err() == nil {
		s.idle.Wait()
	}
	if len(s.guards) == 0 {
		return nil
	}
	for g := range s.guards {
		g.cut()
	}
	return ctx.Err()
}

func (s *Server) track(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining.Load() || s.retired.Load() {
		return false
	}
	s.listeners[l] = struct{}{}
	return true
}

func (s *Server) untrack(l net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, l)
}

// add registers a guard for Shutdown; after it began there is nothing to start any more.
func (s *Server) add(g *guard) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining.Load() {
		return false
	}
	s.guards[g] = struct{}{}
	return true
}

func (s *Server) remove(g *guard) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.guards, g)
	s.idle.Broadcast()
}

type noObserver struct{}

func (noObserver) SessionOpened(net.Addr)                {}
func (noObserver) SessionClosed(net.Addr, time.Duration) {}
func (noObserver) SessionRefused(net.Addr, string)       {}
func (noObserver) Command(string, Status, time.Duration) {}
