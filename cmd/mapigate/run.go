package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/alecthomas/kong"
)

// Exit codes. Scripts rely on them.
const (
	exitFine   = 0
	exitFailed = 1
	exitUsage  = 2
)

// streams are where a subcommand reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// commands is the whole command line.
type commands struct {
	Init     initCommand     `cmd:"" help:"Ask a few questions and write a configuration that works."`
	Serve    serveCommand    `cmd:"" help:"Run the gateway."`
	Reload   reloadCommand   `cmd:"" help:"Make the running gateway read its configuration again; no session ends."`
	Demo     demoCommand     `cmd:"" help:"Run everything in one process: a test Exchange, an SMTP sink, and the gateway between them."`
	Exchange exchangeCommand `cmd:"" help:"Run the embedded test Exchange alone, over TLS, until stopped."`
	Doctor   doctorCommand   `cmd:"" help:"Check discovery, TLS, sign-in, rights, the address book, DNS and the queue."`
	Convert  convertCommand  `cmd:"" help:"Convert a message between MIME, MAPI properties as JSON, and TNEF."`
	Queue    queueCommand    `cmd:"" help:"Look into the queue."`
	Trace    traceCommand    `cmd:"" help:"Tell one message's story across both sides."`
	Sendmail sendmailCommand `cmd:"" passthrough:"" help:"Send a message as /usr/sbin/sendmail does."`
	Mailbox  mailboxCommand  `cmd:"" help:"Look into a mailbox over MAPI."`
	Rop      ropCommand      `cmd:"" help:"Read what MAPI over HTTP says."`
	Config   configCommand   `cmd:"" help:"Check or describe the configuration."`
	Verdicts verdictsCommand `cmd:"" help:"Print what becomes of a mail when something goes wrong: error, reply, retry, alarm."`
	Version  versionCommand  `cmd:"" help:"Print version, commit and Go version."`

	ShowVersion versionFlag `name:"version" help:"Print version, commit and Go version."`

	Completion completionCommand `cmd:"" help:"Print the completion script of a shell."`
	Man        manCommand        `cmd:"" help:"Print the man page."`
}

// run runs one command line and gives the exit code.
func run(ctx context.Context, args []string, std streams) int {
	var cli commands
	left := -1 // set when --help was served
	parser, err := kong.New(&cli,
		kong.Name("mapigate"),
		kong.Description("The gateway between MAPI over HTTP (Exchange, grommunio) and SMTP."),
		kong.Writers(std.out, std.err),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Exit(func(code int) { left = code }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(std),
	)
	if err != nil {
		fmt.Fprintf(std.err, "mapigate: %v\n", err)
		return exitUsage
	}
	answerCompletion(parser)
	command, err := parser.Parse(args)
	if left >= 0 {
		return left
	}
	if err != nil {
		fmt.Fprintf(std.err, "mapigate: %v\nTry: mapigate --help\n", err)
		return exitUsage
	}
	return exitCode(command.Run(), std.err)
}

// exitCode says why a command failed, and gives the code for it.
func exitCode(err error, stderr io.Writer) int {
	if err == nil {
		return exitFine
	}
	if !errors.Is(err, errSaid) {
		fmt.Fprintf(stderr, "mapigate: %v\n", err)
	}
	var usage *usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	var own *exitError
	if errors.As(err, &own) {
		return own.code
	}
	return exitFailed
}

// errSaid is the error of a command that has already said on stdout what failed.
var errSaid = errors.New("failed as printed")

// An exitError is one of a command whose callers know more exit codes than ours.
type exitError struct {
	code int
	err  error
}

// Error implements error.
func (e *exitError) Error() string { return e.err.Error() }

// Unwrap gives what went wrong.
func (e *exitError) Unwrap() error { return e.err }

// A usageError is a command line that cannot work whatever the world is like.
type usageError struct{ text string }

// Error implements error.
func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}
