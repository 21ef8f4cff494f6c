package auth

import (
	"context"
	"slices"
	"strings"
)

// Schemes that show a server what it could use elsewhere: see [Except].
const (
	SchemeBasic  = "Basic"
	SchemeBearer = "Bearer"
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

// takes tells whether a server that offers these schemes takes one of the method's.
func takes(m Authenticator, offered []string) bool {
	return slices.ContainsFunc(schemesOf(m), func(scheme string) bool { return has(offered, scheme) })
}

// schemesOf gives what a method can answer; a client certificate answers nothing.
func schemesOf(m Authenticator) (list []string) {
	switch m := m.(type) {
	case *basic:
		return []string{SchemeBasic}
	case *bearer:
		return []string{SchemeBearer}
	case *kerberos:
		return []string{schemeNegotiate}
	case *ntlm:
		return []string{schemeNTLM, schemeNegotiate}
	case firstOffered:
		for _, one := range m {
			list = append(list, schemesOf(one)...)
		}
	}
	return list
}

// Except gives a method without those of the schemes, for hosts that must not be
// shown what they could use elsewhere; nil when nothing is left.
func Except(a Authenticator, without ...string) Authenticator {
	several, ok := a.(firstOffered)
	if !ok {
		several = firstOffered{a}
	}
	var left []Authenticator
	for _, m := range several {
		if m != nil && !takes(m, without) {
			left = append(left, m)
		}
	}
	switch len(left) {
	case 0:
		return nil
	case 1:
		return left[0]
	}
	return FirstOffered(left...)
}

// Answers tells whether a method can answer one of the challenges of a 401, so
// that it is worth trying there. A server that names no scheme at all is no judge of that.
func Answers(a Authenticator, challenges []string) bool {
	offered := schemes(parseChallenges(challenges))
	return len(offered) == 0 || takes(a, offered)
}

// Offered gives the schemes that the challenges of a 401 name.
func Offered(challenges []string) []string { return schemes(parseChallenges(challenges)) }
