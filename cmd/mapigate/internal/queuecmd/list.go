package queuecmd

import (
	"context"
	"errors"
	"text/tabwriter"
	"time"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/show"
)

type listCommand struct {
	Place
	selection
	JSON  bool `help:"Print JSON."`
	All   bool `help:"List finished mail as well."`
	Limit int  `default:"100" help:"How many at most; 0 means all."`
}

// Run lists the queue, the newest mail first.
func (c listCommand) Run(ctx context.Context, std cli.Streams) (err error) {
	f, err := c.filter(time.Now())
	if err != nil {
		return err
	}
	if f.All = c.All; c.Limit < 0 {
		return cli.Usagef("--limit is a number of mails, 0 for all")
	}
	q, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	var w mailWriter = &tableWriter{tab: tabwriter.NewWriter(std.Out, 0, 0, 2, ' ', 0), now: time.Now(), some: !c.none()}
	if c.JSON {
		w = &jsonWriter{out: std.Out}
	}
	if err := listAll(ctx, q, f, c.Limit, w.mail); err != nil {
		return err
	}
	return w.end()
}

// listAll gives up to limit mails, page by page; 0 is no limit.
func listAll(ctx context.Context, q view, f queue.Filter, limit int, each func(show.Mail) error) error {
	const most = 500 // of a page
	for left := limit; limit == 0 || left > 0; left -= f.Limit {
		if f.Limit = most; limit > 0 {
			f.Limit = min(left, most)
		}
		mails, next, err := q.List(ctx, f)
		if err != nil {
			return err
		}
		for _, m := range mails {
			if err := each(m); err != nil {
				return err
			}
		}
		if f.After = next; next == "" {
			return nil
		}
	}
	return nil
}
