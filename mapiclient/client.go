package mapiclient

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/autodiscover"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// Options say which server a client talks to, and how. Auth is needed, and
// either Endpoint or Address.
type Options struct {
	// Endpoint is where the mailbox is; when it is empty, Address is looked up
	// by Autodiscover.
	Endpoint Endpoint
	// Address is the SMTP address of the mailbox.
	Address string
	// Domain is the mail domain whose hosts are asked for the endpoint and may have credentials; "" is that of Address. Who
	// signs in with one account to mailboxes that others name, be it in a mail, sets it.
	Domain string
	// AutodiscoverURL is asked first, when set.
	AutodiscoverURL string
	// Directory, if set, is asked for Autodiscover URLs before those of the address's domain.
	Directory *autodiscover.Directory
	// Auth signs in.
	Auth auth.Authenticator
	// AllowedHosts may get credentials during discovery besides those of the
	// Domain: host names, or ".example.org" for all below.
	AllowedHosts []string
	// Admin uses administrator rights to open mailboxes.
	Admin bool
	// HTTP says how connections are made.
	HTTP mapihttp.LaneConfig
	// Connections, if set, are shared with the clients of other mailboxes that sign
	// in alike; HTTP then counts for discovery only.
	Connections *mapihttp.Connections
	// Timeout limits one request; 0 is mapihttp's default.
	Timeout time.Duration
	// NewID gives the ids that contexts are known by; nil makes random ones.
	NewID func() mapi.GUID
	// Breaker, if set, is shared by the clients of one server and leaves it alone
	// while it is away or asks to be.
	Breaker *Breaker
	// Observe, if set, is told of every request; ObserveBodies gives it the
	// bodies as well, at the cost of a copy of each answer.
	Observe       func(mapihttp.Exchange)
	ObserveBodies bool
	// ObserveROPs, if set, is told of every remote operation that was answered, with what it failed with. It must be quick.
	ObserveROPs func(id rop.ID, err error)
	// Log is where trouble is told; nil is nowhere.
	Log *slog.Logger
}

// An Endpoint is where a mailbox is and what it is called there. URL and
// UserDN belong together: a server takes a foreign DN at Connect and refuses
// it at the logon.
type Endpoint struct {
	// URL is the mailbox endpoint with its MailboxId.
	URL string
	// AddressBookURL is the address book endpoint; empty when there is none.
	AddressBookURL string
	// UserDN is the legacy distinguished name of the mailbox's owner.
	UserDN string
}

// A Client is one mailbox's server with a way to sign in. It is safe for
// concurrent use.
type Client struct {
	opts   Options
	log    *slog.Logger
	shapes shapes
	// home is the mail domain whose hosts may have credentials during discovery.
	home string
	// legacyDN is what discovery asks for instead of the address, if set.
	legacyDN string
	rest     rest

	mu       sync.Mutex
	endpoint Endpoint
	// doubts are how often in a row the endpoint has failed in a way that may mean that it is no longer right.
	doubts int
	http   *mapihttp.Client
	names  map[mapi.GUID]*names
}

// New prepares a client; nothing is sent yet.
func New(opts Options) (*Client, error) {
	if opts.Auth == nil {
		return nil, errors.New("mapiclient: no way to sign in is configured")
	}
	if opts.Endpoint.URL == "" && opts.Address == "" {
		return nil, errors.New("mapiclient: neither an endpoint nor an address to discover it from is configured")
	}
	if opts.Endpoint.URL != "" && opts.Endpoint.UserDN == "" && opts.Address == "" {
		return nil, errors.New("mapiclient: the endpoint's UserDN is missing, and there is no address to discover it from")
	}
	c := &Client{opts: opts, log: opts.Log, names: make(map[mapi.GUID]*names)}
	_, domain, _ := strings.Cut(opts.Address, "@")
	c.home = strings.ToLower(cmp.Or(opts.Domain, domain))
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// Endpoint gives where the mailbox is, after finding it if need be.
func (c *Client) Endpoint(ctx context.Context) (Endpoint, error) {
	if c.opts.Endpoint.URL != "" && c.opts.Endpoint.UserDN != "" {
		return c.opts.Endpoint, nil
	}
	c.mu.Lock()
	known := c.endpoint
	c.mu.Unlock()
	if known.URL != "" {
		return known, nil
	}
	found, err := c.discover(ctx)
	if err != nil {
		return Endpoint{}, err
	}
	c.mu.Lock()
	c.endpoint = found
	c.mu.Unlock()
	return found, nil
}

// Forget makes the next call find the endpoint again.
func (c *Client) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.endpoint = Endpoint{}
	if c.http != nil {
		c.http.Close()
		c.http = nil
	}
}

// Close closes idle connections. Mailboxes are closed by their owners.
func (c *Client) Close() { c.Forget() }

// transport gives the HTTP client of the endpoint.
func (c *Client) transport(url string) (*mapihttp.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.http != nil {
		return c.http, nil
	}
	h, err := c.newTransport(url)
	if err == nil {
		c.http = h
	}
	return h, err
}

func (c *Client) newTransport(url string) (*mapihttp.Client, error) {
	return mapihttp.NewClient(mapihttp.Config{URL: url, Auth: c.opts.Auth, LaneConfig: c.opts.HTTP, Connections: c.opts.Connections,
		NewID: c.opts.NewID, RequestTimeout: c.opts.Timeout, Observe: c.opts.Observe, ObserveBodies: c.opts.ObserveBodies})
}

func (c *Client) namesOf(mailbox mapi.GUID) *names {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.names[mailbox]
	if n == nil {
		n = &names{}
		c.names[mailbox] = n
	}
	return n
}

// OpenMailbox connects a session of its own and logs on to the mailbox. When
// the server says that the mailbox is elsewhere, it is looked for again, once.
func (c *Client) OpenMailbox(ctx context.Context) (*Mailbox, error) {
	return c.open(ctx, nil)
}

// open is OpenMailbox that looks at a folder with the request of the logon.
func (c *Client) open(ctx context.Context, look *look) (m *Mailbox, err error) {
	if err := c.rest.over(time.Now()); err != nil {
		return nil, err
	}
	err = c.opts.Breaker.Do(ctx, func() error {
		m, err = c.openOrFind(ctx, look)
		return err
	})
	return m, err
}

func (c *Client) openMailbox(ctx context.Context, look *look) (*Mailbox, error) {
	e, err := c.Endpoint(ctx)
	if err != nil {
		return nil, err
	}
	h, err := c.transport(e.URL)
	if err != nil {
		return nil, err
	}
	conn, err := h.Connect(ctx, e.UserDN, mapihttp.ConnectOptions{Admin: c.opts.Admin})
	if err != nil {
		return nil, fmt.Errorf("connecting to the mailbox of %s: %w", e.UserDN, err)
	}
	s := &Session{client: c, conn: conn, dnPrefix: conn.Info().DNPrefix}
	var flags rop.OpenFlags
	if c.opts.Admin {
		flags |= rop.OpenUseAdminPrivilege
	}
	r, err := s.logonPrivate(ctx, e.UserDN, flags, look)
	if err != nil {
		s.abandon(ctx)
		return nil, fmt.Errorf("logging on to the mailbox of %s: %w", e.UserDN, err)
	}
	return newMailbox(s, e.UserDN, r), nil
}
