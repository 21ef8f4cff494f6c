package mailbox

import (
	"context"
	"errors"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/browse"
	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/gateway/backup"
)

type importCommand struct {
	access
	Into string `placeholder:"FOLDER" help:"Put everything below this folder, which is made if need be (default: each folder where it was)."`
	Gone bool   `help:"Put back what the mailbox no longer had at the last export, too."`
	JSON bool   `help:"Print what was done as JSON."`
	From string `arg:"" help:"What mailbox export wrote, a tree of Maildirs, mboxes, .eml, .ics and .vcf files, or one such file."`
	To   string `arg:"" optional:"" help:"The mailbox's ADDRESS (default: the one that the flags name)."`
}

// Help says what is left alone.
func (importCommand) Help() string {
	return `Folders are made as they were, times, read, replied, flagged and draft are kept, .ics become calendar items and tasks, .vcf contacts.
What is there already is left as it is, so that an import can be repeated: a message is there when the folder has as many with its
search key or Message-ID as there are files, or when the message that an earlier run made of the file is still there.`
}

// Run puts files into a mailbox, and goes on when the connection is lost in between.
func (c importCommand) Run(ctx context.Context, std cli.Streams) error {
	var into []string
	if c.Into != "" {
		into = browse.FolderNames(c.Into)
	}
	var sum backup.ImportResult
	bar := cli.NewBar(std.Err, "import", "files")
	defer bar.End()
	err := persist(ctx, std, bar, func() error {
		opened, err := c.open(ctx, c.To)
		if err != nil {
			return &lostError{err: err}
		}
		defer opened.Close(ctx)
		b, ok := opened.(*browse.Mailbox)
		if !ok {
			return cli.Usagef("%s is no mailbox", browse.Internet)
		}
		res, err := backup.Import(ctx, backup.ImportOptions{
			Mailbox: b.MAPI, From: c.From, Into: into, Gone: c.Gone,
			Progress: func(p backup.Progress) { bar.Show(p.Folder, p.Done, p.Total) }, Loss: bar.Losses,
		})
		again := *res
		again.Imported += sum.Imported
		again.Made += sum.Made
		again.Lossy += sum.Lossy
		again.There = max(again.There-sum.Imported, 0)
		sum = again
		if errors.Is(err, backup.ErrNowhere) {
			return cli.Usagef("mailbox import: %v: --into FOLDER", err)
		}
		if err != nil && b.MAPI.Lost() != nil {
			return &lostError{err, res.Imported > 0}
		}
		return err
	})
	bar.End()
	return done(std, c.JSON, &sum, sum.Failed, err)
}
