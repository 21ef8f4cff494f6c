package mapitest

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/kerberos"
	"github.com/mapigate/mapigate/mapiclient/mapitest/internal/ntlm"
)

// A connection is what the server remembers of one TCP connection: NTLM signs
// in a connection, not a request.
type connection struct {
	mu        sync.Mutex
	challenge *ntlm.Challenge
	user      *account
}

type connectionKey struct{}

// withConnection is the http.Server's ConnContext.
func withConnection(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, new(connection))
}

func connectionOf(r *http.Request) *connection {
	c, _ := r.Context().Value(connectionKey{}).(*connection)
	if c == nil {
		return new(connection)
	}
	return c
}

// signIn finds out who sends the request. When nobody does it writes a 401 and
// returns nil.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request) *account {
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	conn := connectionOf(r)
	conn.mu.Lock()
	defer conn.mu.Unlock()
	switch {
	case scheme == "" && conn.user != nil:
		return conn.user
	case strings.EqualFold(scheme, string(AuthBasic)) && s.offers(AuthBasic):
		if user := s.basic(r); user != nil {
			return user
		}
	case strings.EqualFold(scheme, string(AuthBearer)) && s.offers(AuthBearer):
		if user := s.bearer(r.Context(), strings.TrimSpace(value)); user != nil {
			return user
		}
	case s.takesNTLM(scheme):
		if user, answered := s.ntlm(w, conn, scheme, value); user != nil || answered {
			return user
		}
	}
	s.refuse(w)
	return nil
}

// takesNTLM tells whether raw NTLM messages may come under a scheme's name.
func (s *Server) takesNTLM(scheme string) bool {
	either := s.has(QuirkNTLMAsNegotiate) && (s.offers(AuthNTLM) || s.offers(AuthNegotiate))
	return strings.EqualFold(scheme, string(AuthNTLM)) && (either || s.offers(AuthNTLM)) ||
		strings.EqualFold(scheme, string(AuthNegotiate)) && (either || s.offers(AuthNegotiate))
}

func (s *Server) offers(scheme AuthScheme) bool {
	for _, a := range s.opts.Auth {
		if a == scheme {
			return true
		}
	}
	return false
}

// refuse answers 401 with the schemes on offer.
func (s *Server) refuse(w http.ResponseWriter) {
	for _, scheme := range s.opts.Auth {
		if scheme == AuthNTLM && s.has(QuirkNTLMAsNegotiate) {
			if s.offers(AuthNegotiate) {
				continue
			}
			scheme = AuthNegotiate
		}
		v := string(scheme)
		if scheme == AuthBasic {
			v += ` realm="` + s.Addr() + `"`
		}
		w.Header().Add("WWW-Authenticate", v)
	}
	w.WriteHeader(http.StatusUnauthorized)
}

func (s *Server) basic(r *http.Request) *account {
	name, password, ok := r.BasicAuth()
	a := s.directory.find(name)
	if !ok || a == nil || !hmac.Equal([]byte(password), []byte(a.Password)) {
		return nil
	}
	return a
}

// bearer finds whose access token it is. RFC 6750 2.1
func (s *Server) bearer(ctx context.Context, token string) *account {
	if s.opts.Token == nil || token == "" {
		return nil
	}
	name, err := s.opts.Token(ctx, token)
	if err != nil {
		s.opts.Logger.Info("access token refused", "error", err)
		return nil
	}
	return s.directory.find(name)
}

// ntlm handles one leg of the sign-in. answered says that the response has
// been written. [MS-NTHT] 3.2.5
func (s *Server) ntlm(w http.ResponseWriter, conn *connection, scheme, value string) (user *account, answered bool) {
	message, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
	if err != nil {
		return nil, false
	}
	if kerberos.IsToken(message) {
		conn.user = s.ticket(w, scheme, message)
		return conn.user, false
	}
	switch ntlm.Type(message) {
	case 1:
		challenge, err := ntlm.NewChallenge(message, s.ntlmNames(), s.opts.Now())
		if err != nil {
			s.opts.Logger.Info("NTLM refused", "error", err)
			return nil, false
		}
		conn.challenge, conn.user = challenge, nil
		if s.has(QuirkNTLMAsNegotiate) {
			scheme = string(AuthNegotiate)
		}
		w.Header().Set("WWW-Authenticate", scheme+" "+base64.StdEncoding.EncodeToString(challenge.Message()))
		w.WriteHeader(http.StatusUnauthorized)
		return nil, true
	case 3:
		if conn.challenge == nil {
			return nil, false
		}
		challenge := conn.challenge
		conn.challenge = nil
		name, err := challenge.Verify(message, s.password, s.protection(), s.bindings)
		if err != nil {
			s.opts.Logger.Info("NTLM refused", "error", err)
			return nil, false
		}
		conn.user = s.directory.find(name)
		w.Header().Set("Persistent-Auth", "true")
		return conn.user, false
	}
	return nil, false
}

// ticket finds whose Kerberos ticket it is. RFC 4559 4.2
func (s *Server) ticket(w http.ResponseWriter, scheme string, token []byte) *account {
	if s.kerberos == nil || !strings.EqualFold(scheme, string(AuthNegotiate)) {
		return nil
	}
	protection := map[ExtendedProtection]kerberos.Protection{
		ProtectionOff: kerberos.Off, ProtectionAllow: kerberos.Allow, ProtectionRequire: kerberos.Require,
	}[s.opts.ExtendedProtection]
	name, realm, err := s.kerberos.Accept(token, protection, s.bindings)
	if err != nil {
		s.opts.Logger.Info("Kerberos refused", "error", err)
		return nil
	}
	user := s.directory.find(name + "@" + realm)
	if user == nil {
		user = s.directory.find(name)
	}
	if user != nil {
		w.Header().Set("Persistent-Auth", "true")
	}
	return user
}

func (s *Server) protection() ntlm.Protection {
	switch s.opts.ExtendedProtection {
	case ProtectionAllow:
		return ntlm.Allow
	case ProtectionRequire:
		return ntlm.Require
	}
	return ntlm.Off
}

func (s *Server) password(user, _ string) (string, bool) {
	if a := s.directory.find(user); a != nil {
		return a.Password, true
	}
	return "", false
}

func (s *Server) ntlmNames() ntlm.Names {
	return ntlm.Names{NetBIOSDomain: "EXAMPLE", NetBIOSComputer: "EX1", DNSDomain: "example.test", DNSComputer: "ex1.example.test"}
}
