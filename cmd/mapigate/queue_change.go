package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/admin/client"
	"github.com/mapigate/mapigate/gateway/mail"
)

// queueChange are the flags of the commands that change mail.
type queueChange struct {
	queuePlace
	queueSelection
	IDs    []string `arg:"" optional:"" name:"id" help:"Queue ids; or say with flags which mails."`
	All    bool     `help:"All mails that the command is for, when nothing else says which."`
	Yes    bool     `short:"y" help:"Do not ask whether so many are meant."`
	Reason string   `placeholder:"TEXT" help:"Why, for the story of the mail."`
	JSON   bool     `help:"Print JSON."`
}

type queueRetryCommand struct{ queueChange }

// Run tries mail again.
func (c queueRetryCommand) Run(ctx context.Context, std streams) error {
	return c.change(ctx, std, "retry")
}

type queueHoldCommand struct{ queueChange }

// Run keeps mail back.
func (c queueHoldCommand) Run(ctx context.Context, std streams) error {
	return c.change(ctx, std, "hold")
}

type queueReleaseCommand struct{ queueChange }

// Run lets mail go.
func (c queueReleaseCommand) Run(ctx context.Context, std streams) error {
	return c.change(ctx, std, "release")
}

type queueDropCommand struct{ queueChange }

// Run gives mail up.
func (c queueDropCommand) Run(ctx context.Context, std streams) error {
	return c.change(ctx, std, "drop")
}

// change does an action on the mails that are named, or on all that the flags select once somebody has confirmed how many those are.
func (c queueChange) change(ctx context.Context, std streams, action string) error {
	chosen := !c.none() || c.All
	switch {
	case len(c.IDs) > 0 && chosen:
		return usagef("queue %s: give ids, or say with flags which mails, not both", action)
	case len(c.IDs) == 0 && !chosen:
		return usagef("queue %s: which mails? give ids, flags like --to @example.org, or --all", action)
	}
	asked, err := c.ask(ctx)
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
func (c queueChange) each(ctx context.Context, std streams, asked *client.Client, action string) error {
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
			fmt.Fprintf(std.err, "mapigate: %s: %v\n", id, err)
		} else {
			fmt.Fprintf(std.out, "%s: %s, %s\n", id, past[action], several(n, "recipient"))
		}
	}
	if c.JSON {
		if err := printJSON(std, list); err != nil {
			return err
		}
	}
	if failed {
		return errSaid
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

func printJSON(std streams, v any) error {
	e := json.NewEncoder(std.out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// many changes all mails that the flags select.
func (c queueChange) many(ctx context.Context, std streams, asked *client.Client, action string) error {
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
		return printJSON(std, done)
	}
	fmt.Fprintf(std.out, "%s: %s, %s", past[action], several(done.Mails, "mail"), several(done.Recipients, "recipient"))
	if done.Unchanged > 0 {
		fmt.Fprintf(std.out, "; %d had gone or moved on", done.Unchanged)
	}
	fmt.Fprintln(std.out)
	return nil
}

// confirmed asks whoever sits there.
func confirmed(std streams, action string, n int) bool {
	fmt.Fprintf(std.err, "%s %s? [y/N] ", action, several(n, "mail"))
	line, _ := bufio.NewReader(std.in).ReadString('\n') // an end of the input is a no
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes"
}

type queueFlushCommand struct {
	queuePlace
	Courier     string `placeholder:"NAME" help:"One courier alone: internet, exchange/NAME."`
	JSON        bool   `help:"Print JSON."`
	Destination string `arg:"" help:"A domain, smarthost/NAME, or the name of an exchange."`
}

// Run makes all that waits for a destination due now, and has it tried even if it did not answer lately.
func (c queueFlushCommand) Run(ctx context.Context, std streams) error {
	asked, err := c.ask(ctx)
	if err != nil {
		return err
	}
	defer asked.Close()
	n, err := asked.Flush(ctx, c.Courier, c.Destination)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(std, map[string]any{"destination": c.Destination, "recipients": n})
	}
	fmt.Fprintf(std.out, "%s: %s put forward\n", c.Destination, several(n, "recipient"))
	return nil
}
