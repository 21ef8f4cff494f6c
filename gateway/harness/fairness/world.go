package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mapigate/mapigate/gateway"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/postgres"
	"github.com/mapigate/mapigate/gateway/queue/postgres/pgtest"
	"github.com/mapigate/mapigate/gateway/queue/sqlite"
	"github.com/mapigate/mapigate/gateway/store"
	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// slowness is what the smarthost takes for each mail.
const slowness = 20 * time.Millisecond

// A world is a gateway between devices and smarthosts.
type world struct {
	dir    string
	config *config.Config
	db     *pgtest.Server
	sink   *smtptest.Sink

	mu      sync.Mutex
	arrived map[string]time.Time // by Message-ID
	serial  atomic.Int64
}

const gatewayConfig = `
hostname: gw.example.test
data: %[1]s/data
admin: {address: ""}
queue: {%[4]s}
listeners:
  - {name: apps, address: "127.0.0.1:%[5]d", mode: plain, networks: [127.0.0.0/8]}
routes:
  - {to: [dead.test], via: smarthost/dead}
  - {via: smarthost/sink}
internet:
  workers: 8
  smarthosts:
    - {name: sink, hosts: ["%[2]s"], tls: never}
    - {name: dead, hosts: ["%[3]s"], tls: never}
`

func newWorld(ctx context.Context, engine string) (w *world, err error) {
	w = &world{arrived: map[string]time.Time{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	if w.dir, err = os.MkdirTemp("", "mapigate-fairness-"); err != nil {
		return w, err
	}
	if w.sink, err = smtptest.NewSink(smtptest.Options{Keep: 1, KeepOctets: 16 << 10, Received: w.take}); err != nil {
		return w, err
	}
	store := "engine: sqlite"
	if engine == config.EnginePostgres {
		if w.db, err = pgtest.Start(ctx); err != nil {
			return w, err
		}
		url, err := w.db.Schema(ctx)
		if err != nil {
			return w, err
		}
		store = fmt.Sprintf("engine: postgres, url: %q", url)
	}
	dead, err := closedPort()
	if err != nil {
		return w, err
	}
	listen, err := closedPort()
	if err != nil {
		return w, err
	}
	path := filepath.Join(w.dir, "mapigate.yaml")
	text := fmt.Sprintf(gatewayConfig, w.dir, w.sink.Addr, dead, store, listen.Port)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return w, err
	}
	w.config, err = config.Load(path)
	return w, err
}

// closedPort is an address of this machine where nobody listens.
func closedPort() (*net.TCPAddr, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return l.Addr().(*net.TCPAddr), l.Close()
}

func (w *world) close() error {
	var errs []error
	if w.sink != nil {
		errs = append(errs, w.sink.Close())
	}
	if w.db != nil {
		errs = append(errs, w.db.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(w.dir))...)
}

// take is the smarthost's part.
func (w *world) take(m smtptest.Mail) error {
	time.Sleep(slowness)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.arrived[m.MessageID()] = time.Now()
	return nil
}

// between is the time between two mails of the quiet device.
const between = 50 * time.Millisecond

// measure runs a gateway, lets a quiet device send so many mails beside whatever noise there is, and gives what each took.
func (w *world) measure(ctx context.Context, mails int, noise func(context.Context) error) (t times, err error) {
	g, err := gateway.New(w.config, gateway.Options{Version: "fairness"})
	if err != nil {
		return nil, err
	}
	serving, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- g.Run(serving) }()
	defer func() { stop(); err = errors.Join(err, <-done) }()
	making, quiet := context.WithCancel(ctx)
	defer quiet()
	var others sync.WaitGroup
	var noiseErr error
	if noise != nil {
		others.Go(func() { noiseErr = noise(making) })
	}
	time.Sleep(2 * time.Second) // everything is under way
	accepted := map[string]time.Time{}
	for range mails {
		id, err := w.send(nil, "quiet")
		if err != nil {
			return nil, err
		}
		accepted[id] = time.Now()
		time.Sleep(between)
	}
	for id, at := range accepted {
		arrived, err := w.wait(ctx, id)
		if err != nil {
			return nil, err
		}
		t = append(t, max(arrived.Sub(at), 0))
	}
	quiet()
	others.Wait()
	return t, noiseErr
}

// patience is how long a mail may take at most.
const patience = time.Minute

func (w *world) wait(ctx context.Context, id string) (time.Time, error) {
	for end := time.Now().Add(patience); ctx.Err() == nil && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		w.mu.Lock()
		at, ok := w.arrived[id]
		w.mu.Unlock()
		if ok {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%s was not delivered within %v", id, patience)
}

// send brings one mail to the gateway, from an address of this machine or any.
func (w *world) send(from net.Addr, device string) (string, error) {
	d := net.Dialer{LocalAddr: from, Timeout: 10 * time.Second}
	conn, err := d.Dial("tcp", w.config.Listeners[0].Address)
	if err != nil {
		return "", err
	}
	c, err := smtp.NewClient(conn, "localhost")
	if err != nil {
		return "", errors.Join(err, conn.Close())
	}
	defer c.Close()
	return w.talk(c, device)
}

func (w *world) talk(c *smtp.Client, device string) (string, error) {
	id := fmt.Sprintf("<%s.%d@example.test>", device, w.serial.Add(1))
	if err := errors.Join(c.Mail(device+"@example.test"), c.Rcpt("someone@elsewhere.test")); err != nil {
		return "", err
	}
	data, err := c.Data()
	if err != nil {
		return "", err
	}
	_, err = fmt.Fprintf(data, "From: %s@example.test\r\nTo: someone@elsewhere.test\r\nSubject: fairness\r\nMessage-ID: %s\r\n\r\n%s\r\n",
		device, id, strings.Repeat("All work and no play makes a dull mail. \r\n", 20))
	return id, errors.Join(err, data.Close())
}

// noisyConnections is how many connections the noisy device has.
const noisyConnections = 8

// flood sends from another address as fast as the gateway takes it, so many mails or until ctx ends.
func (w *world) flood(ctx context.Context, mails int) error {
	var left atomic.Int64
	left.Store(int64(mails))
	var all sync.WaitGroup
	errs := make([]error, noisyConnections)
	for n := range noisyConnections {
		all.Go(func() {
			for ctx.Err() == nil && left.Add(-1) >= 0 && errs[n] == nil {
				_, errs[n] = w.send(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}, "noisy")
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// sources is how many goroutines fill the queue: they share commits.
const sources = 100

// fill lays mails for the dead destination into the queue.
func (w *world) fill(ctx context.Context, mails int) (err error) {
	q, err := w.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	leg, err := w.config.Table().Find(mail.Source{Kind: "smtp", Name: "apps"}, "old@example.test", "someone@dead.test")
	if err != nil {
		return err
	}
	var left atomic.Int64
	left.Store(int64(mails))
	var all sync.WaitGroup
	errs := make([]error, sources)
	for n := range sources {
		all.Go(func() {
			for left.Add(-1) >= 0 && errs[n] == nil {
				_, errs[n] = q.Put(ctx, queue.Entry{
					Mail: mail.Mail{
						Envelope: mail.Envelope{From: "old@example.test", Recipients: []mail.Recipient{{Address: "someone@dead.test"}}},
						Source:   mail.Source{Kind: "smtp", Name: "apps", Client: "127.0.0.3:1"},
					},
					Body: strings.NewReader("Subject: waits\r\n\r\nstill\r\n"), Legs: []queue.Leg{leg},
				})
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

func (w *world) open(ctx context.Context) (queue.Queue, error) {
	if w.db != nil {
		return postgres.Open(ctx, postgres.Options{URL: string(w.config.Queue.URL), Connections: 32})
	}
	return sqlite.Open(store.Folder(w.config), sqlite.Options{})
}
