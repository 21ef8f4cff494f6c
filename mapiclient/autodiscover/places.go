package autodiscover

import (
	"context"

	"github.com/mapigate/mapigate/mapiclient/auth"
)

// A place is a URL to ask.
type place struct {
	url string
	// never are the schemes that must not be tried there.
	never []string
	// foreign says that somebody else named the place: the configuration must
	// allow its host before it is even told the address.
	foreign bool
	// kind is how to ask.
	kind kind
}

// A kind is a way to ask a place.
type kind int

const (
	poxKind  kind = iota
	hintKind      // plain HTTP, which may only redirect
	jsonKind      // version 2, which only names the URL to ask
)

// notElsewhere is what must not be tried at hosts that somebody else named.
func notElsewhere() []string { return []string{auth.SchemeBasic} }

// notBare is what must not be tried at the bare domain.
func notBare() []string { return []string{auth.SchemeBasic, auth.SchemeBearer} }

// places are those for a domain, in their order. [MS-OXDISCO] 3.1.5.2
func (s *search) places(domain string) []place {
	if s.config.URL != "" {
		return []place{{url: s.config.URL, kind: kindOf(s.config.URL)}}
	}
	if domain != s.home {
		return []place{elsewhere("https://" + domain + poxPath), elsewhere("https://autodiscover." + domain + poxPath)}
	}
	list := []place{{url: "https://" + domain + poxPath, never: notBare()}, {url: "https://autodiscover." + domain + poxPath}}
	if !s.config.NoRedirectQuery {
		list = append(list, place{url: "http://autodiscover." + domain + poxPath, kind: hintKind})
	}
	return list
}

// elsewhere is a place that somebody else named.
func elsewhere(url string) place {
	return place{url: url, never: notElsewhere(), foreign: true, kind: kindOf(url)}
}

// published are the places that the directory of the organisation names.
func (s *search) published(ctx context.Context) (list []place) {
	if s.config.Directory == nil || s.config.URL != "" || len(s.asked) > 0 {
		return nil
	}
	urls, err := s.config.Directory.URLs(ctx, s.home, s.allowed)
	if err != nil {
		s.failed(s.config.Directory.URL, err)
	}
	for _, u := range urls[:min(len(urls), maxRedirects)] {
		p := place{url: u, foreign: true}
		if s.config.Directory.Plaintext {
			p.never = notElsewhere()
		}
		list = append(list, p)
	}
	return list
}

const poxPath = "/autodiscover/autodiscover.xml"
