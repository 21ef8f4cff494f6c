// Command benchsmtp measures how many mails the gateway accepts durably, and relays, in a second: at 1, 32 and 200 sessions, with
// mails of 4 KB, 100 KB and 10 MB; next to what the disk can do, and next to Postfix (Debian's, unpacked: see package peers).
// Load generator, sink and servers are processes of their own on this machine; the processor time that a server needs for a mail
// stands beside the rate, since that is what is left where somebody else uses the machine too.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"

	"github.com/mapigate/mapigate/gateway"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/harness/peers"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "benchsmtp:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	role, job, config, profile, debs, only, loads, sizes, sessions string
	seconds                                                        float64
	slow                                                           int
}

func run(ctx context.Context) error {
	var o options
	flag.StringVar(&o.role, "role", "", "what this process is for the one that started it")
	flag.StringVar(&o.job, "job", "", "what the load generator does, as JSON")
	flag.StringVar(&o.config, "config", "", "configuration of the gateway of -role gateway")
	flag.StringVar(&o.profile, "profile", "", "write a processor profile of the gateway to this file")
	flag.StringVar(&o.debs, "debs", "out/debs", "folder of .deb files; what is missing is downloaded into it")
	flag.StringVar(&o.only, "only", "", "mapigate or postfix; default both")
	flag.StringVar(&o.loads, "loads", "accept,relay", "what to measure")
	flag.StringVar(&o.sizes, "sizes", "4,100,10240", "sizes of mails in KB")
	flag.StringVar(&o.sessions, "sessions", "1,32,200", "numbers of sessions")
	flag.Float64Var(&o.seconds, "seconds", 5, "how long each load lasts")
	flag.IntVar(&o.slow, "slow", 1000, "slow connections of the last part; 0 leaves it out")
	flag.Parse()
	switch o.role {
	case "load":
		var job loadJob
		if err := json.Unmarshal([]byte(o.job), &job); err != nil {
			return err
		}
		return runLoad(ctx, job)
	case "sink":
		return runSink(ctx)
	case "gateway":
		return runGateway(ctx, &o)
	}
	return bench(ctx, &o)
}

// runGateway is the gateway under observation: it writes a profile.
func runGateway(ctx context.Context, o *options) error {
	c, err := config.Load(o.config)
	if err != nil {
		return err
	}
	g, err := gateway.New(c, gateway.Options{Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		return err
	}
	out, err := os.Create(o.profile)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := pprof.StartCPUProfile(out); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return g.Run(ctx)
}

func bench(ctx context.Context, o *options) error {
	out, err := filepath.Abs("out")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(out, "benchsmtp-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil { // Postfix's users must get through
		return err
	}
	if o.debs, err = filepath.Abs(o.debs); err != nil {
		return err
	}
	b := &board{options: o, dir: dir}
	fmt.Printf("%d processors; each load lasts %g s\n", runtime.NumCPU(), o.seconds)
	if err := b.disk(ctx); err != nil {
		return err
	}
	subjects, err := b.subjects(ctx)
	if err != nil {
		return err
	}
	for load := range strings.SplitSeq(o.loads, ",") {
		if err := b.table(ctx, subjects, load == "relay"); err != nil {
			return err
		}
	}
	if o.slow > 0 && o.only != "postfix" {
		return b.slowClients(ctx, subjects[0])
	}
	return nil
}

// subjects are the servers to measure. A Postfix that cannot be had is told of.
func (b *board) subjects(ctx context.Context) (list []*subject, err error) {
	if b.only != "postfix" {
		s, err := newGateway(ctx, b.dir, b.options)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	if b.only == "mapigate" {
		return list, nil
	}
	s, err := newPostfix(ctx, b.dir, b.debs)
	if errors.Is(err, peers.ErrUnavailable) {
		fmt.Println("without Postfix:", err)
		return list, nil
	}
	if err != nil {
		return nil, err
	}
	return append(list, s), nil
}

func (b *board) disk(ctx context.Context) error {
	alone, grouped, err := diskSpeed(ctx, b.dir, time.Second)
	if err != nil {
		return err
	}
	fmt.Printf("disk: %.0f records/s of 4 KB appended and synced one by one, %.0f/s by 32 writers that share a sync\n\n", alone, grouped)
	return nil
}

func numbers(list string) (out []int, err error) {
	for word := range strings.SplitSeq(list, ",") {
		var n int
		if _, err := fmt.Sscan(word, &n); err != nil {
			return nil, fmt.Errorf("number %q: %w", word, err)
		}
		out = append(out, n)
	}
	return out, nil
}
