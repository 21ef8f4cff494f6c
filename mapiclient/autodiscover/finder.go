package autodiscover

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/auth"
)

// Limits of one search. [MS-OXDSCLI] 3.1.5
const (
	maxRedirects = 10
	maxAddresses = 3
)

// DefaultTimeout limits one request of a search.
const DefaultTimeout = 20 * time.Second

// A Carrier makes the requests to one host.
type Carrier interface {
	http.RoundTripper
	Close()
}

// A Config says where a [Finder] may look and with which credentials.
type Config struct {
	// URL is the only place to ask, if set.
	URL string
	// Domain is the mail domain whose places are asked; "" is that of each address. Of mailboxes of one organisation
	// its own servers know all, and a mail that names somebody else's address does not choose whom we ask.
	Domain string
	// Connect gives the way to the host of u. Without an authenticator no
	// credentials travel. Redirects must not be followed.
	Connect func(u *url.URL, a auth.Authenticator) Carrier
	// Auth signs in to the configured URL and to autodiscover.<domain>. Hosts that a redirect,
	// DNS or a directory in the clear named never get a password of it, and the bare domain,
	// which is often a web site, no token either.
	Auth auth.Authenticator
	// AllowHost tells whether a host may have credentials at all. By default
	// those are the host of URL, the mail domain (Domain, or that of the address) and what is below it.
	AllowHost func(host string) bool
	// LookupSRV asks DNS for _autodiscover._tcp.<domain>. Default net.DefaultResolver's.
	LookupSRV func(ctx context.Context, domain string) ([]*net.SRV, error)
	// Directory, if set, is asked for URLs before the places of the mail domain. Credentials
	// go only to those of its hosts that AllowHost allows.
	Directory *Directory
	// NoRedirectQuery leaves out the question to http://autodiscover.<domain>,
	// which is not encrypted and has no credentials and no address in it.
	NoRedirectQuery bool
	// Timeout limits one request. 0 is [DefaultTimeout].
	Timeout time.Duration
}

// A Finder finds the endpoints of mailboxes. It is safe for concurrent use.
type Finder struct{ config Config }

// NewFinder makes a finder.
func NewFinder(c Config) *Finder {
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.LookupSRV == nil {
		c.LookupSRV = func(ctx context.Context, domain string) ([]*net.SRV, error) {
			_, list, err := net.DefaultResolver.LookupSRV(ctx, "autodiscover", "tcp", domain)
			return list, err
		}
	}
	return &Finder{config: c}
}

// A NotFoundError says that no place had an answer.
type NotFoundError struct {
	Address string
	Tried   []Attempt
}

// An Attempt is a place that was asked in vain.
type Attempt struct {
	URL string
	Err error
}

// Error implements error.
func (e *NotFoundError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "no MAPI/HTTP endpoint found for %s; configure its URL and the mailbox's DN, or see to", e.Address)
	for i, a := range e.Tried {
		if i > 0 {
			b.WriteString(";")
		}
		fmt.Fprintf(&b, " %s: %v", a.URL, a.Err)
	}
	return b.String()
}

// Unwrap gives the errors of all attempts.
func (e *NotFoundError) Unwrap() []error {
	list := make([]error, len(e.Tried))
	for i, a := range e.Tried {
		list[i] = a.Err
	}
	return list
}

// Says tells whether a server has answered with that ErrorCode. [MS-OXDSCLI] 2.2.4.1.1.3.1
func (e *NotFoundError) Says(code string) bool {
	return slices.ContainsFunc(e.Tried, func(a Attempt) bool {
		var refused *ServerError
		return errors.As(a.Err, &refused) && refused.Code == code
	})
}

// Find asks for the endpoints of the mailbox with this address.
func (f *Finder) Find(ctx context.Context, address string) (*Settings, error) {
	return f.find(ctx, address, "")
}

// FindDN asks for those of the mailbox with this legacy DN, as an alternative mailbox without
// an address has it, in the places for an address. [MS-OXDSCLI] 2.2.3.1.1.3
func (f *Finder) FindDN(ctx context.Context, address, legacyDN string) (*Settings, error) {
	return f.find(ctx, address, legacyDN)
}

func (f *Finder) find(ctx context.Context, address, legacyDN string) (*Settings, error) {
	s := &search{Finder: f, address: address, legacyDN: legacyDN, asked: map[string]bool{}}
	if err := s.start(); err != nil {
		return nil, err
	}
	domain := s.home
	for range maxAddresses {
		settings, next, err := s.byAddress(ctx, domain)
		if settings != nil || err != nil {
			return settings, err
		}
		if next == "" {
			break
		}
		if domain, err = domainOf(next); err != nil {
			return nil, err
		}
		s.address = next
	}
	return nil, &NotFoundError{Address: address, Tried: s.tried}
}

// A search is one Find in progress.
type search struct {
	*Finder
	address  string
	legacyDN string // "" unless asked for by it
	home     string // the mail domain whose places are asked first: the configured one, or that of the address
	asked    map[string]bool
	tried    []Attempt
	hops     int
}

func (s *search) start() error {
	domain, err := domainOf(s.address)
	if s.home = domain; s.config.Domain != "" {
		s.home = strings.ToLower(s.config.Domain)
	}
	return err
}

func domainOf(address string) (string, error) {
	at := strings.LastIndexByte(address, '@')
	domain := strings.ToLower(strings.TrimSuffix(address[at+1:], "."))
	if at <= 0 || domain == "" || strings.ContainsAny(domain, "/\\?#: \t\r\n@[]%") {
		return "", fmt.Errorf("autodiscover: %q is not an SMTP address", clip(address))
	}
	return domain, nil
}

// byAddress asks the places of a domain for the current address. It gives
// settings, or another address to go on with.
func (s *search) byAddress(ctx context.Context, domain string) (*Settings, string, error) {
	for _, p := range append(s.published(ctx), s.places(domain)...) {
		settings, next, err := s.ask(ctx, p)
		if settings != nil || next != "" || err != nil {
			return settings, next, err
		}
	}
	if s.config.URL != "" {
		return nil, "", nil
	}
	settings, next, err := s.bySRV(ctx, domain)
	if settings != nil || next != "" || err != nil || domain != s.home {
		return settings, next, err
	}
	return s.byJSON(ctx, domain)
}

func (s *search) bySRV(ctx context.Context, domain string) (*Settings, string, error) {
	ctx2, cancel := context.WithTimeout(ctx, s.config.Timeout)
	list, err := s.config.LookupSRV(ctx2, domain)
	cancel()
	if err != nil {
		s.failed("_autodiscover._tcp."+domain, err)
		return nil, "", ctx.Err()
	}
	for _, srv := range list[:min(len(list), maxRedirects)] {
		host := strings.TrimSuffix(srv.Target, ".")
		if srv.Port != 443 {
			host = net.JoinHostPort(host, fmt.Sprint(srv.Port))
		}
		settings, next, err := s.ask(ctx, elsewhere("https://"+host+poxPath))
		if settings != nil || next != "" || err != nil {
			return settings, next, err
		}
	}
	return nil, "", nil
}

func (s *search) failed(where string, err error) {
	s.tried = append(s.tried, Attempt{URL: where, Err: err})
}

// ask asks one place and those it redirects to. An error ends the search; a
// place that does not help is only noted.
func (s *search) ask(ctx context.Context, p place) (*Settings, string, error) {
	for {
		if s.asked[s.address+" "+p.url] {
			s.failed(p.url, errors.New("it was asked already: the redirects go in a circle"))
			return nil, "", nil
		}
		s.asked[s.address+" "+p.url] = true
		r, err := s.request(ctx, p)
		switch {
		case ctx.Err() != nil:
			return nil, "", context.Cause(ctx)
		case endsSearch(err):
			return nil, "", err
		case err != nil:
			s.failed(p.url, err)
			return nil, "", nil
		case r.Settings != nil:
			r.Settings.Source = p.url
			return r.Settings, "", s.checkEndpoints(r.Settings)
		case r.RedirectAddr != "":
			s.failed(p.url, fmt.Errorf("it points to the address %s", clip(r.RedirectAddr)))
			return nil, r.RedirectAddr, nil
		}
		if err := s.mayFollow(r.RedirectURL); err != nil {
			s.failed(p.url, err)
			return nil, "", nil
		}
		s.failed(p.url, fmt.Errorf("it points to %s", clip(r.RedirectURL)))
		p = elsewhere(r.RedirectURL)
	}
}

// endsSearch tells whether asking elsewhere would do harm.
func endsSearch(err error) bool {
	var rejected *auth.RejectedError
	return errors.As(err, &rejected)
}
