package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"golang.org/x/sync/semaphore"
)

// OAuth2 says how to get access tokens. There are three ways: with a TokenFile
// a user's refresh token, which [OAuth2.Login] puts there once; otherwise the
// program's own right by its Certificate or its ClientSecret. RFC 6749
type OAuth2 struct {
	// Name says whose tokens they are, for logs.
	Name string
	// TokenURL is where tokens come from; https, or http on this machine.
	TokenURL string
	// DeviceURL is where a login by device code begins. RFC 8628
	DeviceURL string
	ClientID  string
	// ClientSecret proves the program's identity, if set.
	ClientSecret Secret
	// Certificate proves it by a signature instead. RFC 7523
	Certificate *Certificate
	Scopes      []string
	// TokenFile keeps a refresh token. Nobody but its owner may read it.
	TokenFile string
	// HTTP makes the requests; nil is a client of its own.
	HTTP *http.Client
	// Watch, if set, is told after each request for a token until when the
	// token holds, or why there is none. It is not told tokens.
	Watch func(expires time.Time, err error)
}

const (
	// tokenMargin is how long before its end a token is not used any more.
	tokenMargin = 2 * time.Minute
	// tokenTimeout limits one request for a token.
	tokenTimeout = 30 * time.Second
	// freshFor is how young a token is that a server's refusal does not replace:
	// the fault lies elsewhere, and the issuer is not to be flooded.
	freshFor = 15 * time.Second
)

// NewOAuth2 signs in with access tokens that it gets and renews by itself.
func NewOAuth2(o OAuth2) (Authenticator, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("OAuth 2.0 for %s: %w", o.Name, err)
	}
	t := &tokens{OAuth2: o, person: o.config(), turn: semaphore.NewWeighted(1)}
	return NewBearer(o.Name, t.get), nil
}

// NewTokens gives the access tokens themselves, for protocols that have a way
// of their own to carry them. They are kept and renewed as by [NewOAuth2].
func NewTokens(o OAuth2) (TokenSource, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("OAuth 2.0 for %s: %w", o.Name, err)
	}
	t := &tokens{OAuth2: o, person: o.config(), turn: semaphore.NewWeighted(1)}
	return t.get, nil
}

func (o *OAuth2) check() error {
	switch {
	case o.ClientID == "":
		return errors.New("there is no client id")
	case !safeURL(o.TokenURL):
		return fmt.Errorf("the token URL %q is no https URL", o.TokenURL)
	case o.TokenFile == "" && o.Certificate == nil && o.ClientSecret.IsZero():
		return errors.New("it needs a client secret, a certificate or a token file")
	case o.TokenFile != "" && o.Certificate != nil:
		return errors.New("a refresh token goes with a client secret or none, not with a certificate")
	}
	return nil
}

// tokens keeps the access token of one account.
type tokens struct {
	OAuth2
	person *oauth2.Config // of a refresh token

	turn   *semaphore.Weighted // who waits for a token may tire of it
	access *oauth2.Token
	gotAt  time.Time
}

// get is a [TokenSource]. Those who come while a token is being fetched wait for it.
func (t *tokens) get(ctx context.Context, fresh bool) (Secret, error) {
	if err := t.turn.Acquire(ctx, 1); err != nil {
		return Secret{}, err
	}
	defer t.turn.Release(1)
	if t.usable(fresh) {
		return NewSecret(t.access.AccessToken), nil
	}
	ctx, cancel := context.WithTimeout(t.client(ctx), tokenTimeout)
	defer cancel()
	got, err := t.fetch(ctx)
	if err == nil && got.TokenType != "" && !isBearer(got) {
		err = fmt.Errorf("the token is of type %q, not Bearer", got.TokenType)
	}
	err = describeTokenError(err)
	if t.Watch != nil {
		var expires time.Time
		if err == nil {
			expires = got.Expiry
		}
		t.Watch(expires, err)
	}
	if err != nil {
		return Secret{}, err
	}
	t.access, t.gotAt = got, time.Now()
	return NewSecret(got.AccessToken), nil
}

func isBearer(t *oauth2.Token) bool { return t.Type() == "Bearer" }

// usable tells whether the token at hand will do. One that a server refused is
// replaced unless it is brand-new.
func (t *tokens) usable(fresh bool) bool {
	if t.access == nil || !t.access.Expiry.IsZero() && time.Until(t.access.Expiry) < tokenMargin && time.Since(t.gotAt) > freshFor {
		return false
	}
	return !fresh || time.Since(t.gotAt) < freshFor
}

func (t *tokens) fetch(ctx context.Context) (*oauth2.Token, error) {
	if t.TokenFile != "" {
		return t.refresh(ctx)
	}
	c := clientcredentials.Config{ClientID: t.ClientID, TokenURL: t.TokenURL, Scopes: t.Scopes, AuthStyle: oauth2.AuthStyleInParams}
	if t.Certificate != nil {
		assertion, err := t.Certificate.assertion(t.ClientID, t.TokenURL, time.Now())
		if err != nil {
			return nil, err
		}
		c.EndpointParams = map[string][]string{
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
			"client_assertion":      {assertion},
		}
	} else {
		c.ClientSecret = t.ClientSecret.Reveal()
	}
	return c.Token(ctx)
}

// refresh trades the refresh token in the file, and keeps the one that comes in
// its place: issuers may let each be used once. RFC 6749 6
func (t *tokens) refresh(ctx context.Context) (*oauth2.Token, error) {
	old, err := readTokenFile(t.TokenFile)
	if err != nil {
		return nil, err
	}
	got, err := t.person.TokenSource(ctx, &oauth2.Token{RefreshToken: old.Reveal()}).Token()
	if err != nil {
		return nil, err
	}
	if got.RefreshToken != "" && got.RefreshToken != old.Reveal() {
		if err := writeTokenFile(t.TokenFile, NewSecret(got.RefreshToken)); err != nil {
			return nil, fmt.Errorf("the new refresh token cannot be kept: %w", err)
		}
	}
	return got, nil
}

// config gives what package oauth2 needs for a person's sign-in. With a secret
// it finds out by itself how the issuer wants it: RFC 6749 2.3.1 prefers a
// header, some know only the form.
func (o *OAuth2) config() *oauth2.Config {
	style := oauth2.AuthStyleAutoDetect
	if o.ClientSecret.IsZero() {
		style = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID: o.ClientID, ClientSecret: o.ClientSecret.Reveal(), Scopes: o.Scopes,
		Endpoint: oauth2.Endpoint{TokenURL: o.TokenURL, DeviceAuthURL: o.DeviceURL, AuthStyle: style},
	}
}

// client makes package oauth2 use our HTTP client.
func (o *OAuth2) client(ctx context.Context) context.Context {
	h := o.HTTP
	if h == nil {
		h = &http.Client{Timeout: tokenTimeout}
	}
	c := *h
	// A redirect would carry the secret elsewhere.
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return context.WithValue(ctx, oauth2.HTTPClient, &c)
}

// describeTokenError keeps of an issuer's refusal what helps, and not its whole body.
func describeTokenError(err error) error {
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		return err
	}
	status := 0
	if refused.Response != nil {
		status = refused.Response.StatusCode
	}
	if refused.ErrorCode == "" {
		return &TokenError{Status: status}
	}
	return &TokenError{Status: status, Code: refused.ErrorCode, Description: clip(refused.ErrorDescription, 300)}
}

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n] + "…"
	}
	return s
}

// A TokenError says that the issuer gave no token. RFC 6749 5.2
type TokenError struct {
	// Status is that of HTTP.
	Status int
	// Code is such as invalid_client or invalid_grant, and Description the issuer's words.
	Code        string
	Description string
}

// Error implements error.
func (e *TokenError) Error() string {
	s := fmt.Sprintf("the issuer gave no token: HTTP %d", e.Status)
	if e.Code != "" {
		s += ", " + e.Code
	}
	if e.Description != "" {
		s += ": " + e.Description
	}
	switch e.Code {
	case "invalid_grant":
		s += " (the consent has ended or was withdrawn: sign in again)"
	case "invalid_client", "unauthorized_client":
		s += " (check the client id and its secret or certificate, and when they expire)"
	}
	return s
}
