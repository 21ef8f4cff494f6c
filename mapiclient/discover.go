package mapiclient

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/autodiscover"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
)

// discover asks Autodiscover for the endpoint of the address. [MS-OXDSCLI] 3.1.5
func (c *Client) discover(ctx context.Context) (Endpoint, error) {
	s, err := c.find(ctx)
	if err != nil {
		return Endpoint{}, err
	}
	e := Endpoint{URL: first(s.MailStore), AddressBookURL: first(s.AddressBook), UserDN: s.LegacyDN}
	if e.URL == "" || e.UserDN == "" {
		return Endpoint{}, fmt.Errorf("autodiscover for %s: %s offers no MAPI over HTTP for this mailbox", c.opts.Address, s.Source)
	}
	return e, nil
}

func (c *Client) find(ctx context.Context) (*autodiscover.Settings, error) {
	f := autodiscover.NewFinder(autodiscover.Config{
		URL:       c.opts.AutodiscoverURL,
		Domain:    c.opts.Domain,
		Directory: c.opts.Directory,
		Auth:      c.opts.Auth,
		AllowHost: c.mayHaveCredentials,
		Connect: func(u *url.URL, a auth.Authenticator) autodiscover.Carrier {
			return mapihttp.NewLanes(u, a, c.opts.HTTP)
		},
	})
	if c.legacyDN != "" {
		return f.FindDN(ctx, c.opts.Address, c.legacyDN)
	}
	return f.Find(ctx, c.opts.Address)
}

// Alternatives gives the other mailboxes that the server says the user may open:
// archives, and mailboxes of others that were shared so that Outlook opens them by itself.
// It asks Autodiscover anew. [MS-OXDSCLI] 2.2.4.1.1.2.2
func (c *Client) Alternatives(ctx context.Context) ([]autodiscover.AlternativeMailbox, error) {
	if c.opts.Address == "" {
		return nil, errors.New("mapiclient: Autodiscover tells of other mailboxes, and there is no address to ask it for")
	}
	s, err := c.find(ctx)
	if err != nil {
		return nil, err
	}
	return s.Mailboxes, nil
}

// Alternative prepares a client of such a mailbox, which signs in as this one does. What the
// server named does not widen whom credentials may be shown: those are the hosts that this
// client allows.
func (c *Client) Alternative(m autodiscover.AlternativeMailbox) (*Client, error) {
	opts := c.opts
	opts.Endpoint = Endpoint{}
	other := ""
	switch {
	case m.SMTPAddress != "":
		opts.Address = m.SMTPAddress
	case m.LegacyDN != "" && c.opts.Address != "":
		other = m.LegacyDN
	default:
		return nil, fmt.Errorf("mapiclient: the server names the mailbox %q by neither address nor DN", m.DisplayName)
	}
	alternative, err := New(opts)
	if err != nil {
		return nil, err
	}
	alternative.legacyDN, alternative.home = other, c.home
	return alternative, nil
}

func first(e autodiscover.Endpoint) string {
	if urls := e.URLs(); len(urls) > 0 {
		return urls[0]
	}
	return ""
}

// mayHaveCredentials tells whether a host may have credentials during discovery.
func (c *Client) mayHaveCredentials(host string) bool {
	allowed := append([]string{c.home, "." + c.home}, c.opts.AllowedHosts...)
	if u, err := url.Parse(c.opts.AutodiscoverURL); err == nil && u.Host != "" {
		allowed = append(allowed, u.Hostname())
	}
	host = strings.ToLower(host)
	return slices.ContainsFunc(allowed, func(a string) bool {
		a = strings.ToLower(a)
		return a != "" && (host == a || len(a) > 1 && a[0] == '.' && strings.HasSuffix(host, a))
	})
}
