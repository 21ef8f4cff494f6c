package smtpside

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"time"
)

// A TLSPolicy says what TLS a route asks for.
type TLSPolicy int

// The policies of a route.
const (
	TLSOpportunistic TLSPolicy = iota // STARTTLS where offered, any certificate, plain where the handshake fails
	TLSRequired                       // STARTTLS with a verified certificate, or no delivery
	TLSFromStart                      // implicit TLS with a verified certificate (RFC 8314)
	TLSNever                          // plain
)

// A Route is a way out. Either Domain or Hosts is set.
type Route struct {
	Domain    string       // its MX hosts, or itself (RFC 5321 5.1)
	Port      int          // with Domain; default 25
	Hosts     []string     // smarthosts "host:port", tried in order
	TLS       TLSPolicy    //
	TLSConfig *tls.Config  // roots, client certificates; default: the system's; ServerName defaults to the host
	Auth      *Credentials // only sent over TLS, unless AuthPlain
	AuthPlain bool         // allow Auth without TLS
}

// A Job is one mail for the recipients that share a route.
type Job struct {
	ID         string // for the logs
	Route      Route
	From       string // mailbox, "" for the null sender
	Params     MailParams
	Recipients []JobRecipient
	// Open gives the message from its start, each time it is called. Line ends may be LF or CRLF.
	Open func() (io.ReadCloser, error)
}

// A JobRecipient is one RCPT.
type JobRecipient struct {
	Address string
	Params  RcptParams
}

// A Result has one Outcome per recipient of the Job, in its order.
type Result struct{ Recipients []Outcome }

// An Outcome is what became of one recipient.
type Outcome struct {
	Status  Status // the host's reply, or ours where none was had (then Host may be empty)
	Host    string // who said it, "name [ip]:port"
	Unknown bool   // the connection broke between the final dot and its answer: it may have been delivered
	DSN     bool   // that host took over the duty to report (RFC 3461 5.2.2)
	TLS     string // version and cipher, "" for plain
}

// A Resolver looks names up; *net.Resolver is one.
type Resolver interface {
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error)
}

// SenderOptions say how a Sender behaves. Only Hostname is needed.
type SenderOptions struct {
	Hostname string   // our name in EHLO
	Resolver Resolver // default net.DefaultResolver
	Dial     func(ctx context.Context, network, addr string) (net.Conn, error)
	IsSelf   func(host string, ip net.IP) bool // tells a loop: an MX that is us (RFC 5321 5.1)
	Logger   *slog.Logger

	MaxPerDestination int           // connections at once; default 10
	MaxMailsPerConn   int           // default 100
	IdleTimeout       time.Duration // of a cached connection; default 10 s
	MaxHosts          int           // tried per Job; default 5
}

// A Sender sends mail out and keeps connections for the next.
type Sender struct{ opts SenderOptions }

// NewSender checks the options.
func NewSender(opts SenderOptions) (*Sender, error) {
	if opts.Hostname == "" {
		return nil, errors.New("smtpside: Hostname is needed")
	}
	return &Sender{opts: opts}, nil
}

// Send tries a Job once. An error means a fault of ours before any recipient could have been accepted (a bad Job, a body
// that cannot be read, ctx ended); every fault of the other side is in the Result, which then has all recipients.
func (s *Sender) Send(ctx context.Context, job Job) (Result, error) {
	return Result{}, errors.ErrUnsupported
}

// Close ends the cached connections.
func (s *Sender) Close() error { return nil }
