package main

import (
	"bufio"
	"errors"
	"fmt"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/smtpside/signin"
)

type configPasswordCommand struct {
	User string `arg:"" optional:"" placeholder:"NAME" help:"The name before the hash: the whole line of a users file."`
}

// Run asks for a password, twice on a terminal, and prints its hash.
func (c configPasswordCommand) Run(std cli.Streams) error {
	a := &asker{in: bufio.NewReader(std.In), out: std.Err, terminal: terminalOf(std.In)}
	password, err := a.password("Password")
	if err == nil && a.terminal != nil {
		var again string
		if again, err = a.password("Once more"); err == nil && again != password {
			err = errors.New("these are two different ones")
		}
	}
	if err != nil {
		return err
	}
	hash, err := signin.HashPassword(password)
	if err != nil {
		return err
	}
	if c.User != "" {
		hash = c.User + ":" + hash
	}
	fmt.Fprintln(std.Out, hash)
	return nil
}
