// Command interop lets the mail programs of others talk with the gateway, on loopback: Postfix, Exim and OpenSMTPD relay mail into
// it and take mail from it; swaks, msmtp, mailx, curl, Python's smtplib and nodemailer send mail through it. It prints a table of
// what was tried with whom, and fails if something that both sides offer does not work. What is not there is unpacked from Debian's
// packages (see package peers), or left out with the reason.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"sync"
	"syscall"

	"github.com/mapigate/mapigate/gateway/harness/peers"
	"github.com/mapigate/mapigate/smtpside/smtptest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "interop:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	debs := flag.String("debs", "out/debs", "folder of .deb files; what is missing is downloaded into it")
	keep := flag.Bool("keep", false, "keep the folder with configurations and logs")
	flag.Parse()
	if *debs, err = filepath.Abs(*debs); err != nil {
		return err
	}
	if err := os.MkdirAll("out", 0o755); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("out", "interop-*")
	if err != nil {
		return err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	if !*keep {
		defer os.RemoveAll(dir)
	}
	if err := os.Chmod(dir, 0o755); err != nil { // the peers' users must get through
		return err
	}
	w, err := newWorld(dir)
	if err != nil {
		return err
	}
	defer w.sink.Close()
	return w.run(ctx, *debs)
}

// run starts everything, tries everything, and prints the tables.
func (w *world) run(ctx context.Context, debs string) (err error) {
	for _, addr := range []*string{&w.open, &w.login, &w.implicit} {
		if *addr, err = freeAddress(); err != nil {
			return err
		}
	}
	running := map[string]*peers.Server{}
	addrs := map[string]string{}
	for _, s := range servers {
		addr, err := freeAddress()
		if err != nil {
			return err
		}
		p, err := s.start(ctx, w, debs, addr)
		if errors.Is(err, peers.ErrUnavailable) {
			fmt.Printf("without %s: %v\n", s.name, err)
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		defer p.Stop()
		running[s.name], addrs[s.name] = p, addr
	}
	if err := w.start(ctx, addrs); err != nil {
		return err
	}
	failures := w.withServers(ctx, addrs)
	failures = append(failures, w.withClients(ctx, debs)...)
	if err := w.stop(); err != nil {
		return err
	}
	for _, f := range failures {
		fmt.Println("FAILED", f)
	}
	if len(failures) > 0 {
		return fmt.Errorf("%d failed", len(failures))
	}
	return ctx.Err()
}

// A way is one direction with one server: where mail is given to, and the domain that it is for.
type way struct {
	title, key   string
	addr, domain string
}

// withServers tries everything with every server, each in both directions, all of them side by side.
func (w *world) withServers(ctx context.Context, addrs map[string]string) (failures []string) {
	var ways []way
	for _, s := range servers {
		if addr := addrs[s.name]; addr != "" {
			ways = append(ways, way{s.name + " → us", s.name + " in", addr, "in.test"}, way{"us → " + s.name, s.name + " out", w.open, s.name + ".test"})
		}
	}
	columns := []string{"feature"}
	rows := make([][]string, len(trials))
	for i := range trials {
		rows[i] = append(make([]string, 0, 1+len(ways)), trials[i].name)
		rows[i] = rows[i][:1+len(ways)]
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	for n, way := range ways {
		columns = append(columns, way.title)
		all.Go(func() {
			for i := range trials {
				t := &trials[i]
				verdict, err := t.try(ctx, w, way.addr, way.domain, fmt.Sprintf("trial-%d-%d-", i, n))
				if err != nil {
					verdict = t.unsuited[way.key]
				}
				if err != nil && verdict == "" {
					verdict = "FAILED"
					mu.Lock()
					failures = append(failures, fmt.Sprintf("%s, %s: %v", t.name, way.title, err))
					mu.Unlock()
				}
				rows[i][1+n] = verdict
			}
		})
	}
	all.Wait()
	smtptest.Table(os.Stdout, "Servers", columns, rows)
	return failures
}

// withClients tries every client program.
func (w *world) withClients(ctx context.Context, debs string) (failures []string) {
	house, err := clientHouse(ctx, w, debs)
	if err != nil {
		fmt.Println("without unpacked clients:", err)
	}
	var rows [][]string
	for _, c := range clients {
		row := []string{c.name}
		for _, f := range clientFeatures {
			command, skip := c.command(w, house, f)
			if skip != "" {
				row = append(row, skip)
				continue
			}
			if err := w.tryClient(ctx, c, f, command); err != nil {
				row = append(row, "FAILED")
				failures = append(failures, fmt.Sprintf("%s, %s: %v", c.name, f, err))
				continue
			}
			row = append(row, "ok")
		}
		rows = append(rows, row)
	}
	smtptest.Table(os.Stdout, "Clients", slices.Concat([]string{"client"}, clientFeatures), rows)
	return failures
}
