package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/queue/postgres/pgtest"
)

// quiet is how long nothing may arrive before the rest counts as lost.
const quiet = 60 * time.Second

// settle is how long to wait for second copies after everything has arrived.
const settle = 8 * time.Second

// A bench runs loads, each on an empty queue and an empty mailbox.
type bench struct {
	dir, out       string
	db             *pgtest.Server
	mails, workers int
	latency        time.Duration
	runs           int
}

func (b *bench) binary() string { return filepath.Join(b.dir, "mapigate") }

// A round is one load under way.
type round struct {
	*world
	gateways []*process
}

// begin starts an Exchange and gateways that share a new queue.
func (b *bench) begin(ctx context.Context, gateways int) (*round, error) {
	b.runs++
	dir := filepath.Join(b.dir, fmt.Sprint(b.runs))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	queue, err := b.db.Schema(ctx)
	if err != nil {
		return nil, err
	}
	w, err := newWorld(dir, b.latency)
	if err != nil {
		return nil, err
	}
	r := &round{world: w}
	for n := range gateways {
		p := &process{binary: b.binary(), config: filepath.Join(dir, fmt.Sprintf("gateway%d.yaml", n)),
			log: filepath.Join(b.out, fmt.Sprintf("run%d-gateway%d.log", b.runs, n))}
		if p.smtp, err = freeAddress(); err == nil {
			err = os.WriteFile(p.config, w.config(dir, queue, p.smtp, n, b.workers), 0o600)
		}
		if err == nil {
			err = p.start(ctx)
		}
		if err != nil {
			return nil, errors.Join(err, r.end())
		}
		r.gateways = append(r.gateways, p)
	}
	return r, nil
}

func (r *round) end() error {
	for _, p := range r.gateways {
		p.kill()
	}
	return r.world.close()
}

// measure gives the mails per second from the first one sent to the last one arrived.
func (b *bench) measure(ctx context.Context, name string, gateways int) (rate float64, err error) {
	r, err := b.begin(ctx, gateways)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.end()) }()
	start := time.Now()
	accepted, err := send(ctx, r.gateways, b.mails)
	if err != nil {
		return 0, err
	}
	sent := time.Since(start)
	if !r.waitFor(ctx, b.mails) {
		return 0, fmt.Errorf("%s: only %d of %d arrived", name, len(r.arrived()), b.mails)
	}
	took := time.Since(start)
	fmt.Printf("pair: %s: %d mails accepted in %v, delivered in %v\n", name, len(accepted), sent.Round(time.Millisecond), took.Round(time.Millisecond))
	return float64(b.mails) / took.Seconds(), nil
}

// killEither kills one gateway and then the other while both deliver, and compares the books.
func (b *bench) killEither(ctx context.Context) (fine bool, err error) {
	r, err := b.begin(ctx, 2)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, r.end()) }()
	accepted, err := send(ctx, r.gateways, b.mails)
	if err != nil {
		return false, err
	}
	for n, p := range r.gateways {
		r.waitFor(ctx, (n+1)*b.mails/3)
		fmt.Printf("pair: killing gateway %d when %d of %d have arrived\n", n+1, len(r.arrived()), b.mails)
		p.kill()
		time.Sleep(2 * time.Second) // the other one is alone
		if err := p.start(ctx); err != nil {
			return false, err
		}
	}
	r.waitFor(ctx, b.mails)
	time.Sleep(settle)
	return b.compare(accepted, r.arrived())
}

// compare writes the books and counts the differences.
func (b *bench) compare(accepted, arrived []string) (bool, error) {
	err := errors.Join(
		os.WriteFile(filepath.Join(b.out, "accepted.txt"), []byte(strings.Join(accepted, "\n")+"\n"), 0o644),
		os.WriteFile(filepath.Join(b.out, "arrived.txt"), []byte(strings.Join(arrived, "\n")+"\n"), 0o644),
	)
	lost, doubled := differences(accepted, arrived)
	fmt.Printf("pair: %d accepted, %d arrived, %d lost, %d doubled\n", len(accepted), len(arrived), len(lost), len(doubled))
	for _, id := range slices.Concat(lost, doubled) {
		fmt.Println("pair: not once:", id)
	}
	return len(lost) == 0 && len(doubled) == 0, err
}

// differences gives what was accepted and did not arrive, and what arrived more than once.
func differences(accepted, arrived []string) (lost, doubled []string) {
	copies := map[string]int{}
	for _, id := range arrived {
		if copies[id]++; copies[id] == 2 {
			doubled = append(doubled, id)
		}
	}
	for _, id := range accepted {
		if copies[id] == 0 {
			lost = append(lost, id)
		}
	}
	return lost, doubled
}
