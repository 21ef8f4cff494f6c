// Command client measures what the MAPI client costs: many mailboxes watched by
// one process, and mail submitted through one client.
//
//  1. A second process is the test Exchange, with its mailboxes and over TLS.
//  2. All mailboxes are polled only: what each needs of this process's memory.
//  3. Some are told of changes, the others are polled: what a long poll needs.
//  4. Nothing happens for a while: the processor time of both processes.
//  5. Mail arrives in mailboxes picked at random: how long until it is seen.
//  6. One client submits mail of 4 KB as fast as it can.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"
)

// options are how large everything is.
type options struct {
	mailboxes int
	accounts  int
	longPolls int
	seldom    time.Duration
	rest      time.Duration
	arrive    time.Duration
	perSecond int
	mails     int
	sessions  int
	only      string
	profile   string
}

// What is aimed at.
const (
	aimPolled   = 4 << 10  // bytes for a polled mailbox
	aimLongPoll = 64 << 10 // bytes for a long poll
	aimMails    = 1500     // mails a second
)

func main() {
	var o options
	serve := flag.Bool("serve", false, "be the test Exchange (for this program's own use)")
	flag.IntVar(&o.mailboxes, "mailboxes", 10000, "watched mailboxes")
	flag.IntVar(&o.accounts, "accounts", 10, "accounts that watch them, each with a budget of its own")
	flag.IntVar(&o.longPolls, "longpolls", 200, "mailboxes that are told of changes, in all accounts together")
	flag.DurationVar(&o.seldom, "seldom", time.Minute, "time between two polls of a mailbox in which nothing happens")
	flag.DurationVar(&o.rest, "rest", time.Minute, "how long to watch while nothing happens")
	flag.DurationVar(&o.arrive, "arrive", time.Minute, "how long mail arrives")
	flag.IntVar(&o.perSecond, "persecond", 20, "how much of it in a second")
	flag.IntVar(&o.mails, "mails", 20000, "mails to submit")
	flag.IntVar(&o.sessions, "sessions", 3, "sessions that submit at once")
	flag.StringVar(&o.only, "only", "", "watch or submit; both when empty")
	flag.StringVar(&o.profile, "profile", "", "folder for processor profiles of both processes while submitting")
	flag.Parse()
	if *serve {
		if err := serveExchange(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "bench-client: test Exchange:", err)
			os.Exit(1)
		}
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	if err := run(ctx, &o); err != nil {
		fmt.Fprintln(os.Stderr, "bench-client:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o *options) error {
	x, err := startExchange(ctx, o)
	if err != nil {
		return err
	}
	defer x.stop()
	var missed []error
	if o.only != "submit" {
		missed = append(missed, watchAll(ctx, o, x))
	}
	if o.only != "watch" {
		missed = append(missed, submitAll(ctx, o, x))
	}
	return errors.Join(missed...)
}

// aim prints a figure beside what is aimed at.
func aim(what string, figure string, reached bool, wanted string) {
	mark := "✓"
	if !reached {
		mark = "✗"
	}
	fmt.Printf("%-34s %14s  %s aim %s\n", what, figure, mark, wanted)
}

func say(what, format string, args ...any) {
	fmt.Printf("%-34s %14s\n", what, fmt.Sprintf(format, args...))
}
