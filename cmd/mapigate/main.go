// Command mapigate is the gateway between MAPI over HTTP and SMTP, with the
// tools around it. A subcommand is a file here, or a room below internal where
// it takes more than one; a file here does no more than read flags and call
// what does the work.
//
// Exit codes: 0 fine, 1 what was checked or asked failed, 2 wrong usage.
package main

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process the hard way.
	context.AfterFunc(ctx, stop)
	std := cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	args := os.Args[1:]
	if filepath.Base(os.Args[0]) == "sendmail" { // as a link in /usr/sbin
		args = append([]string{"sendmail"}, args...)
	}
	os.Exit(run(ctx, args, std))
}
