package auth

import (
	"context"
	"fmt"
)

// A TokenSource gives an access token. It keeps tokens and renews them by
// itself; fresh asks for a new one because the server refused the last.
type TokenSource func(ctx context.Context, fresh bool) (Secret, error)

// NewBearer signs in with OAuth 2.0 access tokens, over TLS only. RFC 6750
// name says whose they are, for logs.
func NewBearer(name string, source TokenSource) Authenticator {
	return &bearer{user: name, source: source}
}

type bearer struct {
	user   string
	source TokenSource
}

func (a *bearer) Name() string { return "Bearer as " + a.user }

func (a *bearer) Begin(_ context.Context, conn Conn) (SignIn, error) {
	if conn.TLS == nil {
		return nil, fmt.Errorf("sign-in to %s with %s: %w", conn.Host, a.Name(), ErrNotTLS)
	}
	return &bearerSignIn{bearer: a, host: conn.Host}, nil
}

type bearerSignIn struct {
	*bearer
	host string
}

func (s *bearerSignIn) Handshake() bool { return false }

func (s *bearerSignIn) Header(ctx context.Context) (string, error) { return s.token(ctx, false) }

// Next tries a fresh token. The lane asks once a request, so that a server
// that refuses them all is not asked for ever.
func (s *bearerSignIn) Next(ctx context.Context, challenges []string) (string, error) {
	if challenges == nil {
		return s.Header(ctx)
	}
	offered := schemes(parseChallenges(challenges))
	if !has(offered, "Bearer") {
		return "", &RejectedError{Name: s.Name(), Host: s.host, Offered: offered, Reason: "the server does not take Bearer tokens"}
	}
	return s.token(ctx, true)
}

func (s *bearerSignIn) token(ctx context.Context, fresh bool) (string, error) {
	t, err := s.source(ctx, fresh)
	if err != nil {
		return "", fmt.Errorf("access token for %s: %w", s.user, err)
	}
	return "Bearer " + t.Reveal(), nil
}
