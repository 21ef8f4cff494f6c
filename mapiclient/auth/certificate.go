package auth

import (
	"context"
	"fmt"
)

// NewTLSCertificate signs in with nothing but the client certificate of the
// TLS configuration, which the connection brings along.
func NewTLSCertificate(name string) Authenticator { return tlsCertificate(name) }

type tlsCertificate string

func (a tlsCertificate) Name() string { return "a TLS client certificate of " + string(a) }

func (a tlsCertificate) Begin(_ context.Context, conn Conn) (SignIn, error) {
	if conn.TLS == nil {
		return nil, fmt.Errorf("sign-in to %s with %s: %w", conn.Host, a.Name(), ErrNotTLS)
	}
	return &certificateSignIn{tlsCertificate: a, host: conn.Host}, nil
}

type certificateSignIn struct {
	tlsCertificate
	host string
}

func (s *certificateSignIn) Handshake() bool { return false }

func (s *certificateSignIn) Header(context.Context) (string, error) { return "", nil }

func (s *certificateSignIn) Next(_ context.Context, challenges []string) (string, error) {
	if challenges == nil {
		return "", nil
	}
	return "", &RejectedError{Name: s.Name(), Host: s.host, Offered: schemes(parseChallenges(challenges)),
		Reason: "the server does not take the certificate, or something between ends TLS"}
}
