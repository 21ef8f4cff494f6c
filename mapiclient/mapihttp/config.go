package mapihttp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// Defaults of a [Config].
const (
	DefaultClientApplication = "Outlook/16.0.16731.20000"
	DefaultUserAgent         = "Mapigate"
	DefaultConnectTimeout    = 30 * time.Second
	DefaultRequestTimeout    = 3 * time.Minute
	DefaultWaitTimeout       = 6 * time.Minute
	DefaultStallTimeout      = 90 * time.Second
	DefaultIdleTimeout       = 55 * time.Second
	DefaultMaxAnswer         = 16 << 20
	DefaultMaxIdle           = 4
)

// A Config says where and how a [Client] talks. Only URL and Auth are needed.
type Config struct {
	// URL is the endpoint as discovery gave it, with its MailboxId. It must be https.
	URL string
	// Auth signs the lanes in.
	Auth auth.Authenticator
	LaneConfig
	// Connections, if set, are used instead of own ones, and Auth and LaneConfig are theirs.
	Connections *Connections

	// NewID gives the ids of the client and of its contexts. Default: random
	// ones. A conversation that is replayed needs those it was recorded with.
	NewID func() mapi.GUID
	// ClientApplication is sent as X-ClientApplication; servers parse it as Outlook/major.minor.build.revision.
	ClientApplication string
	// RequestTimeout limits one request from its first byte to the last of its answer.
	RequestTimeout time.Duration
	// WaitTimeout limits a NotificationWait, which a server should end after
	// five minutes; gromox 3.10 does not always.
	WaitTimeout time.Duration
	// MaxAnswer is the largest body of an answer, in bytes.
	MaxAnswer int
	// Observe, if set, is told every request, after it ended and before its
	// caller knows. It is called from several goroutines.
	Observe func(Exchange)
	// ObserveBodies gives it the bodies as well; answers are copied for that.
	ObserveBodies bool
}

// A LaneConfig says how connections are made and kept. Its zero value works.
type LaneConfig struct {
	// TLS is used as a base: protocols and server name are filled in.
	TLS *tls.Config
	// Dial opens the connection underneath TLS, directly or through a proxy.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// UserAgent is sent with every request.
	UserAgent string
	// ConnectTimeout limits connecting, TLS and sign-in together.
	ConnectTimeout time.Duration
	// StallTimeout limits the silence of a server that owes an answer. A
	// server at work sends PENDING every 15 or 30 seconds.
	StallTimeout time.Duration
	// IdleTimeout is how long a connection is kept without a request.
	IdleTimeout time.Duration
	// MaxIdle is how many idle connections are kept.
	MaxIdle int
}

// An Exchange is one request of a context with its answer.
type Exchange struct {
	// Type is the X-RequestType.
	Type string
	// URL is the endpoint.
	URL string
	// Start is when the request was begun; Duration runs to the end of the answer.
	Start    time.Time
	Duration time.Duration
	// RequestHeader is what was sent, without Authorization.
	RequestHeader http.Header
	// Request is the body of the request, with Config.ObserveBodies.
	Request []byte
	// Status is the HTTP status; 0 when there was no answer.
	Status       int
	AnswerHeader http.Header
	// Answer is the body of the answer as far as it was read, meta-tags included, with Config.ObserveBodies.
	Answer []byte
	// Err is what the request ended with.
	Err error
}

func (c *Config) setDefaults() (*url.URL, error) {
	u, err := parseURL(c.URL)
	if err != nil {
		return nil, err
	}
	if c.Auth == nil && c.Connections == nil {
		return nil, errors.New("mapihttp: no way to sign in is configured")
	}
	if c.NewID == nil {
		c.NewID = newGUID
	}
	setDefault(&c.ClientApplication, DefaultClientApplication)
	setDefault(&c.RequestTimeout, DefaultRequestTimeout)
	setDefault(&c.WaitTimeout, DefaultWaitTimeout)
	setDefault(&c.MaxAnswer, DefaultMaxAnswer)
	return u, nil
}

func (c *LaneConfig) setDefaults() {
	setDefault(&c.UserAgent, DefaultUserAgent)
	setDefault(&c.ConnectTimeout, DefaultConnectTimeout)
	setDefault(&c.StallTimeout, DefaultStallTimeout)
	setDefault(&c.IdleTimeout, DefaultIdleTimeout)
	setDefault(&c.MaxIdle, DefaultMaxIdle)
	if c.Dial == nil {
		c.Dial = (&net.Dialer{}).DialContext
	}
}

func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

func parseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, fmt.Errorf("endpoint URL: %w", err)
	}
	if u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return nil, fmt.Errorf("endpoint URL %q: want https://host/path without user and password", u.Redacted())
	}
	u.Fragment = ""
	return u, nil
}
