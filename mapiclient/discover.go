package mapiclient

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/autodiscover"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
)

// discover asks Autodiscover for the endpoint of the address. [MS-OXDSCLI] 3.1.5
func (c *Client) discover(ctx context.Context) (Endpoint, error) {
	f := autodiscover.NewFinder(autodiscover.Config{
		URL:       c.opts.AutodiscoverURL,
		Directory: c.opts.Directory,
		Auth:      c.opts.Auth,
		AllowHost: c.allowedHosts(),
		Connect: func(u *url.URL, a auth.Authenticator) autodiscover.Carrier {
			return mapihttp.NewLanes(u, a, c.opts.HTTP)
		},
	})
	s, err := f.Find(ctx, c.opts.Address)
	if err != nil {
		return Endpoint{}, err
	}
	e := Endpoint{URL: first(s.MailStore), AddressBookURL: first(s.AddressBook), UserDN: s.LegacyDN}
	if e.URL == "" || e.UserDN == "" {
		return Endpoint{}, fmt.Errorf("autodiscover for %s: %s offers no MAPI over HTTP for this mailbox", c.opts.Address, s.Source)
	}
	return e, nil
}

func first(e autodiscover.Endpoint) string {
	if urls := e.URLs(); len(urls) > 0 {
		return urls[0]
	}
	return ""
}

// allowedHosts gives who may have credentials during discovery, or nil for the
// finder's own choice.
func (c *Client) allowedHosts() func(string) bool {
	if len(c.opts.AllowedHosts) == 0 {
		return nil
	}
	_, domain, _ := strings.Cut(strings.ToLower(c.opts.Address), "@")
	allowed := append([]string{domain, "." + domain}, c.opts.AllowedHosts...)
	if u, err := url.Parse(c.opts.AutodiscoverURL); err == nil && u.Host != "" {
		allowed = append(allowed, u.Hostname())
	}
	return func(host string) bool {
		host = strings.ToLower(host)
		for _, a := range allowed {
			a = strings.ToLower(a)
			if host == a || strings.HasPrefix(a, ".") && strings.HasSuffix(host, a) {
				return true
			}
		}
		return false
	}
}
