package smtpside

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"time"
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

	Mode       TLSMode
	TLS        *tls.Config // needed unless Mode is TLSNone; session tickets are turned off on a copy
	RequireTLS bool        // refuse MAIL before TLS (530)

	Auth          bool // offer AUTH PLAIN and LOGIN
	AuthPlaintext bool // allow AUTH without TLS
	// Trusted networks may send without AUTH. Where Auth is false and Trusted is empty nobody may send.
	Trusted []netip.Prefix

	Limits   Limits
	Logger   *slog.Logger // default: discard
	Observer Observer     // default: none
}

// Limits bound what a client may cost. A zero field takes the default; a negative one means no limit.
type Limits struct {
	MessageBytes    int64         // SIZE; default 50 MiB
	Recipients      int           // per mail; default 1000 (RFC 5321 4.5.3.1.8 asks for 100 at least)
	CommandLine     int           // octets with CRLF; default 2048 (RFC 5321 4.5.3.1.4 and its extensions)
	TextLine        int           // octets with CRLF in a message; default none
	Errors          int           // 4yz and 5yz replies before the session is cut; default 20
	Sessions        int           // at once, of this server; default 1000
	SessionsPerIP   int           // at once from one address (IPv6: one /64); default 100
	Mails           int           // per session; default none
	CommandTimeout  time.Duration // waiting for a command; default 5 min (RFC 5321 4.5.3.2.7)
	DataTimeout     time.Duration // waiting for a block of message; default 3 min (RFC 5321 4.5.3.2.5)
	MessageTimeout  time.Duration // for a whole message; default 1 h
	HandshakeTimout time.Duration // for a TLS handshake; default 30 s
	WriteTimeout    time.Duration // for a reply to be taken; default 5 min (RFC 5321 4.5.3.2)
	AuthDelay       time.Duration // before a failed AUTH is answered, doubling; default 1 s
}

// An Observer is told what happens, for metrics. It is called from many sessions at once and must be quick.
type Observer interface {
	SessionOpened(addr net.Addr)
	SessionClosed(addr net.Addr, took time.Duration)
	SessionRefused(addr net.Addr, why string)              // why: a short fixed word
	Command(verb string, reply Status, took time.Duration) // DATA and BDAT: once for the message
}

// ErrServerClosed is what Serve returns after Shutdown.
var ErrServerClosed = errors.New("smtpside: server closed")

// A Server takes mail in.
type Server struct{ opts ServerOptions }

// NewServer checks the options.
func NewServer(opts ServerOptions) (*Server, error) {
	if opts.Hostname == "" || opts.Backend == nil {
		return nil, errors.New("smtpside: Hostname and Backend are needed")
	}
	return &Server{opts: opts}, nil
}

// Serve takes sessions from l until ctx ends or Shutdown is called. It may be called for several listeners.
// A ctx that ends cuts all sessions; for an orderly end call Shutdown.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	return errors.ErrUnsupported
}

// Shutdown stops listening, tells idle clients 421, lets transfers finish, and cuts what is left when ctx ends.
func (s *Server) Shutdown(ctx context.Context) error { return nil }
