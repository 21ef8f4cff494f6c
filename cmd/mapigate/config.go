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
}

// Run validates the file.
func (c configCheckCommand) Run(std streams) error {
	if _, err := config.Load(c.Config); err != nil {
		return err
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
