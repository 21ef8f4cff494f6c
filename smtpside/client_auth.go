package smtpside

import (
	"context"
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // CRAM-MD5 is made of it (RFC 2195)
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-sasl"
)

// maxAuthSteps bounds what a host may ask in one exchange.
const maxAuthSteps = 5

// Tokens gives access tokens for AUTH. fresh asks for another one than the last, which was refused.
type Tokens interface {
	Token(ctx context.Context, fresh bool) (string, error)
}

var errLoginRefused = errors.New("login refused")

// authenticate proves who we are. Whatever goes wrong here is a matter between us and the host, not the mail's fault: the
// Status is temporary. A token that is refused is renewed once.
func (c *client) authenticate(ctx context.Context, r *Route) error {
	if c.tls == "" && !r.AuthPlain {
		return authTrouble("credentials may only be sent over TLS")
	}
	for _, fresh := range []bool{false, true} {
		mechanism, err := c.chooseMechanism(ctx, r.Auth, fresh)
		if err != nil {
			return err
		}
		refused, err := c.exchange(mechanism)
		switch {
		case err != nil:
			return err
		case refused == nil:
			return nil
		case r.Auth.Tokens == nil || fresh:
			return authTrouble(refused.Error())
		}
	}
	return nil
}

// exchange goes through one AUTH. refused is what the host says to wrong credentials.
func (c *client) exchange(mechanism sasl.Client) (refused, err error) {
	name, initial, err := mechanism.Start()
	if err != nil {
		return nil, authTrouble(err.Error())
	}
	line := "AUTH " + name
	if initial != nil {
		line += " " + base64.StdEncoding.EncodeToString(initial)
	}
	for range maxAuthSteps {
		reply, err := c.command(line, c.timeouts.Command)
		if err != nil {
			return nil, fmt.Errorf("AUTH: %w", err)
		}
		if reply.Success() {
			return nil, nil
		}
		if reply.Code != 334 {
			return fmt.Errorf("%w: %w", errLoginRefused, reply), nil
		}
		challenge, err := base64.StdEncoding.DecodeString(reply.Text)
		if err != nil {
			return nil, authTrouble("malformed challenge")
		}
		response, err := mechanism.Next(challenge)
		if err != nil {
			return nil, authTrouble(err.Error())
		}
		line = base64.StdEncoding.EncodeToString(response)
	}
	return nil, authTrouble("the exchange does not end")
}

// chooseMechanism takes the one that the route names, or the best that the host offers: with a token those for tokens; with a
// password what every host checks alike, and without TLS one that does not show it.
func (c *client) chooseMechanism(ctx context.Context, cred *Credentials, fresh bool) (sasl.Client, error) {
	known := []string{sasl.Plain, sasl.Login, cramMD5}
	switch {
	case cred.Tokens != nil:
		known = []string{xoauth2, sasl.OAuthBearer}
	case c.tls == "":
		known = []string{cramMD5, sasl.Plain, sasl.Login}
	}
	offered := strings.Fields(strings.ToUpper(c.extensions["AUTH"]))
	for _, name := range known {
		if cred.Mechanism != "" && cred.Mechanism != name || !slices.Contains(offered, name) {
			continue
		}
		switch name {
		case sasl.Plain:
			return sasl.NewPlainClient(cred.Identity, cred.Username, cred.Password), nil
		case sasl.Login:
			return newLoginClient(cred.Username, cred.Password), nil
		case cramMD5:
			return &cramClient{cred.Username, cred.Password}, nil
		}
		token, err := cred.Tokens.Token(ctx, fresh)
		if err != nil {
			return nil, authTrouble("no access token: " + err.Error())
		}
		return &tokenClient{mechanism: name, username: cred.Username, token: token}, nil
	}
	return nil, authTrouble("no usable mechanism is offered")
}

func authTrouble(text string) Status { return Status{Code: 451, Detail: "7.0", Text: text} }

const cramMD5 = "CRAM-MD5"

// A cramClient is the client of CRAM-MD5 (RFC 2195): the host sees that we know the password, not the password.
type cramClient struct{ username, password string }

// Start implements sasl.Client.
func (c *cramClient) Start() (mechanism string, initial []byte, err error) { return cramMD5, nil, nil }

// Next implements sasl.Client.
func (c *cramClient) Next(challenge []byte) ([]byte, error) {
	mac := hmac.New(md5.New, []byte(c.password))
	mac.Write(challenge)
	return []byte(c.username + " " + hex.EncodeToString(mac.Sum(nil))), nil
}

// A tokenClient is the client of XOAUTH2 and of OAUTHBEARER (RFC 7628 3.1).
type tokenClient struct{ mechanism, username, token string }

// Start implements sasl.Client.
func (t *tokenClient) Start() (mechanism string, initial []byte, err error) {
	if strings.ContainsRune(t.username+t.token, 1) {
		return "", nil, errors.New("control character in user or token")
	}
	if t.mechanism == xoauth2 {
		return xoauth2, fmt.Appendf(nil, "user=%s\x01auth=Bearer %s\x01\x01", t.username, t.token), nil
	}
	name := strings.NewReplacer("=", "=3D", ",", "=2C").Replace(t.username) // RFC 5801 4
	return t.mechanism, fmt.Appendf(nil, "n,a=%s,\x01auth=Bearer %s\x01\x01", name, t.token), nil
}

// Next implements sasl.Client: the host tells why it refuses, and waits for us to take note before it says 535 (RFC 7628 3.2.3).
func (t *tokenClient) Next([]byte) ([]byte, error) {
	if t.mechanism == xoauth2 {
		return nil, nil
	}
	return []byte{1}, nil
}
