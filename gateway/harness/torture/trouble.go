package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/mapigate/mapigate/gateway/harness/progress"
)

// A trouble is what may happen to a gateway.
type trouble struct {
	name string
	// weight is how often it happens, beside the others.
	weight int
	// kill says that a process is killed.
	kill bool
	do   func(context.Context) error
}

// troubles lists what may happen with the engine at hand.
func (w *world) troubles(rng *rand.Rand) []trouble {
	up := func(most time.Duration) time.Duration { return time.Duration(rng.Int64N(int64(most))) }
	wait := func(most time.Duration) { time.Sleep(up(most)) }
	list := []trouble{
		{"gateway killed", 10, true, func(ctx context.Context) error {
			w.gateway.kill()
			wait(500 * time.Millisecond)
			return w.gateway.start(ctx)
		}},
		{"sink killed", 5, true, func(ctx context.Context) error {
			w.sink.kill()
			wait(time.Second)
			return w.sink.start(ctx)
		}},
		{"Exchange killed", 5, true, func(ctx context.Context) error {
			w.exchange.kill()
			wait(time.Second)
			return w.exchange.start(ctx)
		}},
		{"sessions of Exchange lost", 2, false, func(ctx context.Context) error {
			w.toExchange.cut()
			err := w.order(ctx, "forget", nil)
			wait(time.Second)
			w.toExchange.mend()
			return err
		}},
		{"answers of Exchange lost", 2, false, func(ctx context.Context) error {
			err := w.order(ctx, "lose", url.Values{"nth": {fmt.Sprint(1 + rng.IntN(5))}, "times": {fmt.Sprint(1 + rng.IntN(3))}})
			wait(time.Second)
			return err
		}},
		{"token expired", 1, false, func(ctx context.Context) error {
			d := up(2 * time.Second)
			err := w.order(ctx, "refuse", url.Values{"ms": {fmt.Sprint(d.Milliseconds())}})
			time.Sleep(d)
			return err
		}},
		{"certificate expired", 1, true, func(ctx context.Context) error {
			for _, suffix := range []string{expired, ""} {
				w.sink.kill()
				if err := w.showCertificate(suffix); err != nil {
					return err
				}
				if err := w.sink.start(ctx); err != nil {
					return err
				}
				wait(2 * time.Second)
			}
			return nil
		}},
		{"clock set", 1, false, func(context.Context) error {
			text := fmt.Sprint((rng.Int64N(6*3600) - 3*3600) * 1e6)
			return os.WriteFile(w.gateway.config+clockSuffix, []byte(text), 0o600)
		}},
		{"gateway stopped for a while", 1, false, func(context.Context) error {
			if err := w.gateway.signal(syscall.SIGSTOP); err != nil {
				return err
			}
			wait(4 * time.Second)
			return w.gateway.signal(syscall.SIGCONT)
		}},
		{"disk slow", 1, false, func(context.Context) error { return w.busyDisk(time.Second + up(time.Second)) }},
	}
	for name, p := range map[string]*proxy{"Exchange": w.toExchange, "sink": w.toSink, "database": w.toDB} {
		if p == nil {
			continue
		}
		list = append(list,
			trouble{"network to " + name + " cut", 2, false, func(context.Context) error { p.cut(); wait(1500 * time.Millisecond); p.mend(); return nil }},
			trouble{"network to " + name + " held up", 1, false, func(context.Context) error { p.stall(up(4 * time.Second)); wait(time.Second); return nil }},
		)
	}
	if w.db != nil {
		list = append(list, trouble{"PostgreSQL killed", 6, true, func(ctx context.Context) error {
			if err := w.db.Kill(); err != nil {
				return err
			}
			wait(500 * time.Millisecond)
			return w.db.Serve(ctx)
		}})
	} else if canFill {
		list = append(list, trouble{"disk full", 2, false, func(context.Context) error { return w.fullDisk(rng, 200*time.Millisecond+up(time.Second)) }})
	}
	if w.db == nil && canFail() {
		list = append(list, trouble{"disk failing", 3, true, func(ctx context.Context) error { return w.failDisk(ctx, 500*time.Millisecond+up(2*time.Second)) }})
	}
	slices.SortFunc(list, func(a, b trouble) int { return strings.Compare(a.name, b.name) }) // so that -seed says it all
	return list
}

// busyDisk keeps the disk writing and syncing, so that everybody else's syncs wait.
func (w *world) busyDisk(d time.Duration) error {
	f, err := os.Create(filepath.Join(w.dir, "ballast"))
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	block := make([]byte, 4<<20)
	for end := time.Now().Add(d); time.Now().Before(end); {
		if _, err := f.WriteAt(block, 0); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
	}
	return nil
}

// A story is what has happened.
type story struct {
	kills    int
	times    map[string]int
	badCalls int64 // that a failing disk answered wrong
}

// String lists the troubles.
func (s story) String() string {
	var parts []string
	for name, n := range s.times {
		parts = append(parts, fmt.Sprintf("%s %d×", name, n))
	}
	slices.Sort(parts)
	if s.badCalls > 0 {
		parts = append(parts, fmt.Sprintf("%d file system calls failed", s.badCalls))
	}
	return fmt.Sprintf("%d kills (%s)", s.kills, strings.Join(parts, ", "))
}

// trouble makes trouble until enough processes were killed.
func (w *world) trouble(ctx context.Context, o options) (story, error) {
	rng := rand.New(rand.NewPCG(uint64(o.seed), 1))
	list := w.troubles(rng)
	if o.only != "" {
		list = slices.DeleteFunc(list, func(t trouble) bool { return !slices.Contains(strings.Split(o.only, ","), t.name) })
	}
	if !slices.ContainsFunc(list, func(t trouble) bool { return t.kill }) {
		return story{}, fmt.Errorf("none of %q kills anything", o.only)
	}
	sum := 0
	for _, t := range list {
		sum += t.weight
	}
	s := story{times: map[string]int{}}
	bar := progress.New(o.name, o.kills)
	defer bar.End()
	time.Sleep(time.Second) // mail flows
	for s.kills < o.kills {
		n := rng.IntN(sum)
		i := 0
		for ; n >= list[i].weight; i++ {
			n -= list[i].weight
		}
		bar.Show(o.name+": "+list[i].name, s.kills)
		if err := list[i].do(ctx); err != nil {
			return s, fmt.Errorf("%s: %w", list[i].name, err)
		}
		s.badCalls = w.badCalls
		if s.times[list[i].name]++; list[i].kill {
			s.kills++
		}
		if err := w.gateway.alive(); err != nil {
			return s, fmt.Errorf("after %s: %w", list[i].name, err)
		}
		time.Sleep(time.Duration(rng.Int64N(int64(400 * time.Millisecond))))
	}
	return s, nil
}
