// Package outlets makes the courier onto SMTP, and the ways that it knows, of what the configuration says.
package outlets

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/internet"
	"github.com/mapigate/mapigate/gateway/metrics"
	"github.com/mapigate/mapigate/gateway/organisation"
	"github.com/mapigate/mapigate/gateway/rewrite"
	"github.com/mapigate/mapigate/gateway/route"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/smtpside"
	"github.com/mapigate/mapigate/smtpside/dkim"
	"github.com/mapigate/mapigate/smtpside/tlspolicy"
)

// New makes the courier onto SMTP, and the sender behind it. session is told how TLS goes; nil for nobody.
func New(c *config.Config, generic *rewrite.Table, see *metrics.Metrics, session func(tlspolicy.Session), log *slog.Logger) (*internet.Courier, *smtpside.Sender, error) {
	n := &c.Internet
	helo := n.Helo
	if helo == "" {
		helo = c.Hostname
	}
	keys, err := dkimKeys(n)
	if err != nil {
		return nil, nil, err
	}
	resolver, sts, _, err := Lookups(c, log)
	if err != nil {
		return nil, nil, err
	}
	sender, err := smtpside.NewSender(smtpside.SenderOptions{
		Hostname: helo, Resolver: resolver, STS: sts, DKIM: keys, Logger: log, MaxPerDestination: n.PerDestination, MaxMailsPerConn: n.MailsPerConn,
		PutOff:     putOff,
		IsSelf:     isSelf(c),
		TLSSession: session,
		TLSFailure: see.TLSFailure,
	})
	if err != nil {
		return nil, nil, err
	}
	opts := internet.Options{
		Sender: sender, Generic: generic, Duplicate: see.Duplicate, TLS: see.SentOver, Log: log,
		Direct:     smtpside.Route{Port: n.Port, TLS: policies[n.TLS]},
		Smarthosts: make(map[string]smtpside.Route),
	}
	if opts.From, err = forwarding(&n.SRS); err != nil {
		return nil, nil, err
	}
	if len(n.Shaping) > 0 {
		opts.Shape = func(domain string) smtpside.Shape { return shapeOf(n.Shaping, domain) }
	}
	for i := range n.Smarthosts {
		way, err := smarthostWay(&n.Smarthosts[i])
		if err != nil {
			return nil, nil, err
		}
		opts.Smarthosts[route.Smarthost+"/"+n.Smarthosts[i].Name] = way
	}
	addFallbacks(&opts, n)
	courier, err := internet.New(opts)
	return courier, sender, err
}

// addFallbacks gives routes the smarthosts that take their mail when no host can be reached.
func addFallbacks(o *internet.Options, n *config.Internet) {
	plain := maps.Clone(o.Smarthosts)
	fallback := func(name string) *smtpside.Route {
		way, ok := plain[route.Smarthost+"/"+name]
		if !ok {
			return nil
		}
		return &way
	}
	o.Direct.Fallback = fallback(n.Fallback)
	for _, h := range n.Smarthosts {
		way := o.Smarthosts[route.Smarthost+"/"+h.Name]
		way.Fallback = fallback(h.Fallback)
		o.Smarthosts[route.Smarthost+"/"+h.Name] = way
	}
}

// shapeOf gives what the first entry that fits a domain says.
func shapeOf(list []config.Shaping, domain string) smtpside.Shape {
	for _, s := range list {
		for _, p := range s.To {
			if p.Match("postmaster@" + domain) {
				return smtpside.Shape{Connections: s.Connections, MailsPerConn: s.MailsPerConn, Rate: s.PerMinute}
			}
		}
	}
	return smtpside.Shape{}
}

// putOff is for how long mail goes back to the queue whose destination has as much as it takes.
const putOff = 5 * time.Second

// stsFile keeps the MTA-STS policies, in the folder of the queue.
const stsFile = "mta-sts.json"

// lookupTXT gives the TXT records of a name.
type lookupTXT = func(ctx context.Context, name string) ([]string, error)

// Lookups makes what asks the DNS, and what knows the policies of domains. The system's own resolver is a nil Resolver.
func Lookups(c *config.Config, log *slog.Logger) (resolver smtpside.Resolver, sts *tlspolicy.STS, text lookupTXT, err error) {
	n := &c.Internet
	text = net.DefaultResolver.LookupTXT
	if len(n.Resolvers) > 0 || n.DNSSEC {
		d, err := smtpside.NewDNS(smtpside.DNSOptions{Servers: n.Resolvers, TrustAD: n.DNSSEC})
		if err != nil {
			return nil, nil, nil, err
		}
		resolver, text = d, d.LookupTXT
	}
	if !n.MTASTS || n.TLS == config.TLSNever {
		return resolver, nil, text, nil
	}
	sts, err = tlspolicy.NewSTS(tlspolicy.STSOptions{LookupTXT: text, File: filepath.Join(c.Data, stsFile), Logger: log})
	return resolver, sts, text, err
}

// dkimKeys reads the keys that sign outgoing mail.
func dkimKeys(n *config.Internet) (keys []dkim.Key, err error) {
	for _, k := range n.DKIM {
		key, err := dkim.OpenKey(k.Domain, k.Selector, k.KeyFile)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func smarthostWay(h *config.Smarthost) (smtpside.Route, error) {
	way := smtpside.Route{
		Hosts: h.Hosts, TLS: policies[h.TLS], AuthPlain: h.AuthPlaintext,
		Shape: smtpside.Shape{Connections: h.Connections, MailsPerConn: h.MailsPerConn, Rate: h.PerMinute},
	}
	roots, err := organisation.Roots(h.CAFile)
	if err != nil {
		return way, fmt.Errorf("smarthost %s: %w", h.Name, err)
	}
	if roots != nil || len(h.Pins) > 0 {
		way.TLSConfig = &tls.Config{RootCAs: roots}
	}
	if len(h.Pins) > 0 {
		way.TLSConfig.VerifyConnection = func(state tls.ConnectionState) error { return tlspolicy.Pinned(state, h.Pins) }
	}
	if h.User == "" {
		return way, nil
	}
	way.Auth = &smtpside.Credentials{Mechanism: strings.ToUpper(h.Auth), Username: h.User, Password: string(h.Password)}
	if h.OAuth2.TokenURL != "" {
		if way.Auth.Tokens, err = newTokens(h, roots); err != nil {
			return way, fmt.Errorf("smarthost %s: %w", h.Name, err)
		}
	}
	return way, nil
}

// tokens are the access tokens for a smarthost.
type tokens struct{ get auth.TokenSource }

// Token implements smtpside.Tokens.
func (t *tokens) Token(ctx context.Context, fresh bool) (string, error) {
	token, err := t.get(ctx, fresh)
	return token.Reveal(), err
}

func newTokens(h *config.Smarthost, roots *x509.CertPool) (*tokens, error) {
	c := &h.OAuth2
	o := auth.OAuth2{
		Name: h.User, TokenURL: c.TokenURL, DeviceURL: c.DeviceURL, ClientID: c.ClientID,
		ClientSecret: auth.NewSecret(string(c.ClientSecret)), Scopes: c.Scopes, TokenFile: c.TokenFile,
		HTTP: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true,
			IdleConnTimeout: time.Minute, TLSHandshakeTimeout: 10 * time.Second,
		}},
	}
	if c.Certificate != "" {
		var err error
		if o.Certificate, err = auth.LoadCertificate(c.Certificate, c.Key); err != nil {
			return nil, fmt.Errorf("oauth2: %w", err)
		}
	}
	get, err := auth.NewTokens(o)
	return &tokens{get}, err
}

// Way gives the way out to a destination of the internet's courier: a domain, or smarthost/NAME.
func Way(c *config.Config, destination string) (smtpside.Route, error) {
	name, ok := strings.CutPrefix(destination, route.Smarthost+"/")
	if !ok {
		return smtpside.Route{Domain: destination, Port: c.Internet.Port, TLS: policies[c.Internet.TLS]}, nil
	}
	for i := range c.Internet.Smarthosts {
		if h := &c.Internet.Smarthosts[i]; h.Name == name {
			return smarthostWay(h)
		}
	}
	return smtpside.Route{}, fmt.Errorf("there is no smarthost %q", name)
}

var policies = map[string]smtpside.TLSPolicy{
	config.TLSOpportunistic: smtpside.TLSOpportunistic, config.TLSRequired: smtpside.TLSRequired,
	config.TLSImplicit: smtpside.TLSFromStart, config.TLSNever: smtpside.TLSNever,
}
