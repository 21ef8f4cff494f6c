// Command crash proves that no accepted mail is lost: it loads a real gateway process with mail, kills it without warning
// again and again, and counts what arrived.
//
//  1. An SMTP sink stands for the internet; an embedded Exchange sends into the same sink.
//  2. The gateway is "mapigate serve" in a process of its own. Half of the mail leaves straight by SMTP, half
//     is submitted through Exchange.
//  3. Clients send until enough mail is accepted and the gateway has been killed often enough. A client whose
//     answer was lost sends the same mail again, as clients do.
//  4. accepted.txt and arrived.txt in the folder OUT (default out/crash) have one Message-ID a line, for anyone to recount;
//     unanswered.txt has those that were sent again because no answer came.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"
)

// options are the flags.
type options struct {
	mails   int
	kills   int
	clients int
	out     string
	binary  string
}

func main() {
	var o options
	flag.IntVar(&o.mails, "mails", 2000, "accepted mails at least")
	flag.IntVar(&o.kills, "kills", 10, "kills at least")
	flag.IntVar(&o.clients, "clients", 16, "clients at the same time")
	flag.StringVar(&o.binary, "mapigate", "", "the binary to kill; built when empty")
	flag.Parse()
	if o.out = os.Getenv("OUT"); o.out == "" {
		o.out = filepath.Join("out", "crash")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "crash:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return err
	}
	w, err := newWorld(ctx, o)
	if err != nil {
		return err
	}
	defer w.close()
	start := time.Now()
	if err := w.loadAndKill(ctx); err != nil {
		return err
	}
	fmt.Printf("killed %d times in %s while %d clients sent\n", w.kills.Load(), time.Since(start).Round(time.Second), o.clients)
	if err := w.drain(ctx); err != nil {
		return err
	}
	t, err := count(o.out, w.gateway.log)
	if err != nil {
		return err
	}
	return t.print(o)
}
