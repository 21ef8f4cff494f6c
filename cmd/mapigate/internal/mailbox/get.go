package mailbox

import (
	"context"
	"fmt"
	"strings"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/browse"
	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/mapping"
)

type getCommand struct {
	access
	JSON  bool   `help:"Print the MAPI properties as JSON."`
	Place string `arg:"" help:"What mailbox ls prints, or a <Message-ID>."`
}

// Help says what can be named.
func (getCommand) Help() string {
	return `The place is FOLDER/ID or ADDRESS/FOLDER/ID as mailbox ls prints it. A <Message-ID> is looked for in all folders;
with --demo in all mailboxes and on the demo's internet.`
}

// Run prints one message.
func (c getCommand) Run(ctx context.Context, std cli.Streams) error {
	if browse.IsMessageID(c.Place) {
		return c.byMessageID(ctx, std)
	}
	p := browse.ParsePlace(c.Place, true)
	b, err := c.open(ctx, p.Mailbox)
	if err != nil {
		return err
	}
	defer b.Close(ctx)
	losses, err := b.Write(ctx, std.Out, p.Folder, p.ID, c.JSON)
	printLosses(std, losses)
	return err
}

// byMessageID prints the only message with that Message-ID.
func (c getCommand) byMessageID(ctx context.Context, std cli.Streams) error {
	boxes, err := c.openAll(ctx)
	if err != nil {
		return err
	}
	defer browse.CloseAll(ctx, boxes)
	var where browse.Box
	var found []browse.Message
	for _, b := range boxes {
		list, err := b.Find(ctx, c.Place)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			where, found = b, append(found, list...)
		}
	}
	switch len(found) {
	case 0:
		return fmt.Errorf("no message has the Message-ID %s", c.Place)
	case 1:
		losses, err := where.Write(ctx, std.Out, found[0].Folder, found[0].ID, c.JSON)
		printLosses(std, losses)
		return err
	}
	places := make([]string, len(found))
	for i, m := range found {
		places[i] = m.Place
	}
	return fmt.Errorf("%d messages have the Message-ID %s; name one by its place: %s", len(found), c.Place, strings.Join(places, ", "))
}

func printLosses(std cli.Streams, list []mapping.Loss) {
	for _, l := range list {
		fmt.Fprintf(std.Err, "mapigate: lost: %v\n", l)
	}
}
