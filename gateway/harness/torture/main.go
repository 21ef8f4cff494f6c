// Command torture kills, cuts, fills and slows everything that a gateway stands on while mail crosses it both ways, and counts what arrives.
//
//  1. The gateway, the test Exchange, the SMTP sink and PostgreSQL are processes of their own, which troubles kill with SIGKILL and start
//     again. Exchange keeps its mailboxes on the disk, and has them when it answers.
//     A disk that fails is made by the kernel: it asks this process before each of the gateway's calls that change files, and some are
//     answered with EIO or ENOSPC, or write half (Linux alone).
//  2. All connections of the gateway go through proxies of ours, which cut them and hold them up.
//  3. SMTP clients send half of their mail to an Exchange mailbox and half to the sink; what was answered with 250 is written to
//     accepted.txt. Messages saved in an Outbox count as accepted when they are saved.
//  4. What arrives, in the mailbox or at the sink, is written to arrived.txt: one Message-ID a line, so that anybody can recount.
//  5. Nothing may be lost. A mail may arrive twice only when the queue's own story of it has an attempt whose answer was lost, and the
//     far side's ledger has the copy that the attempt made. In the mailbox the gateway looks before it tries again: there it may
//     never arrive twice.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Roles of this program.
const (
	roleGateway = "gateway"
	roleSink    = "sink"
)

func main() {
	if err := start(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err)
		os.Exit(1)
	}
}

// start plays a role, or is the one who torments.
func start(args []string) error {
	if len(args) == 2 {
		switch args[0] {
		case roleGateway:
			return serveGateway(args[1])
		case roleSink:
			return serveSink(args[1])
		case roleExchange:
			return serveExchange(args[1])
		}
	}
	var o options
	f := flag.NewFlagSet("torture", flag.ContinueOnError)
	f.StringVar(&o.name, "name", "torture", "what the lines of the report begin with")
	f.StringVar(&o.engines, "engine", "sqlite,postgres", "engines of the queue, one after the other; postgres only where it is installed")
	f.IntVar(&o.kills, "kills", 100, "processes to kill, in all")
	f.IntVar(&o.mails, "mails", 0, "mails to send over SMTP at least (default: until the last trouble is over)")
	f.IntVar(&o.saved, "saved", 300, "messages to save in an Outbox")
	f.StringVar(&o.only, "only", "", "names of troubles, by commas; default all")
	f.Int64Var(&o.seed, "seed", time.Now().UnixNano(), "where chance begins")
	f.DurationVar(&o.limit, "limit", 3*time.Hour, "bound of the whole run")
	if err := f.Parse(args); err != nil {
		return err
	}
	if o.out = os.Getenv("OUT"); o.out == "" {
		o.out = filepath.Join("out", o.name)
	}
	fine, err := torture(o)
	if err == nil && !fine {
		err = errors.New("mail was lost or doubled")
	}
	return err
}

// options say how to torture.
type options struct {
	name, engines, only, out string
	kills, mails, saved      int
	seed                     int64
	limit                    time.Duration
}

// torture goes through the engines and shares the kills among them.
func torture(o options) (fine bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), o.limit)
	defer cancel()
	engines := strings.Split(o.engines, ",")
	o.kills = (o.kills + len(engines) - 1) / len(engines)
	fine = true
	var all result
	for _, engine := range engines {
		r, err := o.run(ctx, engine)
		if errors.Is(err, errNoPostgres) {
			fmt.Printf("%s: postgres is left out: %v\n", o.name, err)
			continue
		}
		if err != nil {
			return false, fmt.Errorf("%s: %w", engine, err)
		}
		fine = fine && r.fine()
		all = all.plus(r)
	}
	fmt.Printf("%s: %v\n", o.name, all)
	fmt.Printf("%s: %d accepted, %d arrived, %d lost, %d doubled\n", o.name, all.accepted, all.arrived, all.lost, all.doubled)
	return fine, nil
}

// run tortures a gateway with one engine.
func (o options) run(ctx context.Context, engine string) (r result, err error) {
	out := o.out
	if o.engines != engine {
		out = filepath.Join(o.out, engine)
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return r, err
	}
	dir, err := os.MkdirTemp("", "mapigate-torture-")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(dir)
	books, err := openLedgers(out)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, books.close()) }()
	w, err := newWorld(ctx, dir, out, engine, books)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	fmt.Printf("%s: %s: the gateway takes mail at %s; ledgers in %s; -seed %d\n", o.name, engine, w.smtp, out, o.seed)
	begun := time.Now()
	load := newLoad(ctx, w, books, o.mails, o.saved)
	told, err := w.trouble(ctx, o)
	load.enough()
	if err == nil {
		err = load.wait()
	}
	if err != nil {
		return r, err
	}
	fmt.Printf("%s: %s: %s in %v; waiting for the queue to empty\n", o.name, engine, told, time.Since(begun).Round(time.Second))
	books.waitForAll(ctx)
	if r, err = w.tally(ctx, books); err != nil {
		return r, err
	}
	r.kills = told.kills
	fmt.Printf("%s: %s: %v\n", o.name, engine, r)
	return r, nil
}
