package queuecmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
)

// TraceCommand is mapigate trace.
type TraceCommand struct {
	Place
	JSON  bool   `help:"Print JSON: an array of mails."`
	Limit int    `default:"20" help:"How many mails at most, the newest first."`
	What  string `arg:"" help:"Queue id, Message-ID (with or without <>), address or @domain."`
}

// Run tells the story of the mails that What names, across both sides: where
// they came from, each attempt with both sides' ids, and what became of them.
func (c TraceCommand) Run(ctx context.Context, std cli.Streams) (err error) {
	q, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	found, err := q.Trace(ctx, c.What, c.Limit)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fmt.Errorf("%s: the queue knows no such mail; finished mails are forgotten after the times that the configuration says", c.What)
	}
	if c.JSON {
		return cli.PrintJSON(std, found)
	}
	for i, m := range found {
		if i > 0 {
			fmt.Fprintln(std.Out)
		}
		if err := printMail(std.Out, m); err != nil {
			return err
		}
	}
	return nil
}
