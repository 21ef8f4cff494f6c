package auth

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
)

// NewBasic signs in with the Basic scheme, over TLS only. RFC 7617
func NewBasic(c Credentials) Authenticator { return &basic{c} }

type basic struct{ credentials Credentials }

func (a *basic) Name() string { return "Basic as " + a.credentials.User }

func (a *basic) Begin(_ context.Context, conn Conn) (SignIn, error) {
	if conn.TLS == nil {
		return nil, fmt.Errorf("sign-in to %s with %s: %w", conn.Host, a.Name(), ErrNotTLS)
	}
	if strings.Contains(a.credentials.User, ":") {
		return nil, fmt.Errorf("sign-in with %s: the user name must not contain a colon", a.Name())
	}
	return &basicSignIn{basic: a, host: conn.Host}, nil
}

type basicSignIn struct {
	*basic
	host string
}

func (s *basicSignIn) Handshake() bool { return false }

func (s *basicSignIn) Header(context.Context) (string, error) {
	pair := s.credentials.User + ":" + s.credentials.Password.Reveal()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair)), nil
}

func (s *basicSignIn) Next(ctx context.Context, challenges []string) (string, error) {
	if challenges == nil {
		return s.Header(ctx)
	}
	offered := schemes(parseChallenges(challenges))
	e := &RejectedError{Name: s.Name(), Host: s.host, Offered: offered}
	if !has(offered, "Basic") {
		e.Reason = "the server does not take Basic"
	}
	return "", e
}
