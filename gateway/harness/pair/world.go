package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// A world is a test Exchange with a mailbox to send through and one to send to.
type world struct {
	exchange     *mapitest.Server
	robot, alice *mapitest.Mailbox
}

func newWorld(dir string, latency time.Duration) (*world, error) {
	x, err := mapitest.New(mapitest.Options{Limits: mapitest.Limits{Sessions: 1000}})
	if err != nil {
		return nil, err
	}
	w := &world{exchange: x}
	for name, box := range map[string]**mapitest.Mailbox{"robot": &w.robot, "alice": &w.alice} {
		if *box, err = x.AddUser(mapitest.User{Name: name, Address: name + "@example.test", Password: "secret"}); err != nil {
			return nil, errors.Join(err, x.Close())
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "ca.pem"), x.CertificatePEM(), 0o600); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	x.Faults().Add(mapitest.Fault{At: mapitest.Request("Execute"), Times: -1, Delay: latency})
	return w, nil
}

func (w *world) close() error { return w.exchange.Close() }

// arrived gives the Message-IDs of what the mailbox has.
func (w *world) arrived() []string {
	var ids []string
	for _, m := range w.alice.Messages(mapitest.Inbox) {
		ids = append(ids, mapi.PidTagInternetMessageId.Get(m.Props))
	}
	return ids
}

// waitFor waits until n mails have arrived; false says that nothing more comes.
func (w *world) waitFor(ctx context.Context, n int) bool {
	last, since := -1, time.Now()
	for ctx.Err() == nil {
		have := len(w.alice.Messages(mapitest.Inbox))
		if have >= n {
			return true
		}
		if have != last {
			last, since = have, time.Now()
		}
		if time.Since(since) > quiet {
			return false
		}
		time.Sleep(50 * time.Millisecond)
	}
	return false
}

const gatewayConfig = `
hostname: gw%[6]d.example.test
data: %[1]s/data%[6]d
admin: {address: ""}
log: {level: info, format: json}
queue: {engine: postgres, url: "%[7]s", lease: 5s}
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
    workers: %[4]d
outbox:
  - {mailboxes: [robot@example.test], mode: outbox, dedicated: true, grace: 0s, poll: 1s, acknowledge_bypassed_checks: true}
routes:
  - {via: exchange}
retry: {first: 1s, most: 2s}
`

// config gives the configuration of the nth gateway.
func (w *world) config(dir, queue, addr string, n, workers int) []byte {
	return fmt.Appendf(nil, gatewayConfig, dir, w.robot.URL(), w.robot.LegacyDN(), workers, addr, n, queue)
}

// A process is a gateway.
type process struct {
	binary, config, log, smtp string
	cmd                       *exec.Cmd
}

// startTime is how long a gateway may take to listen.
const startTime = 30 * time.Second

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func (p *process) start(ctx context.Context) error {
	log, err := os.OpenFile(p.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	p.cmd = exec.Command(p.binary, "serve", "-c", p.config)
	p.cmd.Stderr, p.cmd.Stdout = log, log
	if err := p.cmd.Start(); err != nil {
		return err
	}
	for deadline := time.Now().Add(startTime); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.DialTimeout("tcp", p.smtp, time.Second)
		if err == nil {
			return conn.Close()
		}
		if ctx.Err() != nil || time.Now().After(deadline) {
			tail, _ := os.ReadFile(p.log)
			return fmt.Errorf("the gateway does not listen: %w\n%s", err, tail[max(0, len(tail)-2000):])
		}
	}
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Kill() // fails when it has ended already
	_ = p.cmd.Wait()         // "signal: killed" is what was wanted
	p.cmd = nil
}

// clients is how many SMTP clients send at once.
const clients = 8

// send gives the mails to the gateways by turns and returns the Message-IDs of what was accepted.
func send(ctx context.Context, gateways []*process, mails int) (accepted []string, err error) {
	var mu sync.Mutex
	var next atomic.Int64
	var all sync.WaitGroup
	var errs []error
	for range clients {
		all.Go(func() {
			for n := int(next.Add(1)); n <= mails && ctx.Err() == nil; n = int(next.Add(1)) {
				id := fmt.Sprintf("<pair.%d@example.test>", n)
				err := deliver(gateways[n%len(gateways)].smtp, id)
				mu.Lock()
				if err == nil {
					accepted = append(accepted, id)
				} else {
					errs = append(errs, err)
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return accepted, errors.Join(errs...)
}

func deliver(addr, id string) error {
	text := fmt.Sprintf("From: robot@example.test\r\nTo: alice@example.test\r\nSubject: pair\r\nMessage-ID: %s\r\n\r\n%s\r\n",
		id, strings.Repeat("All work and no play makes a dull mail. \r\n", 90))
	return smtp.SendMail(addr, nil, "robot@example.test", []string{"alice@example.test"}, []byte(text))
}
