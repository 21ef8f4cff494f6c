package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/cmd/mapigate/internal/queuecmd"
)

type reloadCommand struct {
	queuecmd.Place
	JSON bool `help:"Print JSON."`
}

// Run asks the running gateway to read its configuration again.
func (c reloadCommand) Run(ctx context.Context, std cli.Streams) error {
	asked, err := c.Ask(ctx)
	if err != nil {
		return err
	}
	defer asked.Close()
	done, err := asked.Reload(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		return cli.PrintJSON(std, done)
	}
	fmt.Fprintf(std.Out, "the configuration is in force; %d parts go on untouched\n", done.Kept)
	for _, l := range []struct {
		what string
		list []string
	}{{"ended", done.Ended}, {"begun", done.Begun}, {"only a restart changes", done.Fixed}} {
		if len(l.list) > 0 {
			fmt.Fprintf(std.Out, "%s: %s\n", l.what, strings.Join(l.list, ", "))
		}
	}
	return nil
}
