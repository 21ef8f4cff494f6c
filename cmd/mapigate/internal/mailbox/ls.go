package mailbox

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/browse"
	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
)

type lsCommand struct {
	access
	JSON  bool   `help:"Print JSON."`
	Place string `arg:"" optional:"" help:"A folder, ADDRESS, or ADDRESS/FOLDER."`
}

// Help says what is listed.
func (lsCommand) Help() string {
	return `Without a folder it lists the folders of the mailbox, with one its messages, each with the place that mailbox get takes.
A slash in the name of a folder, and what else would read as something different, stands as %XX as in URLs: A%2FB.
With --demo alone it lists what has arrived in the Inbox of every demo mailbox, and on the demo's internet.`
}

// Run lists.
func (c lsCommand) Run(ctx context.Context, std cli.Streams) error {
	if c.Demo && c.Place == "" && c.demoMailbox() == "" {
		return c.everything(ctx, std.Out)
	}
	p := browse.ParsePlace(c.Place, false)
	b, err := c.open(ctx, p.Mailbox)
	if err != nil {
		return err
	}
	defer b.Close(ctx)
	if p.Folder == "" && b.Address() != browse.Internet {
		list, err := b.Folders(ctx)
		if err != nil {
			return err
		}
		return c.print(std.Out, list, func(w io.Writer) { printFolders(w, list) })
	}
	list, err := b.Messages(ctx, p.Folder)
	if err != nil {
		return err
	}
	return c.print(std.Out, list, func(w io.Writer) { printMessages(w, list) })
}

// everything lists what arrived anywhere in the demo.
func (c lsCommand) everything(ctx context.Context, out io.Writer) error {
	boxes, err := c.openAll(ctx)
	if err != nil {
		return err
	}
	defer browse.CloseAll(ctx, boxes)
	list := []browse.Message{}
	for _, b := range boxes {
		folder := "Inbox"
		if b.Address() == browse.Internet {
			folder = browse.Arrived
		}
		some, err := b.Messages(ctx, folder)
		if err != nil {
			return err
		}
		list = append(list, some...)
	}
	return c.print(out, list, func(w io.Writer) { printMessages(w, list) })
}

// print writes a listing as JSON or as a table.
func (c lsCommand) print(out io.Writer, list any, table func(io.Writer)) error {
	if c.JSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(list)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	table(w)
	return w.Flush()
}

func printFolders(w io.Writer, list []browse.Folder) {
	fmt.Fprintln(w, "FOLDER\tMESSAGES\tUNREAD")
	for _, f := range list {
		fmt.Fprintf(w, "%s\t%d\t%d\n", cli.Printable(f.Path), f.Count, f.Unread)
	}
}

func printMessages(w io.Writer, list []browse.Message) {
	fmt.Fprintln(w, "PLACE\tTIME\tFROM\tTO\tBYTES\tSUBJECT")
	for _, m := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\n", cli.Printable(m.Place), m.Time.Local().Format("2006-01-02 15:04:05"),
			cli.Printable(m.From), cli.Printable(m.To), m.Size, cli.Printable(m.Subject))
	}
}
