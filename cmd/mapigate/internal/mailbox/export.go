package mailbox

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/browse"
	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/gateway/backup"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping"
)

type exportCommand struct {
	access
	Output string `short:"o" placeholder:"FOLDER" help:"Write the folder and those below it there; what an earlier run wrote is brought up to date."`
	Format string `enum:"eml,maildir,mbox" default:"eml" help:"What mails are written as: ${enum}."`
	Delete bool   `help:"Remove files of what is no longer in its folder (default: leave them, and say so in the manifest)."`
	Mbox   string `placeholder:"FILE" help:"Write the messages of one folder as one mbox file, - being standard output."`
	JSON   bool   `help:"Print what was done as JSON."`
	Place  string `arg:"" optional:"" help:"A folder, or ADDRESS/FOLDER (default: all that users see)."`
}

// Help says how an export is gone on with.
func (exportCommand) Help() string {
	return `With -o each folder of the mailbox becomes one there. The first run reads everything, later ones what has come, changed or been
read since. One that was ended in between is gone on with by running it again; no file is ever half of one.
A message that was deleted or moved away keeps its file, and the manifest below .mapigate says that it is gone: --delete removes it.
One that was moved is read again in its new folder. A folder with another name is moved here too.
Read, replied, flagged and draft are in the names of files of a Maildir, in Status and X-Status of an mbox, otherwise in the manifest.`
}

// Run writes messages to files.
func (c exportCommand) Run(ctx context.Context, std cli.Streams) error {
	if (c.Output == "") == (c.Mbox == "") {
		return cli.Usagef("mailbox export: give either -o FOLDER or --mbox FILE")
	}
	p := browse.ParsePlace(c.Place, false)
	if c.Mbox != "" {
		if p.Folder == "" && p.Mailbox != browse.Internet {
			return cli.Usagef("mailbox export: --mbox FILE has the messages of one folder: name it")
		}
		return c.mbox(ctx, std, p)
	}
	format, err := backup.ParseFormat(c.Format)
	if err != nil {
		return cli.Usagef("mailbox export: %v", err)
	}
	return c.tree(ctx, std, p, format)
}

// tree writes folders, and goes on when the connection is lost in between.
func (c exportCommand) tree(ctx context.Context, std cli.Streams, p browse.Place, format backup.Format) error {
	var sum backup.Result
	bar := cli.NewBar(std.Err, "export", "messages")
	defer bar.End()
	err := persist(ctx, std, bar, func() error {
		b, folder, err := c.openFolder(ctx, p)
		if err != nil {
			return &lostError{err: err}
		}
		defer b.Close(ctx)
		res, err := backup.Export(ctx, backup.Options{
			Mailbox: b.MAPI, Dir: c.Output, Format: format, Folder: folder, Delete: c.Delete, Resolver: b,
			Progress: func(p backup.Progress) { bar.Show(p.Folder, p.Done, p.Total) }, Loss: bar.Losses,
		})
		sum = addResults(sum, res)
		if err != nil && b.MAPI.Lost() != nil {
			return &lostError{err, res.Written > 0}
		}
		return err
	})
	bar.End()
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
func (c exportCommand) openFolder(ctx context.Context, p browse.Place) (*browse.Mailbox, mapi.FolderID, error) {
	opened, err := c.open(ctx, p.Mailbox)
	if err != nil {
		return nil, 0, err
	}
	b, ok := opened.(*browse.Mailbox)
	if !ok {
		opened.Close(ctx)
		return nil, 0, cli.Usagef("%s is no mailbox: use --mbox", browse.Internet)
	}
	if p.Folder == "" {
		return b, 0, nil
	}
	id, err := b.Folder(ctx, p.Folder)
	if err != nil {
		b.Close(ctx)
	}
	return b, id, err
}

// mbox writes the messages of one folder into one file.
func (c exportCommand) mbox(ctx context.Context, std cli.Streams, p browse.Place) (err error) {
	b, err := c.open(ctx, p.Mailbox)
	if err != nil {
		return err
	}
	defer b.Close(ctx)
	list, err := b.Messages(ctx, p.Folder)
	if err != nil {
		return err
	}
	out := std.Out
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
		if losses, err = b.Write(ctx, w, m.Folder, m.ID, false); err != nil {
			break
		}
		if err = w.End(); err != nil {
			break
		}
		for _, l := range losses {
			fmt.Fprintf(std.Err, "mapigate: %s: lost: %v\n", cli.Printable(m.Place), l)
		}
		written++
	}
	fmt.Fprintf(std.Err, "mapigate: %d of %d messages written\n", written, len(list))
	return err
}
