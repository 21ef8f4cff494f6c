package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/gateway/demo"
)

type demoCommand struct {
	Once    bool   `help:"Send both ways, print the tally, and exit 0 only if everything arrived."`
	SMTP    string `name:"smtp" placeholder:"ADDR" help:"Where to take mail over SMTP (default: 127.0.0.1:2525, or a free port)."`
	Admin   string `placeholder:"ADDR" help:"Where the dashboard and the metrics listen (default: 127.0.0.1:9125, or a free port)."`
	Verbose bool   `short:"v" help:"Log what the gateway and the servers do to standard error."`
}

// Help says what is there to play with.
func (demoCommand) Help() string {
	return `An Exchange server in memory, an SMTP sink that stands for the internet, and the real gateway between them. Mail from this
machine is accepted without login: for any address at ` + demo.Domain + ` it goes into a mailbox there (made when the first mail
comes), for others through the gateway's mailbox and out to the sink. "mapigate mailbox ls --demo" shows what arrived.`
}

// Run runs the demo until it is told to stop, or once.
func (c demoCommand) Run(ctx context.Context, std cli.Streams) error {
	o := demo.Options{SMTP: c.SMTP, Admin: c.Admin, Version: versionOf(buildInfo())}
	if !c.Once {
		o.SMTP, o.Admin = orUsual(o.SMTP, "127.0.0.1:2525"), orUsual(o.Admin, "127.0.0.1:9125")
		o.StateFile = demo.StatePath()
	}
	if c.Verbose {
		o.Log = slog.New(slog.NewTextHandler(std.Err, &slog.HandlerOptions{ReplaceAttr: msgIsTheMail}))
	}
	d, err := demo.New(o)
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- d.Run(serving) }()
	err = c.play(ctx, d, std.Out)
	stop()
	return errors.Join(err, <-ended)
}

// play shows the demo to whoever started it.
func (c demoCommand) play(ctx context.Context, d *demo.Demo, out io.Writer) error {
	c.introduce(out, d)
	in, outbox, err := d.Tour(ctx, out)
	if ctx.Err() != nil {
		return nil // told to stop
	}
	fmt.Fprintln(out)
	if !c.Once {
		fmt.Fprintf(out, "into Exchange by SMTP: %v; out of an Outbox: %v\n", in, outbox)
		c.invite(out, d)
		return d.Follow(ctx, out)
	}
	fmt.Fprintf(out, "demo: SMTP to Exchange %v; Exchange to SMTP %v\n", in, outbox)
	if err == nil && (in.Arrived != in.Sent || outbox.Arrived != outbox.Sent) {
		err = errors.New("demo: not everything arrived")
	}
	return err
}

func (c demoCommand) introduce(out io.Writer, d *demo.Demo) {
	fmt.Fprintf(out, "SMTP       %s\n", d.SMTP())
	fmt.Fprintf(out, "mailbox    %s\n", d.Exchange().Mailbox("anna@"+demo.Domain).URL())
	fmt.Fprintf(out, "dashboard  http://%s/\n", d.Admin())
	fmt.Fprintf(out, "metrics    http://%s/metrics\n", d.Admin())
	fmt.Fprintf(out, "internet   %s (SMTP sink)\n\n", d.SinkAddr())
}

func (c demoCommand) invite(out io.Writer, d *demo.Demo) {
	host, port, _ := net.SplitHostPort(d.SMTP())
	fmt.Fprintf(out, `
Send something yourself, from another terminal:

  curl --crlf smtp://%s:%s --mail-from me@%s --mail-rcpt you@%s -T - <<<$'Subject: hello\n\nIt works.'
  %s mailbox ls --demo

Everything that passes is told here. ^C ends it.

`, host, port, demo.Domain, demo.Domain, myself())
}

// myself is how this program was called.
func myself() string {
	if strings.Contains(filepath.ToSlash(os.Args[0]), "/go-build") {
		return "go run ./cmd/mapigate"
	}
	return os.Args[0]
}

// orUsual gives the address that was asked for, else the usual one, else "",
// a free port.
func orUsual(asked, usual string) string {
	if asked != "" {
		return asked
	}
	l, err := net.Listen("tcp", usual)
	if err != nil {
		return ""
	}
	_ = l.Close()
	return usual
}
