package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/mapigate/mapigate/mapping"
)

type mailboxGetCommand struct {
	accessFlags
	JSON  bool   `help:"Print the MAPI properties as JSON."`
	Place string `arg:"" help:"What mailbox ls prints, or a <Message-ID>."`
}

// Help says what can be named.
func (mailboxGetCommand) Help() string {
	return `The place is FOLDER/ID or ADDRESS/FOLDER/ID as mailbox ls prints it. A <Message-ID> is looked for in all folders;
with --demo in all mailboxes and on the demo's internet.`
}

// Run prints one message.
func (c mailboxGetCommand) Run(ctx context.Context, std streams) error {
	if isMessageID(c.Place) {
		return c.byMessageID(ctx, std)
	}
	p := parsePlace(c.Place, true)
	b, err := c.open(ctx, p.mailbox)
	if err != nil {
		return err
	}
	defer b.close(ctx)
	losses, err := b.write(ctx, std.out, p.folder, p.id, c.JSON)
	printLosses(std, losses)
	return err
}

// byMessageID prints the only message with that Message-ID.
func (c mailboxGetCommand) byMessageID(ctx context.Context, std streams) error {
	boxes, err := c.openAll(ctx)
	if err != nil {
		return err
	}
	defer closeAll(ctx, boxes)
	var where box
	var found []messageInfo
	for _, b := range boxes {
		list, err := b.find(ctx, c.Place)
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
		losses, err := where.write(ctx, std.out, found[0].Folder, found[0].ID, c.JSON)
		printLosses(std, losses)
		return err
	}
	places := make([]string, len(found))
	for i, m := range found {
		places[i] = m.Place
	}
	return fmt.Errorf("%d messages have the Message-ID %s; name one by its place: %s", len(found), c.Place, strings.Join(places, ", "))
}

func printLosses(std streams, list []mapping.Loss) {
	for _, l := range list {
		fmt.Fprintf(std.err, "mapigate: lost: %v\n", l)
	}
}
