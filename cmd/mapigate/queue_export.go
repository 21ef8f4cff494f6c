package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

type queueExportCommand struct {
	queuePlace
	Output string `short:"o" placeholder:"FILE" help:"Where to write the mail (default: standard output). An existing file is not overwritten."`
	ID     string `arg:"" help:"Queue id."`
}

// Run writes the MIME of one mail as it lies in the queue.
func (c queueExportCommand) Run(ctx context.Context, std streams) (err error) {
	q, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	body, err := q.Open(ctx, mail.ID(c.ID))
	if errors.Is(err, queue.ErrNotFound) {
		return fmt.Errorf("%s: no such mail, or its content is not kept any more: %w", c.ID, err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	if c.Output == "" {
		_, err = io.Copy(std.out, body)
		return err
	}
	f, err := os.OpenFile(c.Output, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, body)
	return errors.Join(err, f.Close())
}
