package main

import (
	"fmt"
	"io"

	"github.com/mapigate/mapigate/gateway/config"
)

type configCommand struct {
	Check    configCheckCommand    `cmd:"" help:"Validate a configuration file."`
	Describe configDescribeCommand `cmd:"" help:"Print the whole documented sample."`
	Login    configLoginCommand    `cmd:"" help:"Sign in a person by device code (OAuth 2.0) and keep the refresh token."`
}

type configCheckCommand struct {
	Config string `short:"c" default:"mapigate.yaml" placeholder:"FILE" help:"Configuration file."`
	Strict bool   `help:"Fail on risky settings, too, of which there are only warnings otherwise."`
}

// Run validates the file.
func (c configCheckCommand) Run(std streams) error {
	loaded, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	risky := loaded.Warnings()
	for _, text := range risky {
		fmt.Fprintf(std.err, "mapigate: warning: %s\n", text)
	}
	if c.Strict && len(risky) > 0 {
		return errSaid
	}
	fmt.Fprintf(std.out, "%s is fine\n", c.Config)
	return nil
}

type configDescribeCommand struct{}

// Run prints the sample.
func (configDescribeCommand) Run(std streams) error {
	_, err := io.WriteString(std.out, config.Describe())
	return err
}
