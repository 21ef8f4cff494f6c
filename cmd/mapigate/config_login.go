package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/organisation"
	"github.com/mapigate/mapigate/mapiclient/auth"
)

type configLoginCommand struct {
	Config   string `short:"c" default:"mapigate.yaml" placeholder:"FILE" help:"Configuration file."`
	Exchange string `arg:"" optional:"" help:"Which exchange of the configuration (default: the only one)."`
}

// Help says what it is for.
func (configLoginCommand) Help() string {
	return `For an exchange with auth: oauth2 and a token_file: asks for a device code, tells where to enter it, waits until
somebody has, and keeps the refresh token in the file. Run it as the user that the gateway runs as.`
}

// Run signs a person in.
func (c configLoginCommand) Run(ctx context.Context, std cli.Streams) error {
	conf, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	e, err := c.find(conf)
	if err != nil {
		return err
	}
	o, err := organisation.OAuth2(e)
	if err != nil {
		return err
	}
	err = o.Login(ctx, func(p auth.DevicePrompt) {
		fmt.Fprintf(std.Out, "Open %s\nand enter %s", p.URL, p.Code)
		if !p.Expires.IsZero() {
			fmt.Fprintf(std.Out, " before %s", p.Expires.Local().Format("15:04"))
		}
		fmt.Fprintln(std.Out, ".")
	})
	if err != nil {
		return fmt.Errorf("config login: exchange %s: %w", e.Name, err)
	}
	fmt.Fprintf(std.Out, "signed in; the refresh token is in %s\n", o.TokenFile)
	return nil
}

func (c configLoginCommand) find(conf *config.Config) (*config.Exchange, error) {
	for i := range conf.Exchange {
		e := &conf.Exchange[i]
		if e.Name != c.Exchange && (c.Exchange != "" || len(conf.Exchange) > 1) {
			continue
		}
		if !slices.Contains(e.Schemes(), config.AuthOAuth2) || e.OAuth2.TokenFile == "" {
			return nil, cli.Usagef("config login: exchange %s has no auth: oauth2 with a token_file", e.Name)
		}
		return e, nil
	}
	if c.Exchange == "" {
		return nil, cli.Usagef("config login: say which of the %d exchanges", len(conf.Exchange))
	}
	return nil, cli.Usagef("config login: there is no exchange named %q", c.Exchange)
}
