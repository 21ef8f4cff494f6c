package main

import (
	"context"
	"fmt"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/doctor"
)

type doctorCommand struct {
	Config string `short:"c" default:"mapigate.yaml" placeholder:"FILE" help:"Configuration file."`
	SendTo string `placeholder:"ADDR" help:"Send a test mail there, by the way that the routes give it; and mails of mailboxes to themselves, where only those show in whose name they may send."`
	traceFlag
}

// Help explains the marks.
func (doctorCommand) Help() string {
	return `One line for each thing: ✓ it works, ✗ it does not, with what to do, ? only sending mail can show it.
The exit code is 1 when there is any ✗. Nothing is changed, and without --send-to nothing is sent.`
}

// Run examines.
func (c doctorCommand) Run(ctx context.Context, std streams) error {
	loaded, err := config.Load(c.Config)
	if err != nil {
		fmt.Fprintf(std.out, "✗ %v; mapigate config describe explains every key\n", err)
		return errSaid
	}
	fmt.Fprintf(std.out, "✓ configuration: %s\n", c.Config)
	see, err := c.openTrace()
	if err != nil {
		return err
	}
	report := func(f doctor.Finding) { fmt.Fprintln(std.out, f) }
	if !doctor.Run(ctx, loaded, doctor.Options{SendTo: c.SendTo, Trace: see, Report: report}) {
		return errSaid
	}
	return nil
}
