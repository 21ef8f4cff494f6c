// Command pair measures what a second gateway on the same PostgreSQL queue is worth, and that killing either
// of two changes nothing.
//
//  1. A test Exchange that takes 20 ms for each request, and a PostgreSQL server, both of this program's own.
//  2. One gateway delivers a load; then two share the same load. The couriers are the bottleneck, so two must
//     have at least 1.6 times the throughput of one.
//  3. Two share a load again, and one after the other is killed with SIGKILL in the middle of it. The survivor takes over. What
//     SMTP clients were promised is written to accepted.txt, what the mailbox has to arrived.txt, a Message-ID
//     a line: both must hold the same, each once.
//  4. Two are restarted one after the other, again and again, while mail comes in by SMTP and out of a mailbox that both would watch:
//     nothing may be lost, and as none was killed, nothing doubled.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/mapigate/mapigate/gateway/queue/postgres/pgtest"
)

const (
	// wanted is the least gain of a second gateway.
	wanted = 1.6
	// limit bounds the whole run.
	limit = 10 * time.Minute
)

func main() {
	mails := flag.Int("mails", 1000, "mails of each load")
	latency := flag.Duration("latency", 20*time.Millisecond, "time that Exchange takes for each request")
	workers := flag.Int("workers", 4, "workers of each gateway")
	flag.Parse()
	out := os.Getenv("OUT")
	if out == "" {
		out = filepath.Join("out", "pair")
	}
	ok, err := run(*mails, *workers, *latency, out)
	if err != nil {
		fmt.Fprintln(os.Stderr, "pair:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

func run(mails, workers int, latency time.Duration, out string) (ok bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := os.MkdirAll(out, 0o755); err != nil {
		return false, err
	}
	dir, err := os.MkdirTemp("", "mapigate-pair-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	db, err := pgtest.Start(ctx)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	b := &bench{dir: dir, out: out, db: db, mails: mails, workers: workers, latency: latency}
	build := exec.CommandContext(ctx, "go", "build", "-o", b.binary(), "github.com/mapigate/mapigate/cmd/mapigate")
	if words, err := build.CombinedOutput(); err != nil {
		return false, fmt.Errorf("building the gateway: %w\n%s", err, words)
	}
	one, err := b.measure(ctx, "one gateway", 1)
	if err != nil {
		return false, err
	}
	two, err := b.measure(ctx, "two gateways", 2)
	if err != nil {
		return false, err
	}
	fine, err := b.killEither(ctx)
	if err != nil {
		return false, err
	}
	rolled, err := b.rolling(ctx)
	gain := two / one
	fmt.Printf("pair: %.0f mails/s with one gateway, %.0f with two: %.2f times, at least %.1f wanted\n", one, two, gain, wanted)
	return fine && rolled && gain >= wanted, err
}
