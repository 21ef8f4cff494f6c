package main

import (
	"context"
	"fmt"

	"github.com/alecthomas/kong"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/cmd/mapigate/internal/convert"
	"github.com/mapigate/mapigate/cmd/mapigate/internal/exchange"
	"github.com/mapigate/mapigate/cmd/mapigate/internal/mailbox"
	"github.com/mapigate/mapigate/cmd/mapigate/internal/queuecmd"
	"github.com/mapigate/mapigate/cmd/mapigate/internal/sendmail"
)

// commands is the whole command line.
type commands struct {
	Init     initCommand           `cmd:"" help:"Ask a few questions and write a configuration that works."`
	Serve    serveCommand          `cmd:"" help:"Run the gateway."`
	Reload   reloadCommand         `cmd:"" help:"Make the running gateway read its configuration again; no session ends."`
	Demo     demoCommand           `cmd:"" help:"Run everything in one process: a test Exchange, an SMTP sink, and the gateway between them."`
	Exchange exchange.Command      `cmd:"" help:"Run the embedded test Exchange alone, over TLS, until stopped."`
	Doctor   doctorCommand         `cmd:"" help:"Check discovery, TLS, sign-in, rights, the address book, DNS and the queue."`
	Convert  convert.Command       `cmd:"" help:"Convert a message between MIME, MAPI properties as JSON, and TNEF."`
	Queue    queuecmd.Command      `cmd:"" help:"Look into the queue."`
	Trace    queuecmd.TraceCommand `cmd:"" help:"Tell one message's story across both sides."`
	Sendmail sendmail.Command      `cmd:"" passthrough:"" help:"Send a message as /usr/sbin/sendmail does."`
	Mailbox  mailbox.Command       `cmd:"" help:"Look into a mailbox over MAPI."`
	Rop      ropCommand            `cmd:"" help:"Read what MAPI over HTTP says."`
	Config   configCommand         `cmd:"" help:"Check or describe the configuration."`
	Verdicts verdictsCommand       `cmd:"" help:"Print what becomes of a mail when something goes wrong: error, reply, retry, alarm."`
	Version  versionCommand        `cmd:"" help:"Print version, commit and Go version."`

	ShowVersion versionFlag `name:"version" help:"Print version, commit and Go version."`

	Completion completionCommand `cmd:"" help:"Print the completion script of a shell."`
	Man        manCommand        `cmd:"" help:"Print the man page."`
}

// run runs one command line and gives the exit code.
func run(ctx context.Context, args []string, std cli.Streams) int {
	var line commands
	left := -1 // set when --help was served
	parser, err := kong.New(&line,
		kong.Name("mapigate"),
		kong.Description("The gateway between MAPI over HTTP (Exchange, grommunio) and SMTP."),
		kong.Writers(std.Out, std.Err),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Exit(func(code int) { left = code }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(std),
	)
	if err != nil {
		fmt.Fprintf(std.Err, "mapigate: %v\n", err)
		return cli.Usage
	}
	answerCompletion(parser)
	command, err := parser.Parse(args)
	if left >= 0 {
		return left
	}
	if err != nil {
		fmt.Fprintf(std.Err, "mapigate: %v\nTry: mapigate --help\n", err)
		return cli.Usage
	}
	return cli.ExitCode(command.Run(), std.Err)
}
