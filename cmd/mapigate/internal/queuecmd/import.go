package queuecmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/gateway/admin/client"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/archive"
	"github.com/mapigate/mapigate/gateway/store"
)

type importCommand struct {
	Place
	Hold bool   `help:"Keep back what would be tried, until queue release."`
	JSON bool   `help:"Print JSON."`
	File string `arg:"" optional:"" help:"The tar file (default: standard input)."`
}

// Help says what becomes of the mails.
func (importCommand) Help() string {
	return `Each mail keeps its id, what became of its recipients, and its story. A mail that is here already is left as it is. A running gateway takes the
mails in by itself; otherwise they are put into its store.`
}

// Run takes in an archive.
func (c importCommand) Run(ctx context.Context, std cli.Streams) (err error) {
	in := std.In
	if c.File != "" {
		f, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	var done client.Imported
	asked, err := c.Ask(ctx)
	switch {
	case err == nil:
		defer asked.Close()
		done, err = asked.Import(ctx, in, c.Hold)
	case errors.Is(err, client.ErrNotRunning):
		done, err = c.store(ctx, in)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return cli.PrintJSON(std, done)
	}
	fmt.Fprintf(std.Out, "%s taken in, %d were here already\n", several(done.Stored, "mail"), done.Repeated)
	return nil
}

// store puts the mails into the store of a gateway that does not run.
func (c importCommand) store(ctx context.Context, in io.Reader) (done client.Imported, err error) {
	conf, err := c.config()
	if err != nil {
		return done, err
	}
	q, err := store.Open(conf)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	done.Stored, err = archive.Read(ctx, in, q, archive.Options{Hold: c.Hold, Done: func(r queue.Receipt) {
		if r.Repeated {
			done.Repeated++
		}
	}})
	return done, err
}
