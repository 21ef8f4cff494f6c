package queuecmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue/show"
)

type showCommand struct {
	Place
	JSON bool   `help:"Print JSON."`
	ID   string `arg:"" help:"Queue id."`
}

// Run shows one mail with its story.
func (c showCommand) Run(ctx context.Context, std cli.Streams) (err error) {
	q, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	m, err := q.Story(ctx, mail.ID(c.ID))
	if err != nil {
		return err
	}
	if c.JSON {
		return cli.PrintJSON(std, m)
	}
	return printMail(std.Out, m)
}

// printMail prints a mail for people.
func printMail(out io.Writer, m show.Mail) error {
	const layout = "2006-01-02 15:04:05"
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "Mail:\t%s\nSubject:\t%s\nFrom:\t%s\nMessage-ID:\t%s\n", m.ID, plain(m.Subject), sender(m.From), plain(m.MessageID))
	source := strings.TrimSpace(strings.Join([]string{m.Source.Kind, m.Source.Name, m.Source.Client, m.Source.User}, " "))
	fmt.Fprintf(w, "Received:\t%s from %s\nSize:\t%d bytes\nExpires:\t%s\n", m.Received.Local().Format(layout), plain(source), m.Size, m.Expires.Local().Format(layout))
	for _, r := range m.Recipients {
		fmt.Fprintf(w, "\nTo:\t%s\nState:\t%s since %s, %d tries\n", plain(r.Address), r.State, r.Since.Local().Format(layout), r.Attempts)
		fmt.Fprintf(w, "Way:\t%s to %s\n", plain(r.Route), plain(r.Destination))
		if r.Next != nil {
			fmt.Fprintf(w, "Next try:\t%s\n", r.Next.Local().Format(layout))
		}
		if r.Last != nil {
			fmt.Fprintf(w, "Last answer:\t%s\n", plain(strings.TrimSpace(fmt.Sprintf("%s %s (%s %s)", r.Last.Status, r.Last.Text, r.Last.Remote, r.Last.RemoteID))))
		}
	}
	fmt.Fprintln(w, "\nStory:")
	for _, e := range m.Events {
		text := e.Text
		if e.Outcome != nil {
			text = strings.TrimSpace(fmt.Sprintf("%s %s %s %s", e.Outcome.Verdict, e.Outcome.Status, e.Outcome.Text, e.Outcome.Remote))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", e.At.Local().Format(layout), e.Kind, plain(e.Recipient), plain(text))
	}
	return w.Flush()
}
