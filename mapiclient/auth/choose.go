package auth

import (
	"context"
	"strings"
)

// FirstOffered asks the server which schemes it takes and signs in with the
// first of methods that is among them; credentials of the others stay home.
// The methods are those of this package.
func FirstOffered(methods ...Authenticator) Authenticator { return firstOffered(methods) }

type firstOffered []Authenticator

func (a firstOffered) Name() string {
	names := make([]string, len(a))
	for i, m := range a {
		names[i] = m.Name()
	}
	return strings.Join(names, " or ")
}

func (a firstOffered) Begin(_ context.Context, conn Conn) (SignIn, error) {
	return &choosing{methods: a, conn: conn}, nil
}

// choosing is a sign-in that first sends a request without credentials.
type choosing struct {
	methods firstOffered
	conn    Conn
	asked   bool
	chosen  SignIn
}

func (s *choosing) Handshake() bool { return s.chosen == nil || s.chosen.Handshake() }

func (s *choosing) Header(ctx context.Context) (string, error) {
	if s.chosen == nil {
		return "", nil // the server took the request without credentials
	}
	return s.chosen.Header(ctx)
}

func (s *choosing) Next(ctx context.Context, challenges []string) (string, error) {
	if s.chosen != nil {
		return s.chosen.Next(ctx, challenges)
	}
	if !s.asked {
		s.asked = true
		return "", nil
	}
	offered := schemes(parseChallenges(challenges))
	for _, m := range s.methods {
		if !takes(m, offered) {
			continue
		}
		in, err := m.Begin(ctx, s.conn)
		if err != nil {
			return "", err
		}
		s.chosen = in
		return in.Next(ctx, nil)
	}
	return "", &RejectedError{Name: s.methods.Name(), Host: s.conn.Host, Offered: offered,
		Reason: "the server offers none of the schemes that are allowed"}
}

func takes(m Authenticator, offered []string) bool {
	switch m.(type) {
	case *basic:
		return has(offered, "Basic")
	case *bearer:
		return has(offered, "Bearer")
	case *kerberos:
		return has(offered, schemeNegotiate)
	case *ntlm:
		return has(offered, schemeNTLM) || has(offered, schemeNegotiate)
	}
	return false
}
