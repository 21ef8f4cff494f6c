package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/show"
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
	found, err := c.find(ctx, q)
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

// find gives the mails, the newest first and each once.
func (c traceCommand) find(ctx context.Context, q queue.Inspector) ([]show.Mail, error) {
	if id := mail.ID(c.What); id.Valid() {
		m, err := story(ctx, q, id)
		if errors.Is(err, queue.ErrNotFound) {
			return nil, nil
		}
		return []show.Mail{m}, err
	}
	var list []show.Mail
	seen := make(map[mail.ID]bool)
	for _, f := range c.filters() {
		err := listAll(ctx, q, f, c.Limit, func(m show.Mail) error {
			if seen[m.ID] || len(list) >= c.Limit {
				return nil
			}
			seen[m.ID] = true
			m, err := story(ctx, q, m.ID)
			list = append(list, m)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// filters are the readings of What: a Message-ID in brackets is nothing else,
// what looks like an address may be either.
func (c traceCommand) filters() []queue.Filter {
	id := "<" + strings.Trim(c.What, "<>") + ">"
	if strings.HasPrefix(c.What, "<") {
		return []queue.Filter{{All: true, MessageID: id}}
	}
	return []queue.Filter{{All: true, MessageID: id}, {All: true, Sender: c.What}, {All: true, Recipient: c.What}}
}
