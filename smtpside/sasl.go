package smtpside

import (
	"errors"
	"strings"

	"github.com/emersion/go-sasl"
)

// xoauth2 is the mechanism of Google and Microsoft, which has no specification but their pages.
const xoauth2 = "XOAUTH2"

// passwordMechanisms and tokenMechanisms are what EHLO offers.
const (
	passwordMechanisms = sasl.Plain + " " + sasl.Login
	tokenMechanisms    = sasl.OAuthBearer + " " + xoauth2
)

// saslServer returns the server side of a mechanism that the listener offers; login is called once, with what the client gave.
// Acting as somebody else (the identity of PLAIN, RFC 4616 2) is not supported, and refused, since nobody checks the right to.
func (o *ServerOptions) saslServer(mechanism string, login func(Credentials) error) (sasl.Server, bool) {
	switch {
	case mechanism == sasl.Plain && o.Auth:
		plain := sasl.NewPlainServer(func(identity, username, password string) error {
			if identity != "" && identity != username {
				return bare(AuthFailed("acting as another user is not supported"))
			}
			return login(Credentials{Mechanism: sasl.Plain, Username: username, Password: password})
		})
		return politeServer{plain}, true
	case mechanism == sasl.Login && o.Auth:
		return politeServer{&loginServer{login: login}}, true
	case mechanism == sasl.OAuthBearer && o.AuthTokens:
		return politeServer{&tokenServer{login: login, parse: parseOAuthBearer}}, true
	case mechanism == xoauth2 && o.AuthTokens:
		return politeServer{&tokenServer{login: login, parse: parseXOAuth2}}, true
	}
	return nil, false
}

// mechanisms are those that the listener offers, as EHLO lists them.
func (o *ServerOptions) mechanisms() string {
	var list []string
	if o.Auth {
		list = append(list, passwordMechanisms)
	}
	if o.AuthTokens {
		list = append(list, tokenMechanisms)
	}
	return strings.Join(list, " ")
}

// A politeServer answers a malformed response with 501 (RFC 4954 4), not with a temporary failure as go-smtp would.
type politeServer struct{ sasl.Server }

func (p politeServer) Next(response []byte) ([]byte, bool, error) {
	challenge, done, err := p.Server.Next(response)
	if err != nil && !isBare(err) {
		err = bare(BadSyntax("malformed authentication response"))
	}
	return challenge, done, err
}

// A loginServer is the server of LOGIN (draft-murchison-sasl-login), which go-sasl has only the client of.
type loginServer struct {
	login    func(Credentials) error
	username string
	asked    int
}

var errLoginOver = errors.New("nothing more was asked")

func (l *loginServer) Next(response []byte) ([]byte, bool, error) {
	switch {
	case l.asked == 0 && response == nil:
		l.asked = 1
		return []byte("Username:"), false, nil
	case l.asked <= 1:
		l.asked = 2
		l.username = string(response)
		return []byte("Password:"), false, nil
	case l.asked == 2:
		l.asked = 3
		return nil, true, l.login(Credentials{Mechanism: sasl.Login, Username: l.username, Password: string(response)})
	}
	return nil, false, errLoginOver
}

// A loginClient is the client of LOGIN. go-sasl's insists on the very words of the draft for the challenges, which servers
// do not keep to; the order is what counts.
type loginClient struct{ answers [][]byte }

func newLoginClient(username, password string) sasl.Client {
	return &loginClient{[][]byte{[]byte(username), []byte(password)}}
}

func (l *loginClient) Start() (mechanism string, initial []byte, err error) {
	return sasl.Login, nil, nil
}

func (l *loginClient) Next([]byte) ([]byte, error) {
	if len(l.answers) == 0 {
		return nil, sasl.ErrUnexpectedServerChallenge
	}
	answer := l.answers[0]
	l.answers = l.answers[1:]
	return answer, nil
}
