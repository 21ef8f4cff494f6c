package smtpside

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/mapigate/mapigate/smtpside/tlspolicy"
)

const (
	clientReadBuffer  = 4 << 10 // the longest reply line, too
	clientWriteBuffer = 32 << 10
)

var errHandshake = errors.New("TLS handshake failed")

// A client is our end of a connection to a host that takes mail. It is used by one Send at a time.
type client struct {
	conn     net.Conn
	in       *bufio.Reader
	out      *bufio.Writer
	host     string // for people
	timeouts *Timeouts

	extensions map[string]string // of EHLO, by keyword in upper case; nil after HELO
	tls        string            // version and cipher suite; "" for plain
	verified   bool              // the certificate was checked
	misfit     error             // what a check of the certificate said that was only a test
	mails      int               // begun on this connection
	broken     bool              // of no further use
	pushedBack bool              // the host said 421, or took no mail for the time being
	idle       *time.Timer       // while kept
	until      time.Time         // while kept: when idle goes off
	home       *place            // where it is kept
	domain     string            // for which it was made; "" by a smarthost
	target     target            // where it leads
	scratch    []byte            // for copying messages
}

// connect brings a connection to the point where MAIL may be said: greeting, EHLO, TLS as the route wants it, AUTH. Its
// errors are Statuses.
func (s *Sender) connect(ctx context.Context, t target, r *Route, policy TLSPolicy) (*client, error) {
	c, err := s.prepare(ctx, t, r, policy)
	if errors.Is(err, errHandshake) && policy == TLSOpportunistic { // RFC 7435: better plain than not at all
		s.log.Info("TLS failed, sending without", "host", t.String(), "error", err)
		c, err = s.prepare(ctx, t, r, TLSNever)
	}
	if err == nil {
		return c, nil
	}
	var status Status
	if errors.As(err, &status) {
		return nil, status
	}
	if errors.Is(err, errHandshake) {
		text := fmt.Sprintf("%v: %s", errHandshake, strings.TrimPrefix(reason(err), errHandshake.Error()+": "))
		return nil, fmt.Errorf("%w (%w)", Status{Code: 451, Detail: "7.5", Text: text}, err)
	}
	return nil, ConnectionLost(reason(err))
}

// prepare makes one attempt with one policy.
func (s *Sender) prepare(ctx context.Context, t target, r *Route, policy TLSPolicy) (*client, error) {
	dialCtx, cancel := context.WithTimeout(ctx, s.opts.Timeouts.Connect)
	defer cancel()
	conn, err := s.opts.Dial(dialCtx, "tcp", t.addr)
	if err != nil {
		return nil, NotReachable(reason(err))
	}
	c := &client{host: t.String(), domain: r.Domain, target: t, timeouts: &s.opts.Timeouts}
	c.attach(conn)
	release := context.AfterFunc(ctx, func() { conn.Close() })
	err = s.introduce(ctx, c, t, r, policy)
	if !release() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		c.quit()
		return nil, err
	}
	return c, nil
}

func (c *client) attach(conn net.Conn) {
	c.conn = conn
	c.in = bufio.NewReaderSize(conn, clientReadBuffer)
	c.out = bufio.NewWriterSize(blockWriter{conn, c.timeouts.DataBlock}, clientWriteBuffer)
}

// A blockWriter gives each write its time.
type blockWriter struct {
	conn    net.Conn
	timeout time.Duration
}

func (w blockWriter) Write(p []byte) (int, error) {
	w.conn.SetWriteDeadline(time.Now().Add(w.timeout))
	return w.conn.Write(p)
}

// introduce goes from the greeting to AUTH.
func (s *Sender) introduce(ctx context.Context, c *client, t target, r *Route, policy TLSPolicy) error {
	if policy == TLSFromStart {
		if err := s.handshake(ctx, c, t, r, true); err != nil {
			return err
		}
	}
	greeting, err := c.readReply(c.timeouts.Greeting)
	if err != nil {
		return fmt.Errorf("greeting: %w", err)
	}
	if !greeting.Success() {
		return c.unwelcome(greeting, "greeting")
	}
	if err := c.hello(s.opts.Hostname); err != nil {
		return err
	}
	if policy == TLSOpportunistic || policy == TLSRequired {
		if err := s.startTLS(ctx, c, t, r, policy); err != nil {
			return err
		}
	}
	if r.Auth == nil {
		return nil
	}
	return c.authenticate(ctx, r)
}

// unwelcome is the Status of a host that does not want to talk to us: its own, or ours where it makes no sense.
func (c *client) unwelcome(s Status, when string) error {
	if s.Temporary() || s.Permanent() {
		return s
	}
	return ConnectionLost(fmt.Sprintf("%s: unexpected reply %d", when, s.Code))
}

// hello says EHLO, and HELO to a host that does not know it (RFC 5321 3.2).
func (c *client) hello(hostname string) error {
	s, err := c.command("EHLO "+hostname, c.timeouts.Command)
	if err != nil {
		return fmt.Errorf("EHLO: %w", err)
	}
	if s.Success() {
		c.extensions = parseExtensions(s.Text)
		return nil
	}
	if s.Permanent() {
		if s, err = c.command("HELO "+hostname, c.timeouts.Command); err != nil {
			return fmt.Errorf("HELO: %w", err)
		}
	}
	if !s.Success() {
		return c.unwelcome(s, "EHLO")
	}
	c.extensions = nil
	return nil
}

// parseExtensions reads the reply to EHLO; its first line is a greeting.
func parseExtensions(text string) map[string]string {
	extensions := make(map[string]string)
	_, lines, _ := strings.Cut(text, "\n")
	for line := range strings.SplitSeq(lines, "\n") {
		word, params, _ := strings.Cut(strings.TrimSpace(line), " ")
		if rest, ok := strings.CutPrefix(word, "AUTH="); ok { // from before RFC 2554, still said beside the right form
			word, params = "AUTH", rest+" "+params
		}
		word = strings.ToUpper(word)
		if old := extensions[word]; old != "" {
			params = old + " " + params
		}
		extensions[word] = strings.TrimSpace(params)
	}
	return extensions
}

// offers reports whether the host has an extension.
func (c *client) offers(keyword string) bool {
	_, ok := c.extensions[keyword]
	return ok
}

// sizeLimit returns the host's limit, or 0 (RFC 1870 4).
func (c *client) sizeLimit() int64 {
	n, err := strconv.ParseInt(c.extensions["SIZE"], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// startTLS turns encryption on, if the host has it or the policy asks for it.
func (s *Sender) startTLS(ctx context.Context, c *client, t target, r *Route, policy TLSPolicy) error {
	required := policy == TLSRequired
	if !c.offers("STARTTLS") {
		if required {
			return Status{Code: 451, Detail: "7.10", Text: "STARTTLS is required and not offered"}
		}
		return nil
	}
	reply, err := c.command("STARTTLS", c.timeouts.Command)
	switch {
	case err != nil:
		return fmt.Errorf("STARTTLS: %w", err)
	case reply.Code != 220 && required:
		return Status{Code: 451, Detail: "7.10", Text: "STARTTLS was refused: " + reply.Error()}
	case reply.Code != 220:
		return nil
	case c.in.Buffered() > 0: // CVE-2011-0411, the other way round
		return ConnectionLost("octets between the reply to STARTTLS and the handshake")
	}
	if err := s.handshake(ctx, c, t, r, required); err != nil {
		return err
	}
	return c.hello(s.opts.Hostname) // what was said before does not count (RFC 3207 4.2)
}

// handshake speaks TLS, with a certificate that is checked or any.
func (s *Sender) handshake(ctx context.Context, c *client, t target, r *Route, verify bool) error {
	config := &tls.Config{}
	if r.TLSConfig != nil {
		config = r.TLSConfig.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = t.name
	}
	if len(t.tlsa) > 0 {
		config, verify = tlspolicy.DANE(config, t.names, t.tlsa)
	} else if !verify {
		if t.testing {
			roots := config.RootCAs
			config.VerifyConnection = func(state tls.ConnectionState) error {
				c.misfit = tlspolicy.VerifyPKIX(state.PeerCertificates, t.name, roots)
				return nil
			}
		}
		config.InsecureSkipVerify = true //nolint:gosec // opportunistic: RFC 7435 3
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeouts.Handshake)
	defer cancel()
	conn := tls.Client(c.conn, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("%w: %w", errHandshake, err)
	}
	state := conn.ConnectionState()
	c.tls = tls.VersionName(state.Version) + " " + tls.CipherSuiteName(state.CipherSuite)
	c.verified = verify
	c.attach(conn)
	return nil
}

// quit ends a connection without waiting.
func (c *client) quit() {
	const patience = time.Second
	if !c.broken {
		c.conn.SetDeadline(time.Now().Add(patience))
		c.conn.Write([]byte("QUIT\r\n"))
	}
	c.conn.Close()
}

// reason is a network error in words that a sender of mail may read.
func reason(err error) string {
	var op *net.OpError
	var timeout net.Error
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timed out"
	case errors.As(err, &op) && op.Err != nil:
		return strings.TrimPrefix(op.Err.Error(), "connect: ")
	}
	return err.Error()
}
