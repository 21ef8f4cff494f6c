package access

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Options say how people sign in. The zero value lets nobody do anything.
type Options struct {
	// Anonymous is what those may do who have not signed in.
	Anonymous Role
	Tokens    []Token
	Proxy     Proxy
	OIDC      *OIDC
	// URL is what people type to come here; nil when that is the address itself.
	URL *url.URL
	// TLS says that we speak HTTPS ourselves.
	TLS   bool
	Clock func() time.Time
	Log   *slog.Logger // default: discard
}

// A Token signs in whoever has it.
type Token struct {
	Name, Secret string
	Role         Role
}

// A Proxy signs people in and names them in a header.
type Proxy struct {
	// Networks are where it may be; from elsewhere the headers mean nothing.
	Networks                 []netip.Prefix
	UserHeader, GroupsHeader string
	Rights                   Rights
}

// A Guard knows who asks.
type Guard struct {
	opts     Options
	key      []byte // of the CSRF tokens
	sessions *sessions
	origin   *http.CrossOriginProtection
	oidc     *oidcLogin // nil without
}

// New checks the options.
func New(o Options) (*Guard, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	for _, t := range o.Tokens {
		if t.Secret == "" {
			return nil, fmt.Errorf("access: token %s is empty", t.Name)
		}
	}
	g := &Guard{opts: o, key: make([]byte, 32), sessions: newSessions(o.Clock), origin: http.NewCrossOriginProtection()}
	rand.Read(g.key) // never fails
	if o.URL != nil {
		if err := g.origin.AddTrustedOrigin(o.URL.Scheme + "://" + o.URL.Host); err != nil {
			return nil, fmt.Errorf("access: %w", err)
		}
	}
	if o.OIDC != nil {
		if o.URL == nil {
			return nil, errors.New("access: an OpenID provider needs the URL that it sends people back to")
		}
		g.oidc = newOIDCLogin(*o.OIDC, o.URL, o.Clock)
	}
	return g, nil
}

// Errors of Protect.
var (
	errToken = errors.New("this token is not known here")
	errHost  = errors.New("this host name is not known here: use the address, or set admin.url")
	errCSRF  = errors.New("this request did not come from the page: send X-CSRF-Token, as GET /api/v1/session gives it")
)

// Protect identifies whoever asks and refuses what a foreign page makes a browser do. Errors are answered by fail.
func (g *Guard) Protect(next http.Handler, fail func(w http.ResponseWriter, r *http.Request, code int, err error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, ambient, err := g.identify(r)
		switch {
		case errors.Is(err, errHost):
			fail(w, r, http.StatusMisdirectedRequest, err)
			return
		case err != nil:
			w.Header().Set("WWW-Authenticate", `Bearer realm="mapigate"`)
			fail(w, r, http.StatusUnauthorized, err)
			return
		case ambient && !safe(r.Method):
			if err := g.fromOurPage(r); err != nil {
				g.opts.Log.Warn("refused a change that did not come from the page", "client", r.RemoteAddr, "origin", r.Header.Get("Origin"), "error", err)
				fail(w, r, http.StatusForbidden, err)
				return
			}
		}
		next.ServeHTTP(w, r.WithContext(with(r.Context(), p)))
	})
}

func safe(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// identify finds out who asks; ambient says that a browser may have added that by itself.
func (g *Guard) identify(r *http.Request) (p Person, ambient bool, err error) {
	if p := From(r.Context()); p.How == bySocket {
		return p, false, nil
	}
	if scheme, secret, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		p, ok := g.token(strings.TrimSpace(secret))
		if !ok {
			g.opts.Log.Warn("a token that is not known", "client", r.RemoteAddr)
			return Person{}, false, errToken
		}
		return p, false, nil
	}
	if c, err := r.Cookie(sessionCookie); err == nil {
		if p, ok := g.sessions.find(c.Value); ok {
			return p, true, nil
		}
	}
	if p, ok := g.proxied(r); ok {
		return p, true, g.checkHost(r)
	}
	if g.opts.Anonymous == Nothing {
		return Person{}, true, nil
	}
	return Person{Name: "somebody at " + clientHost(r), Role: g.opts.Anonymous}, true, g.checkHost(r)
}

// token compares in a time that tells nothing.
func (g *Guard) token(secret string) (Person, bool) {
	sum := sha256.Sum256([]byte(secret))
	var found Person
	ok := false
	for _, t := range g.opts.Tokens {
		if known := sha256.Sum256([]byte(t.Secret)); subtle.ConstantTimeCompare(sum[:], known[:]) == 1 {
			found, ok = Person{Name: t.Name, Role: t.Role, How: "token"}, true
		}
	}
	return found, ok
}

// proxied believes the header of a proxy of ours.
func (g *Guard) proxied(r *http.Request) (Person, bool) {
	o := &g.opts.Proxy
	ip, err := netip.ParseAddr(clientHost(r))
	if err != nil || !slices.ContainsFunc(o.Networks, func(n netip.Prefix) bool { return n.Contains(ip.Unmap()) }) {
		return Person{}, false
	}
	user := r.Header.Get(o.UserHeader)
	if user == "" || len(user) > maxName {
		return Person{}, false
	}
	var groups []string
	for _, value := range r.Header.Values(o.GroupsHeader) {
		for _, group := range strings.FieldsFunc(value, func(c rune) bool { return c == ',' || c == ';' || c == '|' }) {
			groups = append(groups, strings.TrimSpace(group))
		}
	}
	return Person{Name: user, Role: o.Rights.role([]string{user}, groups), How: "proxy"}, true
}

// maxName bounds the names that others give people.
const maxName = 256

func clientHost(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// checkHost refuses names that somebody may have pointed at this machine to make a browser believe that a foreign page is ours
// (DNS rebinding). Addresses cannot be pointed elsewhere.
func (g *Guard) checkHost(r *http.Request) error {
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil || strings.EqualFold(host, "localhost") {
		return nil
	}
	if g.opts.URL != nil && strings.EqualFold(host, g.opts.URL.Hostname()) {
		return nil
	}
	return errHost
}

// fromOurPage tells whether our own page made this request.
func (g *Guard) fromOurPage(r *http.Request) error {
	if err := g.origin.Check(r); err != nil {
		return err
	}
	c, err := r.Cookie(sessionCookie)
	if err != nil || subtle.ConstantTimeCompare([]byte(g.csrf(c.Value)), []byte(r.Header.Get("X-CSRF-Token"))) != 1 {
		return errCSRF
	}
	return nil
}

// csrf is the token that belongs to a cookie.
func (g *Guard) csrf(cookie string) string {
	mac := hmac.New(sha256.New, g.key)
	mac.Write([]byte(cookie))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
