package access

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// OIDC is an OpenID provider that signs people in.
type OIDC struct {
	Issuer, ClientID, ClientSecret string
	// Scopes default to openid, profile and email.
	Scopes []string
	// Claim lists a user's groups.
	Claim  string
	Rights Rights
	// Client makes the requests to the provider; default http.DefaultClient.
	Client *http.Client
}

const (
	// CallbackPath is where the provider sends people back to.
	CallbackPath = "/login/callback"
	stateCookie  = "mapigate_login"
	loginTime    = 10 * time.Minute
	mostLogins   = 1000
	askTime      = 15 * time.Second
)

// oidcLogin does the authorization code flow with PKCE. OpenID Connect Core 3.1, RFC 7636
type oidcLogin struct {
	opts     OIDC
	redirect string
	clock    func() time.Time

	mu       sync.Mutex
	provider *oidc.Provider // nil until it was asked first
	begun    map[string]attempt
}

// An attempt is a login that has begun.
type attempt struct {
	verifier, nonce string
	until           time.Time
}

func newOIDCLogin(o OIDC, base *url.URL, clock func() time.Time) *oidcLogin {
	if len(o.Scopes) == 0 {
		o.Scopes = []string{oidc.ScopeOpenID, "profile", "email"}
	}
	if o.Client == nil {
		o.Client = &http.Client{Timeout: askTime}
	}
	return &oidcLogin{opts: o, redirect: strings.TrimSuffix(base.String(), "/") + CallbackPath, clock: clock, begun: map[string]attempt{}}
}

// discover asks the provider about itself, once it answers.
func (l *oidcLogin) discover(ctx context.Context) (*oidc.Provider, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.provider != nil {
		return l.provider, nil
	}
	// The provider's keys are fetched with this context much later.
	p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), l.opts.Client), l.opts.Issuer)
	if err != nil {
		return nil, fmt.Errorf("the OpenID provider %s: %w", l.opts.Issuer, err)
	}
	l.provider = p
	return p, nil
}

func (l *oidcLogin) config(p *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: l.opts.ClientID, ClientSecret: l.opts.ClientSecret, Endpoint: p.Endpoint(), RedirectURL: l.redirect, Scopes: l.opts.Scopes,
	}
}

// begin remembers an attempt and says where to go, and what the browser must bring back.
func (l *oidcLogin) begin(ctx context.Context) (target, state string, err error) {
	p, err := l.discover(ctx)
	if err != nil {
		return "", "", err
	}
	state = rand.Text()
	a := attempt{verifier: oauth2.GenerateVerifier(), nonce: rand.Text(), until: l.clock().Add(loginTime)}
	l.mu.Lock()
	for name, old := range l.begun {
		if l.clock().After(old.until) || len(l.begun) >= mostLogins {
			delete(l.begun, name)
		}
	}
	l.begun[state] = a
	l.mu.Unlock()
	return l.config(p).AuthCodeURL(state, oidc.Nonce(a.nonce), oauth2.S256ChallengeOption(a.verifier)), state, nil
}

func (l *oidcLogin) take(state string) (attempt, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a, ok := l.begun[state]
	delete(l.begun, state)
	if !ok || l.clock().After(a.until) {
		return a, errors.New("this login is not one that began here, or it took too long: begin again")
	}
	return a, nil
}

// end exchanges the code for a person.
func (l *oidcLogin) end(ctx context.Context, state, code string) (Person, error) {
	a, err := l.take(state)
	if err != nil {
		return Person{}, err
	}
	p, err := l.discover(ctx)
	if err != nil {
		return Person{}, err
	}
	ctx = oidc.ClientContext(ctx, l.opts.Client)
	tokens, err := l.config(p).Exchange(ctx, code, oauth2.VerifierOption(a.verifier))
	if err != nil {
		return Person{}, fmt.Errorf("the OpenID provider gave no token: %w", err)
	}
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return Person{}, errors.New("the OpenID provider gave no id_token: is the scope openid allowed?")
	}
	id, err := p.Verifier(&oidc.Config{ClientID: l.opts.ClientID, Now: l.clock}).Verify(ctx, raw)
	if err != nil {
		return Person{}, fmt.Errorf("the id_token: %w", err)
	}
	if id.Nonce != a.nonce {
		return Person{}, errors.New("the id_token belongs to another login")
	}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return Person{}, fmt.Errorf("the id_token: %w", err)
	}
	if info, err := p.UserInfo(ctx, oauth2.StaticTokenSource(tokens)); err == nil && info.Subject == id.Subject {
		// Many providers tell names and groups only here.
		if err := info.Claims(&claims); err != nil {
			return Person{}, fmt.Errorf("the user's claims: %w", err)
		}
	}
	return l.person(id.Subject, claims), nil
}

func (l *oidcLogin) person(subject string, claims map[string]any) Person {
	word := func(name string) string { s, _ := claims[name].(string); return s }
	names := []string{subject}
	if verified, _ := claims["email_verified"].(bool); verified {
		names = append(names, word("email"))
	}
	var groups []string
	switch list := claims[l.opts.Claim].(type) {
	case []any:
		for _, g := range list {
			if s, ok := g.(string); ok {
				groups = append(groups, s)
			}
		}
	case string:
		groups = strings.Fields(list)
	}
	p := Person{Name: subject, Role: l.opts.Rights.role(names, groups), How: "oidc"}
	for _, name := range []string{"email", "preferred_username", "name"} {
		if s := word(name); s != "" && len(s) <= maxName {
			p.Name = s
			break
		}
	}
	return p
}

// Login sends the browser to the OpenID provider.
func (g *Guard) Login(w http.ResponseWriter, r *http.Request) {
	if g.oidc == nil {
		http.NotFound(w, r)
		return
	}
	target, state, err := g.oidc.begin(r.Context())
	if err != nil {
		g.loginFailed(w, err, http.StatusBadGateway)
		return
	}
	// Lax: it must come along when the provider sends the browser back.
	http.SetCookie(w, &http.Cookie{
		Name: stateCookie, Value: state, Path: CallbackPath, MaxAge: int(loginTime / time.Second),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: g.secure(),
	})
	http.Redirect(w, r, target, http.StatusFound)
}

// Callback ends a login.
func (g *Guard) Callback(w http.ResponseWriter, r *http.Request) {
	if g.oidc == nil {
		http.NotFound(w, r)
		return
	}
	if problem := r.FormValue("error"); problem != "" {
		g.loginFailed(w, fmt.Errorf("the OpenID provider says: %.200s %.500s", problem, r.FormValue("error_description")), http.StatusForbidden)
		return
	}
	c, err := r.Cookie(stateCookie)
	if err != nil || c.Value == "" || c.Value != r.FormValue("state") {
		g.loginFailed(w, errors.New("this login did not begin in this browser: begin again"), http.StatusForbidden)
		return
	}
	p, err := g.oidc.end(r.Context(), c.Value, r.FormValue("code"))
	if err != nil {
		g.loginFailed(w, err, http.StatusForbidden)
		return
	}
	g.opts.Log.Info("signed in", "name", p.Name, "role", p.Role.String(), "client", r.RemoteAddr, "by", "oidc")
	g.setCookie(w, g.sessions.begin(p))
	// Not a redirect: a browser that another site sent here would not show its strict cookie behind one.
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/"><title>Signed in</title><p>Signed in. <a href="/">Go on</a></html>`)
}

func (g *Guard) loginFailed(w http.ResponseWriter, err error, code int) {
	g.opts.Log.Warn("a login failed", "error", err)
	http.Error(w, err.Error(), code)
}
