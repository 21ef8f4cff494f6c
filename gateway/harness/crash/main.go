// Command crash kills the gateway again and again with SIGKILL while mail
// crosses it both ways, restarts it each time, and counts what arrives.
//
//  1. A test Exchange and an SMTP sink live in this process; the gateway is the real
//     program in a process of its own.
//  2. SMTP clients send half of their mail to an Exchange mailbox and half to the sink; what was answered
//     with 250 is written to accepted.txt. Messages saved in an Outbox count as accepted when they are saved.
//  3. What arrives, in the mailbox or at the sink, is written to arrived.txt: one Message-ID a line, so that
//     anybody can recount.
//  4. Nothing may be lost. A mail may arrive twice at the sink only when a kill fell between the sink's answer
//     and the gateway's note of it: the gateway's log tells how many tries of it had no outcome.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

func main() {
	mails := flag.Int("mails", 2000, "mails to send over SMTP")
	saved := flag.Int("saved", 300, "messages to save in an Outbox")
	kills := flag.Int("kills", 12, "times to kill the gateway")
	flag.Parse()
	out := os.Getenv("OUT")
	if out == "" {
		out = filepath.Join("out", "crash")
	}
	ok, err := run(*mails, *saved, *kills, out)
	if err != nil {
		fmt.Fprintln(os.Stderr, "crash:", err)
		os.Exit(1)
	}
	if !ok {
		os.Exit(1)
	}
}

// limit bounds the whole run.
const limit = 10 * time.Minute

func run(mails, saved, kills int, out string) (ok bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := os.MkdirAll(out, 0o755); err != nil {
		return false, err
	}
	dir, err := os.MkdirTemp("", "mapigate-crash-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	books, err := openLedgers(out)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, books.close()) }()
	w, err := newWorld(dir, books)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	g, err := newGateway(ctx, dir, out, w)
	if err != nil {
		return false, err
	}
	defer g.kill()
	fmt.Printf("crash: the gateway takes mail at %s; ledgers in %s\n", g.smtp, out)

	// The kills are spread over the load: one after each share of it.
	share := max(mails/(kills+1), 1)
	load := newLoad(ctx, g, w, books, mails, saved)
	for n := 1; n <= kills; n++ {
		if !load.waitFor(n * share) {
			break
		}
		if err := g.restart(ctx); err != nil {
			return false, err
		}
	}
	if err := load.wait(); err != nil {
		return false, err
	}
	fmt.Printf("crash: %d kills, the load is sent; waiting for the queue to empty\n", g.kills())
	books.waitForAll(ctx)
	known, err := readTries(g.log)
	if err != nil {
		return false, err
	}
	r := books.tally(known)
	if r.accepted < mails {
		err = fmt.Errorf("only %d of %d mails were accepted", r.accepted, mails)
	}
	fmt.Println(r)
	return r.fine(), err
}
