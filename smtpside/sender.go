package smtpside

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/mapigate/mapigate/smtpside/dkim"
	"github.com/mapigate/mapigate/smtpside/tlspolicy"
)

// A TLSPolicy says what TLS a route asks for.
type TLSPolicy int

// The policies of a route. A route with Auth and without AuthPlain is never less than TLSRequired.
const (
	TLSOpportunistic TLSPolicy = iota // STARTTLS where offered, any certificate, plain where the handshake fails (RFC 7435)
	TLSRequired                       // STARTTLS with a verified certificate, or no delivery
	TLSFromStart                      // implicit TLS with a verified certificate (RFC 8314)
	TLSNever                          // plain
)

// A Route is a way out. Either Domain or Hosts is set.
type Route struct {
	Domain    string       // its MX hosts, or itself (RFC 5321 5.1); or an address literal
	Port      int          // with Domain; default 25
	Hosts     []string     // smarthosts "host:port", port 25 if not given, tried in order; those in one entry, apart by blanks, at random
	TLS       TLSPolicy    //
	TLSConfig *tls.Config  // roots, client certificates; default the system's; ServerName defaults to the host
	Auth      *Credentials // only sent over TLS, unless AuthPlain
	AuthPlain bool         // allow Auth without TLS
	Shape     Shape        // what the destination gets
	Fallback  *Route       // where mail goes when no host of this route could be reached; its own Fallback does not count
}

// A Job is one mail for the recipients that share a route.
type Job struct {
	ID         string // for the logs
	Route      Route
	From       string     // mailbox, "" for the null sender
	Params     MailParams // Size is that of the message with CRLF; Body "" means that it may have 8-bit octets
	Recipients []JobRecipient
	// Unsigned leaves DKIM out: for mail of strangers, who could write From as they like.
	Unsigned bool
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
	Status  Status // the host's reply, or ours where none was had
	Host    string // whom it is about, "name [ip]:port"; "" where no host was found
	Unknown bool   // the connection broke between the final dot and its answer: it may have been delivered
	DSN     bool   // the mail was handed on and the host took over the duty to report (RFC 3461 5.2.2)
	TLS     string // version and cipher suite of the connection, "" for plain
	// Unreached says that no host was of use for now to any mail: none was found or answered, or all turned away whoever came, before MAIL
	// was accepted. That a host did not meet a policy is no such thing.
	Unreached bool
}

// A Resolver looks names up; *net.Resolver is one.
type Resolver interface {
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error)
}

// SenderOptions say how a Sender behaves. Only Hostname is needed.
type SenderOptions struct {
	Hostname string   // our name in EHLO
	Resolver Resolver // a SecureResolver makes DANE possible
	Dial     func(ctx context.Context, network, addr string) (net.Conn, error)
	// IsSelf tells that an MX is this gateway: it and all less preferred ones are left out, for the mail would come back
	// (RFC 5321 5.1). ip is nil when only the name is known yet.
	IsSelf func(host string, ip net.IP) bool
	Logger *slog.Logger
	// TLSFailure is told when a host does not do what its domain's policy ("sts" or "tlsa") asks for, with one of the result
	// types of RFC 8460 4.3; also where the policy is in testing and the mail goes out all the same. It must be quick.
	TLSFailure func(domain, host, policy, result string)
	// TLSSession is told of every attempt to speak TLS with an MX, for reports (RFC 8460). It must be quick; default none.
	TLSSession func(tlspolicy.Session)
	STS        *tlspolicy.STS // the policies of domains; nil looks for none
	DKIM       []dkim.Key     // sign each mail whose From they are for, as it is sent

	MaxPerDestination int           // connections at once; default 10
	MaxMailsPerConn   int           // default 100
	MaxHosts          int           // addresses tried per Job; default 5
	IdleTimeout       time.Duration // of a connection kept for the next mail; default 10 s, negative keeps none
	// PutOff, if set, keeps Sends from piling up before a destination that is slow: one that would have to wait behind as many others as
	// there are connections ends at once with a BusyError, which says to come back after this time.
	PutOff   time.Duration
	Timeouts Timeouts
}

// Timeouts bound each wait for the other side. Zero fields take the defaults, those of RFC 5321 4.5.3.2 where it has one.
type Timeouts struct {
	Connect   time.Duration // default 30 s
	Handshake time.Duration // TLS; default 1 min
	Greeting  time.Duration // the whole of it; default 5 min
	Command   time.Duration // EHLO, AUTH, MAIL, RCPT, RSET; default 5 min
	DataStart time.Duration // DATA; default 2 min
	DataBlock time.Duration // each block of message; default 3 min
	DataEnd   time.Duration // the answer to the final dot; default 10 min
}

// A Sender sends mail out and keeps connections for the next. It is safe for concurrent use.
type Sender struct {
	opts   SenderOptions
	signed SecureResolver // nil where no answer is secure
	log    *slog.Logger
	pool   *pool
}

// NewSender checks the options.
func NewSender(opts SenderOptions) (*Sender, error) {
	if opts.Hostname == "" {
		return nil, errors.New("smtpside: a hostname is needed")
	}
	if err := checkDomain(opts.Hostname); err != nil {
		return nil, fmt.Errorf("smtpside: hostname %q: %w", opts.Hostname, err)
	}
	if opts.Resolver == nil {
		opts.Resolver = net.DefaultResolver
	}
	if opts.Dial == nil {
		opts.Dial = (&net.Dialer{}).DialContext
	}
	if opts.IsSelf == nil {
		opts.IsSelf = func(string, net.IP) bool { return false }
	}
	if opts.TLSFailure == nil {
		opts.TLSFailure = func(domain, host, policy, result string) {}
	}
	if opts.TLSSession == nil {
		opts.TLSSession = func(tlspolicy.Session) {}
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	setDefault(&opts.MaxPerDestination, 10)
	setDefault(&opts.MaxMailsPerConn, 100)
	setDefault(&opts.MaxHosts, 5)
	setDefault(&opts.IdleTimeout, 10*time.Second)
	setDefault(&opts.Timeouts.Connect, 30*time.Second)
	setDefault(&opts.Timeouts.Handshake, time.Minute)
	setDefault(&opts.Timeouts.Greeting, 5*time.Minute)
	setDefault(&opts.Timeouts.Command, 5*time.Minute)
	setDefault(&opts.Timeouts.DataStart, 2*time.Minute)
	setDefault(&opts.Timeouts.DataBlock, 3*time.Minute)
	setDefault(&opts.Timeouts.DataEnd, 10*time.Minute)
	s := &Sender{opts: opts, log: opts.Logger, pool: newPool(opts)}
	if d, ok := opts.Resolver.(*DNS); !ok || d.opts.TrustAD {
		s.signed, _ = opts.Resolver.(SecureResolver)
	}
	return s, nil
}

func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

// Send tries a Job once, at as many hosts of its route as it takes. An error means a fault of ours, when no recipient
// can have been accepted: a bad Job, a body that cannot be read, ctx ended, the Sender closed, the destination busy. Every fault of the other side
// is in the Result, which then has all recipients.
func (s *Sender) Send(ctx context.Context, job Job) (Result, error) {
	if err := job.check(); err != nil {
		return Result{}, fmt.Errorf("smtpside: %w", err)
	}
	d := newDelivery(s, &job)
	if d.done() {
		return d.result(), nil
	}
	if err := s.sendOrFallBack(ctx, d); err != nil {
		return Result{}, fmt.Errorf("smtpside: %w", err)
	}
	return d.result(), nil
}

// sendOrFallBack sends by the route of the job, and by its fallback where no host could be reached, a moment ago or now.
func (s *Sender) sendOrFallBack(ctx context.Context, d *delivery) error {
	route := d.job.Route
	if route.Fallback == nil {
		return s.sendBy(ctx, d)
	}
	if !s.pool.unreached(&route) {
		if err := s.sendBy(ctx, d); err != nil || !d.unreached() {
			return err
		}
		s.pool.leaveAlone(&route)
	}
	s.log.Info("no host could be reached, falling back", "job", d.job.ID, "domain", route.Domain, "hosts", route.Fallback.Hosts)
	d.job.Route = *route.Fallback
	return s.sendBy(ctx, d)
}

// sendBy sends by the route of the job, as soon as its destination takes another mail.
func (s *Sender) sendBy(ctx context.Context, d *delivery) error {
	w, err := s.way(ctx, &d.job.Route)
	if err != nil {
		return d.noWay(ctx, err)
	}
	looked := time.Now()
	place, err := s.pool.enter(ctx, w.Route, w.mx.set)
	if err != nil {
		return fmt.Errorf("waiting for a connection: %w", err)
	}
	defer place.leave()
	if time.Since(looked) > lookAgain {
		if w, err = s.way(ctx, &d.job.Route); err != nil {
			return d.noWay(ctx, err)
		}
	}
	return s.tryAll(ctx, d, w, place)
}

// lookAgain is how long what a domain says counts while its mail waits for a connection.
const lookAgain = 10 * time.Second

// tryAll delivers over a kept connection, if there is one, and over fresh ones to one host after the other.
func (s *Sender) tryAll(ctx context.Context, d *delivery, w *way, place *place) error {
	if c := s.kept(ctx, w, place); c != nil {
		if err := s.try(ctx, d, c, place); err != nil || d.done() {
			return err
		}
		d.forget() // a kept connection that was closed meanwhile says nothing about the host
	}
	place.makeRoom()
	tries := 0
	for t := range s.targets(ctx, w, d.fail) {
		if tries++; tries > s.opts.MaxHosts {
			break
		}
		policy, err := s.policyFor(t, w)
		if err != nil {
			d.fail(StatusOf(err), t.String())
			continue
		}
		t.testing = w.sts != nil && w.sts.Mode == "testing"
		c, err := s.connect(ctx, t, w.Route, policy)
		s.reportTLS(t, w.Route, w.sts, c, err)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			place.learn(StatusOf(err).Temporary())
			s.log.Info("SMTP host not usable", "job", d.job.ID, "host", t.String(), "error", err)
			d.fail(StatusOf(err), t.String())
			continue
		}
		if err := s.try(ctx, d, c, place); err != nil || d.done() {
			return err
		}
	}
	return ctx.Err()
}

// try delivers over one connection, which is kept afterwards if it is good for more.
func (s *Sender) try(ctx context.Context, d *delivery, c *client, place *place) error {
	release := context.AfterFunc(ctx, func() { c.conn.Close() })
	err := c.deliver(d)
	if !release() {
		c.broken = true
	}
	place.learn(c.pushedBack)
	place.keep(c)
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// check finds what makes a Job impossible.
func (j *Job) check() error {
	r := &j.Route
	switch {
	case j.Open == nil:
		return errors.New("job without a body")
	case len(j.Recipients) == 0:
		return errors.New("job without recipients")
	case (r.Domain == "") == (len(r.Hosts) == 0):
		return errors.New("a route has either a domain or hosts")
	case r.Fallback != nil && len(r.Fallback.Hosts) == 0:
		return errors.New("a fallback has hosts")
	case r.Auth != nil && r.TLS == TLSNever && !r.AuthPlain:
		return errors.New("route with credentials that may only be sent over TLS, and without TLS")
	case j.From != "" && checkMailbox(j.From) != nil:
		return fmt.Errorf("sender %q: %w", j.From, checkMailbox(j.From))
	}
	return nil
}

// KeepPolicies renews the policies of domains until ctx ends.
func (s *Sender) KeepPolicies(ctx context.Context) error {
	if s.opts.STS == nil {
		<-ctx.Done()
		return nil
	}
	return s.opts.STS.Keep(ctx)
}

// Close ends the kept connections and keeps no more; a Send that runs goes on.
func (s *Sender) Close() error {
	s.pool.close()
	return nil
}
