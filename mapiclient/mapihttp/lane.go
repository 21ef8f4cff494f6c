package mapihttp

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/frame"
)

// A Lane is one HTTP/1.1 connection, signed in. It carries one request at a
// time, never follows a redirect and never sends a body twice by itself.
type Lane struct {
	config *LaneConfig
	auth   auth.Authenticator
	host   string // host:port

	raw    net.Conn // under TLS; closing it wakes every reader and writer
	conn   *boundedConn
	br     *bufio.Reader
	signIn auth.SignIn // nil without credentials
	// bound says that the connection is signed in, and not each request.
	bound bool

	lastUsed time.Time
	// keepAlive is how long the server keeps an idle connection, if it says so.
	keepAlive time.Duration
	broken    bool
}

// A Request is what travels on a lane.
type Request struct {
	Method string
	URL    *url.URL
	Header http.Header
	Body   []byte
}

// errNotSent marks errors after which the server cannot have the whole request.
var errNotSent = errors.New("the request was not sent whole")

// openLane connects to the host of u and signs in there.
func openLane(ctx context.Context, c *LaneConfig, a auth.Authenticator, u *url.URL) (*Lane, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.ConnectTimeout,
		fmt.Errorf("no connection within %v", c.ConnectTimeout))
	defer cancel()
	l := &Lane{config: c, auth: a, host: hostPort(u)}
	if err := l.dial(ctx, u); err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", l.host, orCause(ctx, err))
	}
	if err := l.authenticate(ctx, u); err != nil {
		l.Close()
		return nil, orCause(ctx, err)
	}
	return l, nil
}

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "443"
		if u.Scheme == "http" {
			port = "80"
		}
	}
	return net.JoinHostPort(u.Hostname(), port)
}

func (l *Lane) dial(ctx context.Context, u *url.URL) error {
	raw, err := l.config.Dial(ctx, "tcp", l.host)
	if err != nil {
		return err
	}
	l.raw = raw
	conn := raw
	if u.Scheme == "https" {
		tc := tls.Client(raw, l.tlsConfig(u.Hostname()))
		if err := tc.HandshakeContext(ctx); err != nil {
			_ = raw.Close()
			return fmt.Errorf("TLS: %w", err)
		}
		conn = tc
	}
	l.conn = &boundedConn{Conn: conn, stall: l.config.StallTimeout, budget: -1}
	l.br = bufio.NewReader(l.conn)
	l.lastUsed = time.Now()
	return nil
}

// tlsConfig forces HTTP/1.1: the sign-in schemes belong to a connection, and
// Exchange resets HTTP/2 streams that use them.
func (l *Lane) tlsConfig(name string) *tls.Config {
	c := l.config.TLS.Clone()
	if c == nil {
		c = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if c.ServerName == "" {
		c.ServerName = name
	}
	c.NextProtos = []string{"http/1.1"}
	return c
}

// Close ends the connection.
func (l *Lane) Close() {
	l.broken = true
	if l.raw != nil {
		_ = l.raw.Close()
	}
}

// usable tells whether an idle lane can carry a request. A server may have
// closed it meanwhile: writing would still seem to work, and a request would
// be lost with its outcome unknown.
func (l *Lane) usable(now time.Time) bool {
	idle := now.Sub(l.lastUsed)
	if l.broken || idle > l.config.IdleTimeout || l.keepAlive > 0 && idle >= l.keepAlive {
		return false
	}
	if l.br.Buffered() > 0 {
		return false // nobody asked for these bytes
	}
	if idle < idleCheckAfter {
		return true
	}
	// On a busy machine the deadline may have passed before the read began, which sees nothing then.
	for range idleChecks {
		began := time.Now()
		if err := l.conn.Conn.SetReadDeadline(began.Add(idleCheckTime)); err != nil {
			return false
		}
		if _, err := l.conn.Conn.Read(make([]byte, 1)); !isTimeout(err) {
			return false // data, or an end
		}
		if time.Since(began) < 2*idleCheckTime {
			break
		}
	}
	return true
}

// An idle connection is looked at before it is used again, unless it was used
// just now; the look takes a moment, in which an end that has arrived shows.
const (
	idleCheckAfter = 500 * time.Millisecond
	idleCheckTime  = 2 * time.Millisecond
	idleChecks     = 3 // when a look took longer than it should
)

// Do sends a request and gives the answer, whatever its status. The caller
// reads the body to its end and closes it. An error that is [errNotSent] says
// that the server does not have the whole request.
func (l *Lane) Do(ctx context.Context, r *Request) (*http.Response, error) {
	if l.signIn == nil {
		return l.do(ctx, r, "")
	}
	authorization, err := l.signIn.Header(ctx)
	if err != nil {
		return nil, notSent(err)
	}
	l.bound = authorization == ""
	return l.do(ctx, r, authorization)
}

func (l *Lane) do(ctx context.Context, r *Request, authorization string) (*http.Response, error) {
	if err := ctx.Err(); err != nil {
		return nil, notSent(context.Cause(ctx))
	}
	stop := closeOnDone(ctx, l.raw)
	resp, err := l.roundTrip(r, authorization)
	if err != nil {
		stop()
		l.Close()
		return nil, orCauseKeep(ctx, err)
	}
	resp.Body = &laneBody{ReadCloser: resp.Body, ctx: ctx, lane: l, stop: stop, close: resp.Close}
	return resp, nil
}

// orCauseKeep is orCause that keeps the mark of errNotSent.
func orCauseKeep(ctx context.Context, err error) error {
	if errors.Is(err, errNotSent) {
		return notSent(orCause(ctx, err))
	}
	return orCause(ctx, err)
}

func notSent(err error) error {
	if errors.Is(err, errNotSent) {
		return err
	}
	return fmt.Errorf("%w: %w", errNotSent, err)
}

func (l *Lane) roundTrip(r *Request, authorization string) (*http.Response, error) {
	if err := l.write(r, authorization); err != nil {
		return nil, notSent(err)
	}
	for range maxInterim {
		l.conn.budget = maxHeader
		resp, err := http.ReadResponse(l.br, &http.Request{Method: r.Method})
		l.conn.budget = -1
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, fmt.Errorf("reading the answer: %w", err)
		}
		if resp.StatusCode/100 == 1 {
			continue // RFC 9110 15.2
		}
		l.keepAlive = keepAlive(resp.Header)
		l.conn.stall = l.patience(resp.Header)
		return resp, nil
	}
	return nil, fmt.Errorf("more than %d interim answers", maxInterim)
}

// patience is how long a server may be silent within an answer: three times the period
// of its PENDING tags where it tells one that is longer than we expect. [MS-OXCMAPIHTTP] 2.2.3.3.5
func (l *Lane) patience(h http.Header) time.Duration {
	ms, err := strconv.ParseUint(h.Get(frame.HeaderPendingPeriod), 10, 32)
	if err != nil {
		return l.config.StallTimeout
	}
	return max(l.config.StallTimeout, min(3*time.Duration(ms)*time.Millisecond, maxPatience))
}

// maxPatience bounds what a server can ask for.
const maxPatience = 5 * time.Minute

// maxInterim is how many 1xx answers may precede one answer.
const maxInterim = 5

// write sends the request with one call. TLS records are cut from it in
// order, so that an error means that the server lacks at least the last one.
func (l *Lane) write(r *Request, authorization string) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", r.Method, r.URL.RequestURI(), r.URL.Host)
	fmt.Fprintf(&b, "User-Agent: %s\r\n", l.config.UserAgent)
	if authorization != "" {
		fmt.Fprintf(&b, "Authorization: %s\r\n", oneLine.Replace(authorization))
	}
	names := make([]string, 0, len(r.Header))
	for name := range r.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range r.Header[name] {
			fmt.Fprintf(&b, "%s: %s\r\n", name, oneLine.Replace(v))
		}
	}
	if r.Method != http.MethodGet {
		// Always a length: gromox 3.10 refuses chunked requests, and an empty
		// POST without a length is answered 411 before its sign-in is looked at.
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(r.Body))
	}
	b.WriteString("\r\n")
	b.Write(r.Body)
	l.conn.stall = l.config.StallTimeout
	if err := l.conn.SetWriteDeadline(time.Now().Add(l.config.StallTimeout)); err != nil {
		return err
	}
	_, err := l.conn.Write(b.Bytes())
	return err
}

// oneLine keeps a header value from becoming two headers.
var oneLine = strings.NewReplacer("\r", " ", "\n", " ", "\x00", " ")

// keepAlive reads the timeout a server promises an idle connection, less a
// second for the way. 0 is none.
func keepAlive(h http.Header) time.Duration {
	for _, v := range h.Values("Keep-Alive") {
		for part := range strings.SplitSeq(v, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			if n, err := strconv.Atoi(strings.TrimSpace(value)); strings.EqualFold(name, "timeout") && err == nil && n > 0 && n < 1<<20 {
				return max(time.Duration(n)*time.Second-time.Second, time.Millisecond)
			}
		}
	}
	return 0
}

// A laneBody is the body of an answer. Closing it before its end closes the
// lane, since the rest would be taken for the next answer.
type laneBody struct {
	io.ReadCloser
	ctx   context.Context
	lane  *Lane
	stop  func() bool
	close bool // the server closes the connection after this answer
	ended bool
	done  bool
	after func() // what to do when the body is closed
}

// Read implements io.Reader.
func (b *laneBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		b.ended = true
		return n, err
	}
	return n, orCause(b.ctx, err)
}

// Close implements io.Closer.
func (b *laneBody) Close() error {
	if b.done {
		return nil
	}
	b.done = true
	// A context that ended just now may have closed the connection.
	if alive := b.stop(); !b.ended || b.close || !alive {
		b.lane.Close()
	}
	b.lane.lastUsed = time.Now()
	if b.after != nil {
		b.after()
	}
	return nil
}
