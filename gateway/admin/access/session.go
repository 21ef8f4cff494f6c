package access

import (
	"crypto/rand"
	"net/http"
	"sync"
	"time"
)

// sessionCookie is what the browser shows us again. Who has not signed in has one as well: the CSRF token belongs to it.
const sessionCookie = "mapigate_session"

const (
	sessionTime = 12 * time.Hour
	mostOpen    = 10_000 // sessions
)

// sessions are those who signed in.
type sessions struct {
	clock func() time.Time
	mu    sync.Mutex
	open  map[string]session
}

type session struct {
	person Person
	until  time.Time
}

func newSessions(clock func() time.Time) *sessions {
	return &sessions{clock: clock, open: map[string]session{}}
}

// begin opens a session and gives its name, which nobody can guess.
func (s *sessions) begin(p Person) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	for name, old := range s.open {
		if now.After(old.until) || len(s.open) >= mostOpen {
			delete(s.open, name)
		}
	}
	name := rand.Text()
	s.open[name] = session{p, now.Add(sessionTime)}
	return name
}

func (s *sessions) find(name string) (Person, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.open[name]
	if !ok || s.clock().After(found.until) {
		return Person{}, false
	}
	return found.person, true
}

func (s *sessions) end(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, name)
}

// A State is what a page must know about who looks at it.
type State struct {
	Name string `json:"name"`
	Role string `json:"role"`
	How  string `json:"how,omitempty"`
	// CSRF goes into the header X-CSRF-Token of every change that a page asks for.
	CSRF string `json:"csrf,omitempty"`
	// Logins are the ways to sign in from a page: "token", "oidc".
	Logins []string `json:"logins"`
}

// Tell says who asks, and gives the browser a cookie if it has none.
func (g *Guard) Tell(w http.ResponseWriter, r *http.Request) State {
	p := From(r.Context())
	s := State{Name: p.Name, Role: p.Role.String(), How: p.How, Logins: []string{}}
	if len(g.opts.Tokens) > 0 {
		s.Logins = append(s.Logins, "token")
	}
	if g.oidc != nil {
		s.Logins = append(s.Logins, "oidc")
	}
	if p.How == bySocket || r.Header.Get("Authorization") != "" {
		return s
	}
	name := ""
	if c, err := r.Cookie(sessionCookie); err == nil && len(c.Value) <= 64 {
		name = c.Value
	} else {
		name = rand.Text()
		g.setCookie(w, name)
	}
	s.CSRF = g.csrf(name)
	return s
}

// SignIn opens a session for whoever has this token. Its error is for people.
func (g *Guard) SignIn(w http.ResponseWriter, r *http.Request, secret string) (State, error) {
	p, ok := g.token(secret)
	if !ok {
		g.opts.Log.Warn("a token that is not known", "client", r.RemoteAddr)
		return State{}, errToken
	}
	name := g.sessions.begin(p)
	g.setCookie(w, name)
	g.opts.Log.Info("signed in", "name", p.Name, "role", p.Role.String(), "client", r.RemoteAddr)
	return State{Name: p.Name, Role: p.Role.String(), How: p.How, CSRF: g.csrf(name), Logins: []string{}}, nil
}

// SignOut ends the session.
func (g *Guard) SignOut(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie(sessionCookie); err == nil {
		g.sessions.end(c.Value)
	}
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: g.secure()})
}

func (g *Guard) setCookie(w http.ResponseWriter, name string) {
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: name, Path: "/", MaxAge: int(sessionTime / time.Second),
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: g.secure(),
	})
}

// secure tells whether browsers come by HTTPS.
func (g *Guard) secure() bool {
	if g.opts.URL != nil {
		return g.opts.URL.Scheme == "https"
	}
	return g.opts.TLS
}
