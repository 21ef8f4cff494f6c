package queuecmd

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/gateway/admin/client"
	"github.com/mapigate/mapigate/gateway/mail"
)

// chosen are the flags of the commands that change mail.
type chosen struct {
	Place
	selection
	IDs    []string `arg:"" optional:"" name:"id" help:"Queue ids; or say with flags which mails."`
	All    bool     `help:"All mails that the command is for, when nothing else says which."`
	Yes    bool     `short:"y" help:"Do not ask whether so many are meant."`
	Reason string   `placeholder:"TEXT" help:"Why, for the story of the mail."`
	JSON   bool     `help:"Print JSON."`
}

type retryCommand struct{ chosen }

// Run tries mail again.
func (c retryCommand) Run(ctx context.Context, std cli.Streams) error {
	return c.change(ctx, std, "retry")
}

type holdCommand struct{ chosen }

// Run keeps mail back.
func (c holdCommand) Run(ctx context.Context, std cli.Streams) error {
	return c.change(ctx, std, "hold")
}

type releaseCommand struct{ chosen }

// Run lets mail go.
func (c releaseCommand) Run(ctx context.Context, std cli.Streams) error {
	return c.change(ctx, std, "release")
}

type dropCommand struct{ chosen }

// Run gives mail up.
func (c dropCommand) Run(ctx context.Context, std cli.Streams) error {
	return c.change(ctx, std, "drop")
}

// change does an action on the mails that are named, or on all that the flags select once somebody has confirmed how many those are.
func (c chosen) change(ctx context.Context, std cli.Streams, action string) error {
	chosen := !c.none() || c.All
	switch {
	case len(c.IDs) > 0 && chosen:
		return cli.Usagef("queue %s: give ids, or say with flags which mails, not both", action)
	case len(c.IDs) == 0 && !chosen:
		return cli.Usagef("queue %s: which mails? give ids, flags like --to @example.org, or --all", action)
	}
	asked, err := c.Ask(ctx)
	if err != nil {
		return err
	}
	defer asked.Close()
	if len(c.IDs) > 0 {
		return c.each(ctx, std, asked, action)
	}
	return c.many(ctx, std, asked, action)
}

// A changed mail is one line of the answer.
type changed struct {
	ID         string `json:"id"`
	Action     string `json:"action"`
	Recipients int    `json:"recipients"`
	Error      string `json:"error,omitempty"`
}

// each changes the mails that are named. One that has gone does not keep the others from being changed.
func (c chosen) each(ctx context.Context, std cli.Streams, asked *client.Client, action string) error {
	list := []changed{}
	failed := false
	for _, id := range c.IDs {
		n, err := asked.Act(ctx, mail.ID(id), action, c.Reason)
		line := changed{ID: id, Action: action, Recipients: n}
		if err != nil {
			line.Error, failed = err.Error(), true
		}
		list = append(list, line)
		if c.JSON {
			continue
		}
		if err != nil {
			fmt.Fprintf(std.Err, "mapigate: %s: %v\n", id, err)
		} else {
			fmt.Fprintf(std.Out, "%s: %s, %s\n", id, past[action], several(n, "recipient"))
		}
	}
	if c.JSON {
		if err := cli.PrintJSON(std, list); err != nil {
			return err
		}
	}
	if failed {
		return cli.ErrSaid
	}
	return nil
}

var past = map[string]string{"retry": "is tried again", "hold": "held", "release": "released", "drop": "dropped"}

func several(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// many changes all mails that the flags select.
func (c chosen) many(ctx context.Context, std cli.Streams, asked *client.Client, action string) error {
	f, err := c.filter(time.Now())
	if err != nil {
		return err
	}
	found, err := asked.ActAll(ctx, f, action, c.Reason, -1)
	if err != nil {
		return err
	}
	if found.Count > 0 && !c.Yes && !confirmed(std, action, found.Count) {
		return fmt.Errorf("queue %s: nothing was changed", action)
	}
	done := client.Result{Done: true}
	if found.Count > 0 {
		if found.Before != nil {
			f.Before = *found.Before
		}
		if done, err = asked.ActAll(ctx, f, action, c.Reason, found.Count); err != nil {
			return err
		}
	}
	if c.JSON {
		return cli.PrintJSON(std, done)
	}
	fmt.Fprintf(std.Out, "%s: %s, %s", past[action], several(done.Mails, "mail"), several(done.Recipients, "recipient"))
	if done.Unchanged > 0 {
		fmt.Fprintf(std.Out, "; %d had gone or moved on", done.Unchanged)
	}
	fmt.Fprintln(std.Out)
	return nil
}

// confirmed asks whoever sits there.
func confirmed(std cli.Streams, action string, n int) bool {
	fmt.Fprintf(std.Err, "%s %s? [y/N] ", action, several(n, "mail"))
	line, _ := bufio.NewReader(std.In).ReadString('\n') // an end of the input is a no
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes"
}

type flushCommand struct {
	Place
	Courier     string `placeholder:"NAME" help:"One courier alone: internet, exchange/NAME."`
	JSON        bool   `help:"Print JSON."`
	Destination string `arg:"" help:"A domain, smarthost/NAME, or the name of an exchange."`
}

// Run makes all that waits for a destination due now, and has it tried even if it did not answer lately.
func (c flushCommand) Run(ctx context.Context, std cli.Streams) error {
	asked, err := c.Ask(ctx)
	if err != nil {
		return err
	}
	defer asked.Close()
	n, err := asked.Flush(ctx, c.Courier, c.Destination)
	if err != nil {
		return err
	}
	if c.JSON {
		return cli.PrintJSON(std, map[string]any{"destination": c.Destination, "recipients": n})
	}
	fmt.Fprintf(std.Out, "%s: %s put forward\n", c.Destination, several(n, "recipient"))
	return nil
}
