package smtpside

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-sasl"
)

// maxAuthSteps bounds what a host may ask in one exchange.
const maxAuthSteps = 5

// authenticate proves who we are. Whatever goes wrong here is a matter between us and the host, not the mail's fault: the
// Status is temporary.
func (c *client) authenticate(r *Route) error {
	if c.tls == "" && !r.AuthPlain {
		return authTrouble("credentials may only be sent over TLS")
	}
	mechanism, err := c.chooseMechanism(r.Auth)
	if err != nil {
		return err
	}
	name, initial, err := mechanism.Start()
	if err != nil {
		return authTrouble(err.Error())
	}
	line := "AUTH " + name
	if initial != nil {
		line += " " + base64.StdEncoding.EncodeToString(initial)
	}
	for range maxAuthSteps {
		reply, err := c.command(line, c.timeouts.Command)
		if err != nil {
			return fmt.Errorf("AUTH: %w", err)
		}
		if reply.Success() {
			return nil
		}
		if reply.Code != 334 {
			return authTrouble("login refused: " + reply.Error())
		}
		challenge, err := base64.StdEncoding.DecodeString(reply.Text)
		if err != nil {
			return authTrouble("malformed challenge")
		}
		response, err := mechanism.Next(challenge)
		if err != nil {
			return authTrouble(err.Error())
		}
		line = base64.StdEncoding.EncodeToString(response)
	}
	return authTrouble("the exchange does not end")
}

// chooseMechanism takes the one that the route names, or the best that the host offers.
func (c *client) chooseMechanism(cred *Credentials) (sasl.Client, error) {
	offered := strings.Fields(strings.ToUpper(c.extensions["AUTH"]))
	for _, name := range []string{sasl.Plain, sasl.Login} {
		if cred.Mechanism != "" && cred.Mechanism != name || !slices.Contains(offered, name) {
			continue
		}
		if name == sasl.Plain {
			return sasl.NewPlainClient(cred.Identity, cred.Username, cred.Password), nil
		}
		return newLoginClient(cred.Username, cred.Password), nil
	}
	return nil, authTrouble("no usable mechanism is offered")
}

func authTrouble(text string) Status { return Status{Code: 451, Detail: "7.0", Text: text} }
