// Command million fills a queue with a million mails that wait, starts a gateway on it, and measures what an operator
// notices: how long it takes to start, how long the first page of the queue takes, and how much memory it has.
// It fails when one of them is over its bound.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/postgres"
	"github.com/mapigate/mapigate/gateway/queue/postgres/pgtest"
	"github.com/mapigate/mapigate/gateway/queue/sqlite"
)

// Bounds of what is measured.
const (
	mostStart  = 2 * time.Second
	mostList   = 200 * time.Millisecond
	mostMemory = 150 << 20
)

// sources is how many goroutines fill the queue: they share commits.
const sources = 200

func main() {
	engine := flag.String("engine", config.EngineSQLite, "engine of the queue: sqlite or postgres")
	mails := flag.Int("mails", 1_000_000, "mails to queue")
	flag.Parse()
	ok, err := run(context.Background(), *engine, *mails)
	if err != nil {
		fmt.Fprintln(os.Stderr, "million:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

func run(ctx context.Context, engine string, mails int) (ok bool, err error) {
	dir, err := os.MkdirTemp("", "mapigate-million-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	p := place{dir: dir, engine: engine}
	if engine == config.EnginePostgres {
		db, err := pgtest.Start(ctx)
		if err != nil {
			return false, err
		}
		defer func() { err = errors.Join(err, db.Close()) }()
		if p.url, err = db.Schema(ctx); err != nil {
			return false, err
		}
	}
	start := time.Now()
	if err := p.fill(ctx, mails); err != nil {
		return false, err
	}
	fmt.Printf("million: %d mails queued in %v\n", mails, time.Since(start).Round(time.Second))
	if err := p.build(ctx); err != nil {
		return false, err
	}
	return p.measure(ctx)
}

// A place is where the queue and the gateway are.
type place struct{ dir, engine, url string }

func (p place) binary() string { return filepath.Join(p.dir, "mapigate") }
func (p place) config() string { return filepath.Join(p.dir, "mapigate.yaml") }

func (p place) open(ctx context.Context) (queue.Queue, error) {
	if p.engine == config.EnginePostgres {
		return postgres.Open(ctx, postgres.Options{URL: p.url, Connections: 32})
	}
	return sqlite.Open(filepath.Join(p.dir, "data", "queue"), sqlite.Options{})
}

// fill puts the mails in. They are due in a day, to one of a thousand domains.
func (p place) fill(ctx context.Context, mails int) (err error) {
	q, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	var next atomic.Int64
	var all sync.WaitGroup
	var failed atomic.Pointer[error]
	due := time.Now().Add(24 * time.Hour)
	for range sources {
		all.Go(func() {
			for n := next.Add(1); n <= int64(mails) && failed.Load() == nil; n = next.Add(1) {
				if _, err := q.Put(ctx, entry(n, due)); err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return q.Sweep(ctx)
}

func entry(n int64, due time.Time) queue.Entry {
	domain := fmt.Sprintf("d%d.test", n%1000)
	return queue.Entry{
		Mail: mail.Mail{
			Envelope:  mail.Envelope{From: "robot@example.test", Recipients: []mail.Recipient{{Address: fmt.Sprintf("user%d@%s", n, domain)}}},
			Source:    mail.Source{Kind: "smtp", Name: "apps"},
			MessageID: fmt.Sprintf("<million.%d@example.test>", n), Subject: "one of a million",
		},
		Body:      strings.NewReader("Subject: one of a million\r\n\r\n" + strings.Repeat("All work and no play makes a dull mail.\r\n", 25)),
		Legs:      []queue.Leg{{Courier: "internet", Route: "all", Destination: domain}},
		NotBefore: due,
	}
}

func (p place) build(ctx context.Context) error {
	words, err := exec.CommandContext(ctx, "go", "build", "-o", p.binary(), "github.com/mapigate/mapigate/cmd/mapigate").CombinedOutput()
	if err != nil {
		return fmt.Errorf("building the gateway: %w\n%s", err, words)
	}
	return nil
}

// measure starts the gateway and holds what it sees against the bounds.
func (p place) measure(ctx context.Context) (ok bool, err error) {
	smtp, err := freeAddress()
	if err != nil {
		return false, err
	}
	admin, err := freeAddress()
	if err != nil {
		return false, err
	}
	if err := os.WriteFile(p.config(), p.gateway(smtp, admin), 0o600); err != nil {
		return false, err
	}
	cmd := exec.Command(p.binary(), "serve", "-c", p.config())
	cmd.Stderr = os.Stderr
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return false, err
	}
	defer func() {
		cmd.Process.Kill() // nothing of it is needed any more
		cmd.Wait()
	}()
	if err := waitFor(smtp); err != nil {
		return false, err
	}
	started := time.Since(start)
	listed, err := p.list(ctx, admin)
	if err != nil {
		return false, err
	}
	memory, err := peak(cmd.Process.Pid)
	if err != nil {
		return false, err
	}
	fmt.Printf("million: %s: started in %v (at most %v), first page of queue list in %v (%v), memory %d MB (%d MB)\n", p.engine,
		started.Round(time.Millisecond), mostStart, listed.Round(time.Millisecond), mostList, memory>>20, mostMemory>>20)
	return started <= mostStart && listed <= mostList && memory <= mostMemory, nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
