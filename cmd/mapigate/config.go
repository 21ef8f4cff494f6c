package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/gateway/config"
)

type configCommand struct {
	Check    configCheckCommand    `cmd:"" help:"Validate a configuration file."`
	Describe configDescribeCommand `cmd:"" help:"Print the whole documented sample."`
	Password configPasswordCommand `cmd:"" help:"Make the hash of a password, for a file of SMTP users."`
	Login    configLoginCommand    `cmd:"" help:"Sign in a person by device code (OAuth 2.0) and keep the refresh token."`
}

type configCheckCommand struct {
	Config string `short:"c" default:"mapigate.yaml" placeholder:"FILE" help:"Configuration file."`
	Strict bool   `help:"Fail on risky settings, too, of which there are only warnings otherwise."`
	JSON   bool   `help:"Print JSON."`
}

// A configVerdict is what config check says to programs.
type configVerdict struct {
	File     string   `json:"file"`
	Fine     bool     `json:"fine"`
	Errors   []string `json:"errors"`
	Warnings []string `json:"warnings"`
}

// Run validates the file.
func (c configCheckCommand) Run(std cli.Streams) error {
	said := configVerdict{File: c.Config, Errors: []string{}, Warnings: []string{}}
	loaded, wrong := config.Load(c.Config)
	if wrong == nil {
		said.Warnings = append(said.Warnings, loaded.Warnings()...)
	} else {
		said.Errors = strings.Split(wrong.Error(), "\n")
	}
	said.Fine = wrong == nil && !(c.Strict && len(said.Warnings) > 0)
	if c.JSON {
		if err := cli.PrintJSON(std, said); err != nil || said.Fine {
			return err
		}
		return cli.ErrSaid
	}
	if wrong != nil {
		return wrong
	}
	for _, text := range said.Warnings {
		fmt.Fprintf(std.Err, "mapigate: warning: %s\n", text)
	}
	if !said.Fine {
		return cli.ErrSaid
	}
	fmt.Fprintf(std.Out, "%s is fine\n", c.Config)
	return nil
}

type configDescribeCommand struct{}

// Run prints the sample.
func (configDescribeCommand) Run(std cli.Streams) error {
	_, err := io.WriteString(std.Out, config.Describe())
	return err
}
