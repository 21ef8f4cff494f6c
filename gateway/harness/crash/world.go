package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// A world is both ends: a test Exchange and the internet as a sink.
type world struct {
	exchange *mapitest.Server
	robot    *mapitest.Mailbox
	alice    *mapitest.Mailbox
	sink     *smtptest.Sink
	stop     context.CancelFunc
	looking  sync.WaitGroup
}

func newWorld(dir string, books *ledgers) (*world, error) {
	// A server forgets the sessions of a client that has died after a quarter of an hour. Here it dies
	// every few seconds, which the usual limit of 32 sessions is not meant for.
	x, err := mapitest.New(mapitest.Options{Limits: mapitest.Limits{Sessions: 1000}})
	if err != nil {
		return nil, err
	}
	w := &world{exchange: x}
	for name, box := range map[string]**mapitest.Mailbox{"robot": &w.robot, "alice": &w.alice} {
		if *box, err = x.AddUser(mapitest.User{Name: name, Address: name + "@example.test", Password: "secret"}); err != nil {
			return nil, err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "ca.pem"), x.CertificatePEM(), 0o600); err != nil {
		return nil, err
	}
	if w.sink, err = smtptest.NewSink(smtptest.Options{Keep: 1 << 20, KeepOctets: 16 << 10}); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	w.stop = stop
	w.looking.Go(func() { w.look(ctx, books) })
	return w, nil
}

// look writes down what has arrived at both ends.
func (w *world) look(ctx context.Context, books *ledgers) {
	seen := make(map[mapi.MessageID]bool)
	sunk := 0
	for last := false; !last; {
		select {
		case <-ctx.Done():
			last = true
		case <-time.After(100 * time.Millisecond):
		}
		mails := w.sink.Mails()
		for _, m := range mails[sunk:] {
			books.arrive(m.MessageID(), "sink", m.At)
		}
		sunk = len(mails)
		for _, m := range w.alice.Messages(mapitest.Inbox) {
			if !seen[m.ID] {
				seen[m.ID] = true
				books.arrive(mapi.PidTagInternetMessageId.Get(m.Props), "mailbox", time.Now())
			}
		}
	}
}

func (w *world) close() error {
	w.stop()
	w.looking.Wait()
	return errors.Join(w.sink.Close(), w.exchange.Close())
}

const gatewayConfig = `
hostname: gw.example.test
data: %[1]s/data
admin: {address: ""}
log: {level: info, format: json}
listeners:
  - {name: apps, address: "%[5]s", mode: plain, networks: [127.0.0.0/8]}
exchange:
  - name: main
    url: %[2]s
    user_dn: %[3]s
    user: robot
    password: secret
    ca_file: %[1]s/ca.pem
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
    - {name: sink, hosts: ["%[4]s"], tls: never}
retry: {first: 1s, most: 2s}
`

// config gives the gateway's configuration when it listens at addr.
func (w *world) config(dir, addr string) []byte {
	return fmt.Appendf(nil, gatewayConfig, dir, w.robot.URL(), w.robot.LegacyDN(), w.sink.Addr, addr)
}
