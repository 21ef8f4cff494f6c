package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

type traceCommand struct {
	queuePlace
	JSON  bool   `help:"Print JSON: an array of mails."`
	Limit int    `default:"20" help:"How many mails at most, the newest first."`
	What  string `arg:"" help:"Queue id, Message-ID (with or without <>), address or @domain."`
}

// Run tells the story of the mails that What names, across both sides: where
// they came from, each attempt with both sides' ids, and what became of them.
func (c traceCommand) Run(ctx context.Context, std streams) (err error) {
	q, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	found, err := q.Trace(ctx, c.What, c.Limit)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fmt.Errorf("%s: the queue knows no such mail; finished mails are forgotten after the times that the configuration says", c.What)
	}
	if c.JSON {
		e := json.NewEncoder(std.out)
		e.SetIndent("", "  ")
		return e.Encode(found)
	}
	for i, m := range found {
		if i > 0 {
			fmt.Fprintln(std.out)
		}
		if err := printMail(std.out, m); err != nil {
			return err
		}
	}
	return nil
}
