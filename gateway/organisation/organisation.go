// Package organisation is one Exchange of the configuration: how to sign in there, and the clients that share its
// connections.
package organisation

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/exchange"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/autodiscover"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// An Organisation is one Exchange of the configuration with its sessions.
type Organisation struct {
	Config   *config.Exchange
	Accounts *exchange.Accounts

	http    mapihttp.LaneConfig
	conns   *mapihttp.Connections // shared by all of its clients
	auth    auth.Authenticator
	breaker mapiclient.Breaker
	log     *slog.Logger
	observe Observers
}

// Observers are told what an organisation's clients do.
type Observers struct {
	Requests func(mapihttp.Exchange)
	Tokens   func(expires time.Time, err error)
	ROPs     func(id rop.ID, err error)
	// Trace, if set, is told of every request with its bodies.
	Trace func(mapihttp.Exchange)
}

// observe tells those who want to know of a request.
func (o Observers) observe(x mapihttp.Exchange) {
	if o.Requests != nil {
		o.Requests(x)
	}
	if o.Trace != nil {
		o.Trace(x)
	}
}

// New makes the sessions of an Exchange, signing in as the configuration says. Nothing is connected yet; close it.
func New(e *config.Exchange, see Observers, log *slog.Logger) (*Organisation, error) {
	return NewAs(e, nil, see, log)
}

// NewAs is New with somebody else's sign-in; nil is that of the configuration.
func NewAs(e *config.Exchange, as auth.Authenticator, see Observers, log *slog.Logger) (*Organisation, error) {
	config, err := clientTLS(e)
	if err != nil {
		return nil, err
	}
	dial, err := dialer(e)
	if err != nil {
		return nil, err
	}
	o := &Organisation{Config: e, http: mapihttp.LaneConfig{TLS: config, Dial: dial}, log: log.With("exchange", e.Name), observe: see}
	if o.auth = as; as == nil {
		if o.auth, err = SignIn(e, o.watchTokens(see.Tokens)); err != nil {
			return nil, err
		}
	}
	o.conns = mapihttp.NewConnections(o.auth, o.http)
	o.Accounts = exchange.NewAccounts(o.Client, e.Sessions)
	return o, nil
}

// NewClient makes the client of a mailbox as the gateway does it. trace, if not
// nil, is told of every request with its bodies.
func NewClient(e *config.Exchange, mailbox string, trace func(mapihttp.Exchange)) (*mapiclient.Client, error) {
	o, err := New(e, Observers{Trace: trace}, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	o.conns = nil // the client's own end with it
	return o.Client(mailbox)
}

// Close ends its sessions and connections.
func (o *Organisation) Close(ctx context.Context) {
	o.Accounts.Close(ctx)
	o.conns.Close()
}

// watchTokens logs what the operator must hear of, and passes all on.
func (o *Organisation) watchTokens(next func(time.Time, error)) func(time.Time, error) {
	return func(expires time.Time, err error) {
		if err != nil {
			o.log.Error("no access token", "error", err)
		}
		if next != nil {
			next(expires, err)
		}
	}
}

// Roots gives the system's roots and those of a PEM file; nil, which is the system's, without one.
func Roots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("ca_file: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("ca_file %s: no certificate in it; it must be PEM", file)
	}
	return pool, nil
}

// Client makes the client of a mailbox, signing in with the organisation's account. The address may have come with a mail: it is
// the organisation's own servers that are asked for it, and nobody else gets the credentials.
func (o *Organisation) Client(mailbox string) (*mapiclient.Client, error) {
	c := o.Config
	opts := mapiclient.Options{
		Address:      mailbox,
		Domain:       home(c),
		Directory:    o.directory(),
		Auth:         o.auth,
		AllowedHosts: c.Hosts,
		Admin:        c.AdminRights,
		HTTP:         o.http,
		Connections:  o.conns,
		Timeout:      time.Duration(c.Timeout),
		Breaker:      &o.breaker,
		Observe:      o.observe.observe, ObserveBodies: o.observe.Trace != nil,
		ObserveROPs: o.observe.ROPs,
		Log:         o.log,
	}
	switch {
	case c.URL != "" && strings.EqualFold(mailbox, c.Mailbox):
		opts.Endpoint = mapiclient.Endpoint{URL: c.URL, UserDN: c.UserDN, AddressBookURL: addressBookURL(c.URL)}
	case c.URL != "":
		// The URL and the DN are those of one mailbox; the server itself tells those of the others.
		at, err := autodiscoverURL(c.URL)
		if err != nil {
			return nil, err
		}
		opts.AutodiscoverURL = at
	}
	return mapiclient.New(opts)
}

// home is the mail domain of the organisation, as the configuration tells it: whatever mailbox is opened, it is never that of the
// mailbox's address. Where only an endpoint is known, it is the endpoint's host.
func home(c *config.Exchange) string {
	addresses := []string{c.Autodiscover, c.Mailbox}
	for i := range c.Identities {
		addresses = append(addresses, c.Identities[i].Mailbox)
	}
	if _, domain, ok := strings.Cut(cmp.Or(addresses...), "@"); ok {
		return domain
	}
	if u, err := url.Parse(c.URL); err == nil {
		return u.Hostname()
	}
	return ""
}

// directory is what tells where Autodiscover answers, or nil.
func (o *Organisation) directory() *autodiscover.Directory {
	d := &o.Config.ActiveDirectory
	if d.URL == "" {
		return nil
	}
	return &autodiscover.Directory{URL: d.URL, TLS: o.http.TLS, Plaintext: d.Plaintext,
		User: d.User, Password: auth.NewSecret(string(d.Password)), Base: d.Base, Site: d.Site}
}

// addressBookURL gives the address book endpoint that belongs to a mailbox
// endpoint. [MS-OXCMAPIHTTP] 2.2.1
func addressBookURL(mailbox string) string {
	for _, path := range [][2]string{{"/mapi/emsmdb", "/mapi/nspi"}, {"/MAPI/emsmdb", "/MAPI/nspi"}} {
		if strings.Contains(mailbox, path[0]) {
			return strings.Replace(mailbox, path[0], path[1], 1)
		}
	}
	return ""
}

func autodiscoverURL(mailbox string) (string, error) {
	u, err := url.Parse(mailbox)
	if err != nil {
		return "", err
	}
	u.Path, u.RawQuery = "/autodiscover/autodiscover.xml", ""
	return u.String(), nil
}
