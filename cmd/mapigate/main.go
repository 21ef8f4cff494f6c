// Command mapigate is the gateway between MAPI over HTTP and SMTP, with the
// tools around it. Each subcommand has a file of its own; none of them does
// more than read flags and call what does the work.
//
// Exit codes: 0 fine, 1 what was checked or asked failed, 2 wrong usage.
package main

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process the hard way.
	context.AfterFunc(ctx, stop)
	std := streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}
	args := os.Args[1:]
	if filepath.Base(os.Args[0]) == "sendmail" { // as a link in /usr/sbin
		args = append([]string{"sendmail"}, args...)
	}
	os.Exit(run(ctx, args, std))
}
