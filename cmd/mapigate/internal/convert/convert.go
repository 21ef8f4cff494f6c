// Package convert carries one message from any format that is understood to another, on the command line.
package convert

import (
	"context"
	"fmt"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/mapping/loss"
)

// Command is mapigate convert.
type Command struct {
	To     string `required:"" enum:"mapi,mime,tnef" help:"What to convert to: ${enum}."`
	Strict bool   `help:"Fail when anything did not cross."`
	File   string `arg:"" optional:"" help:"File to read (default: standard input)."`
}

// Help explains the formats.
func (Command) Help() string {
	return `The format of the input is detected: TNEF, .msg and rich text (compressed or not) by their signatures, JSON by its first brace, calendars and cards by BEGIN, anything else is MIME.
mapi is one JSON object with props, recipients and attachments; what --to mapi prints, --to mime takes.
The exit code is 0 for a message that was converted, however damaged: what does not cross is listed on standard error, a line each, and with --strict the code is then 1.
It is 1 for an input that is none of these formats in any part of it, or that cannot be read, and 2 for wrong usage.`
}

// Run converts one message.
func (c Command) Run(ctx context.Context, std cli.Streams) error {
	in, err := cli.OpenInput(ctx, c.File, std.In)
	if err != nil {
		return err
	}
	defer in.Close()
	lost := 0
	k := converter{ctx: ctx, in: in, out: std.Out, losses: func(l loss.Loss) {
		lost++
		fmt.Fprintf(std.Err, "mapigate: lost: %v\n", l)
	}}
	msg, err := k.read()
	if err != nil {
		return fmt.Errorf("convert: %s: %w", in.Name, err)
	}
	if err := k.write(c.To, msg); err != nil {
		return fmt.Errorf("convert: %s to %s: %w", in.Name, c.To, err)
	}
	if c.Strict && lost > 0 {
		return fmt.Errorf("convert: %s to %s: not all of it crossed: %d losses", in.Name, c.To, lost)
	}
	return nil
}
