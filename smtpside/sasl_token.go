package smtpside

import (
	"errors"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

var errToken = errors.New("malformed token response")

// A tokenServer is the server of OAUTHBEARER (RFC 7628) and of XOAUTH2, which differ in one line only. go-sasl's server of the
// first falls over an empty answer, and has none of the second.
type tokenServer struct {
	parse   func(response string) (Credentials, error)
	login   func(Credentials) error
	asked   bool
	refused error // what the client gets when it has acknowledged the failure
}

// Next implements sasl.Server.
func (t *tokenServer) Next(response []byte) ([]byte, bool, error) {
	switch {
	case t.refused != nil: // whatever it says: RFC 7628 3.2.3 has a dummy
		return nil, true, t.refused
	case response == nil && !t.asked:
		t.asked = true
		return []byte{}, false, nil
	}
	cred, err := t.parse(string(response))
	if err != nil {
		return nil, true, err
	}
	if err := t.login(cred); err != nil {
		var refused *smtp.SMTPError // which is what login gives
		if !errors.As(err, &refused) || refused.Code != 535 {
			return nil, true, err
		}
		t.refused = err
		return []byte(`{"status":"invalid_token","schemes":"bearer"}`), false, nil // RFC 7628 3.2.2
	}
	return nil, true, nil
}

// parseOAuthBearer reads "n,a=USER,^Ahost=…^Aport=…^Aauth=Bearer TOKEN^A^A" (RFC 7628 3.1).
func parseOAuthBearer(response string) (Credentials, error) {
	header, pairs, ok := strings.Cut(response, "\x01")
	flag, rest, ok2 := strings.Cut(header, ",")
	authzid, end, ok3 := strings.Cut(rest, ",")
	if !ok || !ok2 || !ok3 || end != "" || flag != "n" && flag != "y" {
		return Credentials{}, errToken
	}
	name, ok := strings.CutPrefix(authzid, "a=")
	if authzid != "" && !ok {
		return Credentials{}, errToken
	}
	name = strings.NewReplacer("=2C", ",", "=3D", "=").Replace(name) // RFC 5801 4
	return bearer(sasl.OAuthBearer, name, pairs)
}

// parseXOAuth2 reads "user=USER^Aauth=Bearer TOKEN^A^A".
func parseXOAuth2(response string) (Credentials, error) {
	header, pairs, _ := strings.Cut(response, "\x01")
	name, ok := strings.CutPrefix(header, "user=")
	if !ok {
		return Credentials{}, errToken
	}
	return bearer(xoauth2, name, pairs)
}

// bearer finds the token among the pairs, which end with an empty one.
func bearer(mechanism, name, pairs string) (Credentials, error) {
	pairs, ok := strings.CutSuffix(pairs, "\x01\x01")
	if !ok {
		return Credentials{}, errToken
	}
	for pair := range strings.SplitSeq(pairs, "\x01") {
		value, ok := strings.CutPrefix(pair, "auth=")
		if !ok {
			continue
		}
		scheme, token, _ := strings.Cut(value, " ")
		if token = strings.Trim(token, " "); !strings.EqualFold(scheme, "bearer") || token == "" {
			return Credentials{}, errToken
		}
		return Credentials{Mechanism: mechanism, Username: name, Token: token}, nil
	}
	return Credentials{}, errToken
}
