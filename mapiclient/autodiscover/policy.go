package autodiscover

import (
	"fmt"
	"net/url"
	"strings"
)

// mayFollow checks a redirect. [MS-OXDISCO] 3.1.5.3
func (s *search) mayFollow(to string) error {
	if s.hops++; s.hops > maxRedirects {
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	if httpsOnly(to) == "" {
		return fmt.Errorf("it points to %q, which is not https", clip(to))
	}
	return nil
}

// allowed tells whether a host may be shown credentials.
func (s *search) allowed(host string) bool {
	if s.config.AllowHost != nil {
		return s.config.AllowHost(host)
	}
	host = strings.ToLower(host)
	if u, err := url.Parse(s.config.URL); s.config.URL != "" && err == nil && strings.ToLower(u.Hostname()) == host {
		return true
	}
	return host == s.home || strings.HasSuffix(host, "."+s.home)
}

// checkEndpoints drops endpoints on hosts that may not have credentials.
func (s *search) checkEndpoints(settings *Settings) error {
	var refused []string
	for _, e := range []*string{
		&settings.MailStore.Internal, &settings.MailStore.External,
		&settings.AddressBook.Internal, &settings.AddressBook.External,
	} {
		if u, err := url.Parse(*e); *e != "" && (err != nil || !s.allowed(u.Hostname())) {
			refused = append(refused, u.Hostname())
			*e = ""
		}
	}
	if len(settings.MailStore.URLs()) == 0 {
		return fmt.Errorf("autodiscover: %s names an endpoint for %s on %s, which may not be given credentials; allow that host in the configuration",
			settings.Source, s.address, strings.Join(refused, ", "))
	}
	return nil
}
