package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/mapigate/mapigate/gateway/queue/postgres/pgtest"
	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// A world is both ends and the gateway between them, each reached through a proxy.
type world struct {
	dir, out, engine string
	db               *pgtest.Server // nil for sqlite
	exchange         *process
	gateway, sink    *process
	smtp             string // where the gateway takes mail
	facts            facts
	orders           http.Client // reaches Exchange past its clients' way

	toExchange, toSink, toDB *proxy

	badCalls int64 // that a failing disk answered wrong

	stop    context.CancelFunc
	looking sync.WaitGroup
}

// errNoPostgres says why an engine is left out.
var errNoPostgres = pgtest.ErrMissing

func newWorld(ctx context.Context, dir, out, engine string, books *ledgers) (w *world, err error) {
	w = &world{dir: dir, out: out, engine: engine, stop: func() {}}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	if err := w.newExchange(ctx); err != nil {
		return w, err
	}
	if err := w.newSink(ctx); err != nil {
		return w, err
	}
	if err := w.newGateway(ctx); err != nil {
		return w, err
	}
	looking, stop := context.WithCancel(context.Background())
	w.stop = stop
	w.looking.Go(func() { w.look(looking, books) })
	return w, nil
}

func (w *world) newExchange(ctx context.Context) (err error) {
	folder := filepath.Join(w.dir, "exchange")
	socket := filepath.Join(folder, orderSocket)
	w.orders.Transport = &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	}}
	w.exchange = &process{role: roleExchange, config: folder, log: filepath.Join(w.out, "exchange.log")}
	if w.exchange.addr, err = freeAddress(); err != nil {
		return err
	}
	err = errors.Join(os.Mkdir(folder, 0o700), os.WriteFile(filepath.Join(folder, addressFile), []byte(w.exchange.addr), 0o600))
	if err == nil {
		err = w.exchange.start(ctx)
	}
	if err != nil {
		return err
	}
	for end := time.Now().Add(startTime); ; time.Sleep(20 * time.Millisecond) { // it listens before it tells
		said, err := os.ReadFile(filepath.Join(folder, factsFile))
		if err == nil {
			err = json.Unmarshal(said, &w.facts)
		}
		if err == nil {
			break
		}
		if time.Now().After(end) {
			return err
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	w.toExchange = newProxy(l, "tcp", w.exchange.addr)
	return nil
}

// newSink starts the sink with certificates, one of them expired.
func (w *world) newSink(ctx context.Context) error {
	ca, err := smtptest.NewCA()
	if err != nil {
		return err
	}
	good, err1 := ca.Issue("localhost", "127.0.0.1")
	bad, err2 := ca.IssueExpired("localhost", "127.0.0.1")
	err = errors.Join(err1, err2, writePair(w.dir, "", good), writePair(w.dir, expired, bad),
		os.WriteFile(filepath.Join(w.dir, "sink-ca.pem"), ca.PEM(), 0o600))
	if err != nil {
		return err
	}
	w.sink = &process{role: roleSink, config: filepath.Join(w.dir, "sink.conf"), log: filepath.Join(w.out, "sink.log")}
	if w.sink.addr, err = freeAddress(); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	w.toSink = newProxy(l, "tcp", w.sink.addr)
	return errors.Join(w.showCertificate(""), w.sink.start(ctx))
}

// expired ends the names of the files of the certificate that is.
const expired = ".expired"

// showCertificate says which certificate the sink shows when it is started next.
func (w *world) showCertificate(suffix string) error {
	lines := []string{w.sink.addr, filepath.Join(w.dir, "sunk.txt"), filepath.Join(w.dir, "sink.pem"), filepath.Join(w.dir, "sink.key"), suffix}
	return os.WriteFile(w.sink.config, []byte(strings.Join(lines, "\n")), 0o600)
}

func writePair(dir, suffix string, pair tls.Certificate) error {
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "sink.pem"+suffix), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}), 0o600),
		os.WriteFile(filepath.Join(dir, "sink.key"+suffix), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600),
	)
}

func (w *world) newGateway(ctx context.Context) (err error) {
	w.gateway = &process{role: roleGateway, config: filepath.Join(w.dir, "mapigate.yaml"), log: filepath.Join(w.out, "gateway.log")}
	if err := os.Remove(w.gateway.log); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if w.gateway.addr, err = freeAddress(); err != nil {
		return err
	}
	w.smtp = w.gateway.addr
	queue := "engine: sqlite"
	if w.engine == "postgres" {
		at, err := w.newDatabase(ctx)
		if err != nil {
			return err
		}
		queue = fmt.Sprintf("engine: postgres, url: %q", at)
	}
	if err := os.WriteFile(w.gateway.config, w.config(queue), 0o600); err != nil {
		return err
	}
	return w.gateway.start(ctx)
}

// newDatabase starts PostgreSQL, with a proxy before its socket.
func (w *world) newDatabase(ctx context.Context) (string, error) {
	db, err := pgtest.Start(ctx)
	if err != nil {
		return "", err
	}
	w.db = db
	direct, err := db.Schema(ctx)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(direct)
	if err != nil {
		return "", err
	}
	const socket = ".s.PGSQL.5432"
	q := u.Query()
	far := filepath.Join(q.Get("host"), socket)
	l, err := net.Listen("unix", filepath.Join(w.dir, socket))
	if err != nil {
		return "", err
	}
	w.toDB = newProxy(l, "unix", far)
	q.Set("host", w.dir)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// look writes down what has arrived at both ends.
func (w *world) look(ctx context.Context, books *ledgers) {
	seen := make(map[string]bool)
	sunk, taken := int64(0), int64(0)
	for last := false; !last; {
		select {
		case <-ctx.Done():
			last = true
		case <-time.After(200 * time.Millisecond):
		}
		sunk = follow(filepath.Join(w.dir, "sunk.txt"), sunk, func(line string) {
			var id string
			var at int64
			if _, err := fmt.Sscan(line, &id, &at); err == nil {
				books.arrive(id, internet, time.UnixMicro(at))
			}
		})
		taken = follow(filepath.Join(w.exchange.config, inboxFile), taken, func(line string) {
			var there, id string
			var at int64
			if _, err := fmt.Sscan(line, &there, &id, &at); err == nil && !seen[there] {
				seen[there] = true
				books.arrive(id, mailbox, time.UnixMicro(at))
			}
		})
	}
}

func (w *world) close() error {
	w.stop()
	w.looking.Wait()
	var errs []error
	for _, p := range []*process{w.gateway, w.sink, w.exchange} {
		if p != nil {
			p.kill()
		}
	}
	for _, p := range []*proxy{w.toExchange, w.toSink, w.toDB} {
		if p != nil {
			errs = append(errs, p.close())
		}
	}
	if w.db != nil {
		errs = append(errs, w.db.Close())
	}
	return errors.Join(errs...)
}

const gatewayConfig = `
hostname: gw.example.test
data: %[1]s/data
admin: {address: ""}
queue: {%[6]s, lease: 10s, min_free: 1MiB}
listeners:
  - {name: apps, address: "%[5]s", mode: plain, networks: [127.0.0.0/8]}
exchange:
  - name: main
    url: %[2]s
    user_dn: %[3]s
    user: robot
    password: secret
    ca_file: %[1]s/exchange/ca.pem
    mailbox: robot@example.test
outbox:
  - mailboxes: [robot@example.test]
    mode: outbox
    dedicated: true
    grace: 0s
    poll: 1s
    acknowledge_bypassed_checks: true
routes:
  - {to: [example.test], via: exchange}
  - {via: smarthost/sink}
internet:
  smarthosts:
    - {name: sink, hosts: ["%[4]s"], tls: required, ca_file: %[1]s/sink-ca.pem}
retry: {first: 1s, most: 2s}
`

// config gives the gateway's configuration.
func (w *world) config(queue string) []byte {
	at := strings.Replace(w.facts.URL, w.exchange.addr, w.toExchange.listener.Addr().String(), 1)
	return fmt.Appendf(nil, gatewayConfig, w.dir, at, w.facts.DN, w.toSink.listener.Addr(), w.smtp, queue)
}
