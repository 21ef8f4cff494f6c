package auth

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/Azure/go-ntlmssp"
)

// Schemes under which NTLM messages travel.
const (
	schemeNTLM      = "NTLM"
	schemeNegotiate = "Negotiate"
)

// NewNTLM signs a connection in with NTLMv2, bound to its TLS certificate.
// [MS-NTHT], [MS-NLMP] 3.1.5.1
//
// It starts under the scheme NTLM and goes on under Negotiate where the server
// knows only that: gromox 3.10 answers raw NTLM messages as Negotiate.
func NewNTLM(c Credentials) Authenticator { return &ntlm{c} }

type ntlm struct{ credentials Credentials }

func (a *ntlm) Name() string { return "NTLM as " + a.credentials.User }

func (a *ntlm) Begin(_ context.Context, conn Conn) (SignIn, error) {
	return &ntlmSignIn{ntlm: a, conn: conn, scheme: schemeNTLM}, nil
}

// An ntlmState is where a sign-in stands.
type ntlmState int

const (
	ntlmFresh         ntlmState = iota
	ntlmNegotiated              // NEGOTIATE_MESSAGE is sent, a challenge is due
	ntlmAuthenticated           // AUTHENTICATE_MESSAGE is sent
)

type ntlmSignIn struct {
	*ntlm
	conn   Conn
	scheme string
	state  ntlmState
}

func (s *ntlmSignIn) Handshake() bool { return s.state != ntlmAuthenticated }

// Header gives nothing: the connection is signed in, not the request.
func (s *ntlmSignIn) Header(context.Context) (string, error) { return "", nil }

func (s *ntlmSignIn) Next(_ context.Context, challenges []string) (string, error) {
	list := parseChallenges(challenges)
	switch s.state {
	case ntlmFresh:
		return s.negotiate()
	case ntlmNegotiated:
		for _, c := range list {
			if c.rest != "" && (strings.EqualFold(c.scheme, schemeNTLM) || strings.EqualFold(c.scheme, schemeNegotiate)) {
				return s.authenticate(c)
			}
		}
		// The scheme was not understood; the other name may be.
		offered := schemes(list)
		if s.scheme == schemeNTLM && has(offered, schemeNegotiate) && !has(offered, schemeNTLM) {
			s.scheme = schemeNegotiate
			return s.negotiate()
		}
		e := s.rejected(list)
		e.Reason = "the server sent no NTLM challenge"
		if !has(offered, schemeNTLM) && !has(offered, schemeNegotiate) {
			e.Reason = "the server does not take NTLM"
		}
		return "", e
	default:
		return "", s.rejected(list)
	}
}

func (s *ntlmSignIn) rejected(list []challenge) *RejectedError {
	return &RejectedError{Name: s.Name(), Host: s.conn.Host, Offered: schemes(list), Bound: s.conn.TLS != nil}
}

func (s *ntlmSignIn) negotiate() (string, error) {
	// Domain and workstation are left out: the user name carries the domain.
	m, err := ntlmssp.NewNegotiateMessage("", "")
	if err != nil {
		return "", fmt.Errorf("NTLM negotiate message: %w", err)
	}
	s.state = ntlmNegotiated
	return s.scheme + " " + base64.StdEncoding.EncodeToString(m), nil
}

func (s *ntlmSignIn) authenticate(c challenge) (string, error) {
	s.state = ntlmAuthenticated
	m, err := base64.StdEncoding.DecodeString(c.rest)
	if err == nil {
		m, err = bindChallenge(m, s.conn)
	}
	if err == nil {
		m, err = ntlmssp.NewAuthenticateMessage(m, s.credentials.User, s.credentials.Password.Reveal(), nil)
	}
	if err != nil {
		return "", fmt.Errorf("NTLM challenge of %s: %w", s.conn.Host, err)
	}
	return c.scheme + " " + base64.StdEncoding.EncodeToString(m), nil
}
