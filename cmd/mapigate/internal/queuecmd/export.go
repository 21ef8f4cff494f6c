package queuecmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/archive"
)

type exportCommand struct {
	Place
	selection
	All    bool   `help:"With finished mail as well."`
	Output string `short:"o" placeholder:"FILE" help:"Where to write (default: standard output). An existing file is not overwritten."`
	ID     string `arg:"" optional:"" help:"Queue id: this mail as .eml. Without it: a tar file of all that the flags select, for queue import."`
}

// Run writes the MIME of one mail as it lies in the queue, or an archive.
func (c exportCommand) Run(ctx context.Context, std cli.Streams) (err error) {
	if c.ID != "" && (!c.none() || c.All) {
		return cli.Usagef("queue export: give an id, or say with flags which mails, not both")
	}
	f, err := c.filter(time.Now())
	if err != nil {
		return err
	}
	f.All = c.All
	q, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	out, done, err := c.output(std)
	if err != nil {
		return err
	}
	if c.ID != "" {
		return done(copyMail(ctx, out, q, mail.ID(c.ID)))
	}
	switch q := q.(type) {
	case running:
		return done(copyArchive(ctx, out, q, f))
	case stored:
		return done(writeArchive(ctx, out, q, f))
	}
	return done(nil)
}

// output opens where to write; done closes it, and removes a file that is not whole.
func (c exportCommand) output(std cli.Streams) (out io.Writer, done func(error) error, err error) {
	if c.Output == "" {
		return std.Out, func(err error) error { return err }, nil
	}
	f, err := os.OpenFile(c.Output, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, err
	}
	return f, func(err error) error {
		if err = errors.Join(err, f.Close()); err != nil {
			err = errors.Join(err, os.Remove(c.Output))
		}
		return err
	}, nil
}

func copyMail(ctx context.Context, out io.Writer, q view, id mail.ID) (err error) {
	body, err := q.Open(ctx, id)
	if errors.Is(err, queue.ErrNotFound) {
		return fmt.Errorf("%s: no such mail, or its content is not kept any more: %w", id, err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	_, err = io.Copy(out, body)
	return err
}

func copyArchive(ctx context.Context, out io.Writer, q running, f queue.Filter) (err error) {
	tar, err := q.Export(ctx, f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tar.Close()) }()
	_, err = io.Copy(out, tar)
	return err
}

func writeArchive(ctx context.Context, out io.Writer, q stored, f queue.Filter) error {
	w := archive.NewWriter(out)
	for f.Limit = 1000; ; {
		page, err := q.Reader.List(ctx, f)
		if err != nil {
			return err
		}
		for i := range page.Records {
			if err := w.Add(ctx, q.Reader, page.Records[i].Mail.ID); err != nil && !errors.Is(err, queue.ErrNotFound) {
				return err
			}
		}
		if f.After = page.Next; f.After == "" {
			return w.Close()
		}
	}
}
