package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"
)

type mailboxLsCommand struct {
	accessFlags
	JSON  bool   `help:"Print JSON."`
	Place string `arg:"" optional:"" help:"A folder, ADDRESS, or ADDRESS/FOLDER."`
}

// Help says what is listed.
func (mailboxLsCommand) Help() string {
	return `Without a folder it lists the folders of the mailbox, with one its messages, each with the place that mailbox get takes.
A slash in the name of a folder, and what else would read as something different, stands as %XX as in URLs: A%2FB.
With --demo alone it lists what has arrived in the Inbox of every demo mailbox, and on the demo's internet.`
}

// Run lists.
func (c mailboxLsCommand) Run(ctx context.Context, std streams) error {
	if c.Demo && c.Place == "" && c.demoMailbox() == "" {
		return c.everything(ctx, std.out)
	}
	p := parsePlace(c.Place, false)
	b, err := c.open(ctx, p.mailbox)
	if err != nil {
		return err
	}
	defer b.close(ctx)
	if p.folder == "" && b.address() != internetName {
		list, err := b.folders(ctx)
		if err != nil {
			return err
		}
		return c.print(std.out, list, func(w io.Writer) { printFolders(w, list) })
	}
	list, err := b.messages(ctx, p.folder)
	if err != nil {
		return err
	}
	return c.print(std.out, list, func(w io.Writer) { printMessages(w, list) })
}

// everything lists what arrived anywhere in the demo.
func (c mailboxLsCommand) everything(ctx context.Context, out io.Writer) error {
	boxes, err := c.openAll(ctx)
	if err != nil {
		return err
	}
	defer closeAll(ctx, boxes)
	list := []messageInfo{}
	for _, b := range boxes {
		folder := "Inbox"
		if b.address() == internetName {
			folder = sentFolder
		}
		some, err := b.messages(ctx, folder)
		if err != nil {
			return err
		}
		list = append(list, some...)
	}
	return c.print(out, list, func(w io.Writer) { printMessages(w, list) })
}

// print writes a listing as JSON or as a table.
func (c mailboxLsCommand) print(out io.Writer, list any, table func(io.Writer)) error {
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

func printFolders(w io.Writer, list []folderInfo) {
	fmt.Fprintln(w, "FOLDER\tMESSAGES\tUNREAD")
	for _, f := range list {
		fmt.Fprintf(w, "%s\t%d\t%d\n", printable(f.Path), f.Count, f.Unread)
	}
}

func printMessages(w io.Writer, list []messageInfo) {
	fmt.Fprintln(w, "PLACE\tTIME\tFROM\tTO\tBYTES\tSUBJECT")
	for _, m := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\n", printable(m.Place), m.Time.Local().Format("2006-01-02 15:04:05"),
			printable(m.From), printable(m.To), m.Size, printable(m.Subject))
	}
}

// printable keeps what a stranger wrote from steering the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '·'
		}
		return r
	}, s)
}
