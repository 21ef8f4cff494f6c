package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/mapigate/mapigate/gateway/backup"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping"
)

type mailboxExportCommand struct {
	accessFlags
	Output string `short:"o" placeholder:"FOLDER" help:"Write the folder and those below it there; what an earlier run wrote is brought up to date."`
	Format string `enum:"eml,maildir,mbox" default:"eml" help:"What mails are written as: ${enum}."`
	Delete bool   `help:"Remove files of what is no longer in its folder (default: leave them, and say so in the manifest)."`
	Mbox   string `placeholder:"FILE" help:"Write the messages of one folder as one mbox file, - being standard output."`
	JSON   bool   `help:"Print what was done as JSON."`
	Place  string `arg:"" optional:"" help:"A folder, or ADDRESS/FOLDER (default: all that users see)."`
}

// Help says how an export is gone on with.
func (mailboxExportCommand) Help() string {
	return `With -o each folder of the mailbox becomes one there. The first run reads everything, later ones what has come, changed or been
read since. One that was ended in between is gone on with by running it again; no file is ever half of one.
A message that was deleted or moved away keeps its file, and the manifest below .mapigate says that it is gone: --delete removes it.
One that was moved is read again in its new folder. A folder with another name is moved here too.
Read, replied, flagged and draft are in the names of files of a Maildir, in Status and X-Status of an mbox, otherwise in the manifest.`
}

// Run writes messages to files.
func (c mailboxExportCommand) Run(ctx context.Context, std streams) error {
	if (c.Output == "") == (c.Mbox == "") {
		return usagef("mailbox export: give either -o FOLDER or --mbox FILE")
	}
	p := parsePlace(c.Place, false)
	if c.Mbox != "" {
		if p.folder == "" && p.mailbox != internetName {
			return usagef("mailbox export: --mbox FILE has the messages of one folder: name it")
		}
		return c.mbox(ctx, std, p)
	}
	format, err := backup.ParseFormat(c.Format)
	if err != nil {
		return usagef("mailbox export: %v", err)
	}
	return c.tree(ctx, std, p, format)
}

// tree writes folders, and goes on when the connection is lost in between.
func (c mailboxExportCommand) tree(ctx context.Context, std streams, p place, format backup.Format) error {
	var sum backup.Result
	bar := newBar(std.err, "export", "messages")
	defer bar.end()
	err := persist(ctx, std, bar, func() error {
		b, folder, err := c.openFolder(ctx, p)
		if err != nil {
			return &lostError{err: err}
		}
		defer b.close(ctx)
		res, err := backup.Export(ctx, backup.Options{
			Mailbox: b.mailbox, Dir: c.Output, Format: format, Folder: folder, Delete: c.Delete, Resolver: b,
			Progress: func(p backup.Progress) { bar.show(p.Folder, p.Done, p.Total) }, Loss: bar.losses,
		})
		sum = addResults(sum, res)
		if err != nil && b.mailbox.Lost() != nil {
			return &lostError{err, res.Written > 0}
		}
		return err
	})
	bar.end()
	return done(std, c.JSON, &sum, sum.Failed, err)
}

// addResults adds what a further run did.
func addResults(sum backup.Result, r *backup.Result) backup.Result {
	next := *r
	next.Written += sum.Written
	next.Bytes += sum.Bytes
	next.Marked += sum.Marked
	next.Gone += sum.Gone
	next.Moved += sum.Moved
	next.Lossy += sum.Lossy
	next.Unchanged = max(next.Unchanged-sum.Written, 0)
	return next
}

// openFolder opens the mailbox of a place, and finds the folder in it; 0 is all.
func (c mailboxExportCommand) openFolder(ctx context.Context, p place) (*mapiBox, mapi.FolderID, error) {
	opened, err := c.open(ctx, p.mailbox)
	if err != nil {
		return nil, 0, err
	}
	b, ok := opened.(*mapiBox)
	if !ok {
		opened.close(ctx)
		return nil, 0, usagef("%s is no mailbox: use --mbox", internetName)
	}
	if p.folder == "" {
		return b, 0, nil
	}
	id, err := b.folder(ctx, p.folder)
	if err != nil {
		b.close(ctx)
	}
	return b, id, err
}

// mbox writes the messages of one folder into one file.
func (c mailboxExportCommand) mbox(ctx context.Context, std streams, p place) (err error) {
	b, err := c.open(ctx, p.mailbox)
	if err != nil {
		return err
	}
	defer b.close(ctx)
	list, err := b.messages(ctx, p.folder)
	if err != nil {
		return err
	}
	out := std.out
	if c.Mbox != "-" {
		f, err := os.OpenFile(c.Mbox, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		out = f
	}
	w, written := backup.NewMboxWriter(out), 0
	for _, m := range list {
		if err = w.Begin(m.From, m.Time); err != nil {
			break
		}
		var losses []mapping.Loss
		if losses, err = b.write(ctx, w, m.Folder, m.ID, false); err != nil {
			break
		}
		if err = w.End(); err != nil {
			break
		}
		for _, l := range losses {
			fmt.Fprintf(std.err, "mapigate: %s: lost: %v\n", printable(m.Place), l)
		}
		written++
	}
	fmt.Fprintf(std.err, "mapigate: %d of %d messages written\n", written, len(list))
	return err
}
