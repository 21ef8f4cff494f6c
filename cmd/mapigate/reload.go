package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

type reloadCommand struct {
	queuePlace
	JSON bool `help:"Print JSON."`
}

// Run asks the running gateway to read its configuration again.
func (c reloadCommand) Run(ctx context.Context, std streams) error {
	asked, err := c.ask(ctx)
	if err != nil {
		return err
	}
	defer asked.Close()
	done, err := asked.Reload(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		e := json.NewEncoder(std.out)
		e.SetIndent("", "  ")
		return e.Encode(done)
	}
	fmt.Fprintf(std.out, "the configuration is in force; %d parts go on untouched\n", done.Kept)
	for _, l := range []struct {
		what string
		list []string
	}{{"ended", done.Ended}, {"begun", done.Begun}, {"only a restart changes", done.Fixed}} {
		if len(l.list) > 0 {
			fmt.Fprintf(std.out, "%s: %s\n", l.what, strings.Join(l.list, ", "))
		}
	}
	return nil
}
