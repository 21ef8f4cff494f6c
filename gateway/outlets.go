package gateway

import (
	"crypto/tls"
	"fmt"
	"log/slog"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/internet"
	"github.com/mapigate/mapigate/smtpside"
)

// newInternet makes the courier onto SMTP, and the sender behind it.
func newInternet(c *config.Config, duplicate func(), log *slog.Logger) (*internet.Courier, *smtpside.Sender, error) {
	n := &c.Internet
	helo := n.Helo
	if helo == "" {
		helo = c.Hostname
	}
	sender, err := smtpside.NewSender(smtpside.SenderOptions{
		Hostname: helo, Logger: log, MaxPerDestination: n.PerDestination, MaxMailsPerConn: n.MailsPerConn,
	})
	if err != nil {
		return nil, nil, err
	}
	opts := internet.Options{
		Sender: sender, Duplicate: duplicate, Log: log,
		Direct:     smtpside.Route{Port: n.Port, TLS: policies[n.TLS]},
		Smarthosts: make(map[string]smtpside.Route),
	}
	for i := range n.Smarthosts {
		h := &n.Smarthosts[i]
		route := smtpside.Route{Hosts: h.Hosts, TLS: policies[h.TLS], AuthPlain: h.AuthPlaintext}
		roots, err := trust(h.CAFile)
		if err != nil {
			return nil, nil, fmt.Errorf("smarthost %s: %w", h.Name, err)
		}
		if roots != nil {
			route.TLSConfig = &tls.Config{RootCAs: roots}
		}
		if h.User != "" {
			route.Auth = &smtpside.Credentials{Username: h.User, Password: string(h.Password)}
		}
		opts.Smarthosts["smarthost/"+h.Name] = route
	}
	courier, err := internet.New(opts)
	return courier, sender, err
}

var policies = map[string]smtpside.TLSPolicy{
	config.TLSOpportunistic: smtpside.TLSOpportunistic, config.TLSRequired: smtpside.TLSRequired,
	config.TLSImplicit: smtpside.TLSFromStart, config.TLSNever: smtpside.TLSNever,
}
