package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mapigate/mapigate/gateway/demo"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// A world is everything around the gateway, and the gateway.
type world struct {
	options
	dir      string
	arrived  *os.File
	sink     *smtptest.Sink
	exchange *demo.Exchange
	gateway  *process
	clients  *clients
	kills    atomic.Int64
}

func newWorld(ctx context.Context, o options) (w *world, err error) {
	w = &world{options: o}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	if w.dir, err = os.MkdirTemp("", "mapigate-crash-"); err != nil {
		return w, err
	}
	if w.arrived, err = os.Create(filepath.Join(o.out, "arrived.txt")); err != nil {
		return w, err
	}
	if w.sink, err = smtptest.NewSink(smtptest.Options{Ledger: w.arrived, Keep: 1}); err != nil {
		return w, err
	}
	robot := mapitest.User{Name: "robot", Password: "secret"}
	if w.exchange, err = demo.NewExchange(demo.ExchangeOptions{Users: []mapitest.User{robot}, Smarthost: w.sink.Addr}); err != nil {
		return w, err
	}
	smtp, err := freeAddress()
	if err != nil {
		return w, err
	}
	if w.gateway, err = w.newProcess(ctx, smtp); err != nil {
		return w, err
	}
	w.clients, err = newClients(o.out, smtp)
	return w, err
}

func (w *world) close() {
	if w.gateway != nil {
		w.gateway.kill()
	}
	if w.exchange != nil {
		w.exchange.Close()
	}
	if w.sink != nil {
		w.sink.Close()
	}
	if w.clients != nil {
		w.clients.close()
	}
	if w.arrived != nil {
		w.arrived.Close()
	}
	if w.dir != "" {
		os.RemoveAll(w.dir)
	}
}

// freeAddress finds an address that a process can listen on again and again.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

const configText = `
hostname: gw.example.test
data: %[1]s/data
admin: {address: ""}
log: {format: json, level: info}
listeners:
  - {name: apps, address: "%[2]s", mode: plain, networks: [127.0.0.0/8]}
exchange:
  - name: main
    url: %[3]s
    user_dn: %[4]s
    user: robot
    password: secret
    ca_file: %[1]s/ca.pem
    mailbox: robot@example.test
routes:
  - {to: [direct.test], via: smarthost/sink}
  - {via: exchange}
internet:
  smarthosts:
    - {name: sink, hosts: ["%[5]s"], tls: never}
retry: {first: 1s, most: 2s}
`

func (w *world) newProcess(ctx context.Context, smtp string) (*process, error) {
	robot := w.exchange.Mailbox("robot")
	text := fmt.Sprintf(configText, w.dir, smtp, robot.URL(), robot.LegacyDN(), w.sink.Addr)
	config := filepath.Join(w.dir, "mapigate.yaml")
	err := errors.Join(
		os.WriteFile(filepath.Join(w.dir, "ca.pem"), w.exchange.CertificatePEM(), 0o600),
		os.WriteFile(config, []byte(text), 0o600),
	)
	if err != nil {
		return nil, err
	}
	return newProcess(ctx, w.binary, w.dir, config, smtp)
}

// The gateway lives between these times before it is killed.
const lifeLeast, lifeMost = 100 * time.Millisecond, 900 * time.Millisecond

// loadAndKill lets the clients send and kills the gateway until there is enough of both; then the gateway runs.
func (w *world) loadAndKill(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var sending sync.WaitGroup
	defer sending.Wait()
	done := func() bool {
		return w.clients.accepted.Load() >= int64(w.mails) && w.kills.Load() >= int64(w.options.kills)
	}
	for n := range w.options.clients {
		sending.Go(func() { w.clients.send(ctx, n, done) })
	}
	for {
		if err := w.gateway.start(ctx); err != nil {
			cancel()
			return err
		}
		if done() || ctx.Err() != nil {
			return ctx.Err()
		}
		life := lifeLeast + rand.N(lifeMost-lifeLeast)
		select {
		case <-time.After(life):
		case <-ctx.Done():
			return ctx.Err()
		}
		w.gateway.kill()
		w.kills.Add(1)
	}
}

// Draining ends when everything has arrived and nothing has come for a while; or it is given up.
const (
	quiet     = 4 * time.Second // longer than the longest wait for a retry, so that late copies are counted
	drainTime = 2 * time.Minute
)

func (w *world) drain(ctx context.Context) error {
	deadline, last, since := time.Now().Add(drainTime), int64(-1), time.Now()
	for time.Now().Before(deadline) {
		info, err := w.arrived.Stat()
		if err != nil {
			return err
		}
		if info.Size() != last {
			last, since = info.Size(), time.Now()
		}
		t, err := count(w.out, w.gateway.log)
		if err != nil {
			return err
		}
		if len(t.lost) == 0 && time.Since(since) > quiet {
			return nil
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil // what is missing will be counted as lost
}
