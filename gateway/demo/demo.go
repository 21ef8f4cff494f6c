package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/mapigate/mapigate/gateway"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// Users that every demo has, all at [Domain].
const (
	service = "gateway@" + Domain // the gateway signs in with it
	robot   = "robot@" + Domain   // what lies in its Outbox leaves by the gateway
	anna    = "anna@" + Domain
	bert    = "bert@" + Domain
)

// maxMailboxes is how many mailboxes strangers may make by writing to them.
const maxMailboxes = 10000

// Options say how a demo runs. The zero value works.
type Options struct {
	// SMTP and Admin are where the gateway listens. Default: free ports of 127.0.0.1.
	SMTP, Admin string
	// StateFile is where other processes find this demo; [StatePath] gives the
	// usual place. Default: they don't.
	StateFile string
	// Version is what the dashboard says.
	Version string
	// Log gets what the gateway and the servers do; nil is nowhere.
	Log *slog.Logger
}

// A Demo is an Exchange, a gateway and an internet.
type Demo struct {
	opts     Options
	log      *slog.Logger
	dir      string
	exchange *Exchange
	sink     *smtptest.Sink
	gateway  *gateway.Gateway
	password string

	mu      sync.Mutex
	letters int
	state   State
}

// New makes a demo; Run it, or Close it.
func New(o Options) (*Demo, error) {
	d := &Demo{opts: o, log: o.Log, password: rand.Text()}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if d.dir, err = os.MkdirTemp("", "mapigate-demo-"); err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	for _, step := range []func() error{d.openInternet, d.openExchange, d.openGateway, d.tell} {
		if err := step(); err != nil {
			return nil, errors.Join(fmt.Errorf("demo: %w", err), d.Close())
		}
	}
	return d, nil
}

// Internet is the folder with the mail that has left the demo.
func (d *Demo) Internet() string { return filepath.Join(d.dir, "internet") }

func (d *Demo) openInternet() error {
	if err := os.Mkdir(d.Internet(), 0o700); err != nil {
		return err
	}
	var err error
	d.sink, err = smtptest.NewSink(smtptest.Options{Hostname: "internet.test", Keep: 1000, Received: d.arrived})
	return err
}

// arrived keeps a mail that reached the internet.
func (d *Demo) arrived(m smtptest.Mail) error {
	d.mu.Lock()
	d.letters++
	name := fmt.Sprintf("%06d", d.letters)
	d.mu.Unlock()
	d.log.Info("arrived on the internet", "letter", name, "from", m.From, "to", m.To, "message_id", m.MessageID())
	return keepLetter(d.Internet(), Letter{Name: name, From: m.From, To: m.To, Time: m.At}, m.Raw)
}

func (d *Demo) openExchange() error {
	o := ExchangeOptions{Smarthost: d.sink.Addr, Unknown: d.welcome, Limits: mapitest.Limits{Sessions: maxMailboxes}, Log: d.log}
	for _, address := range []string{service, robot, anna, bert} {
		o.Users = append(o.Users, mapitest.User{Name: address, Address: address, Password: d.password, DisplayName: displayName(address)})
	}
	var err error
	if d.exchange, err = NewExchange(o); err != nil {
		return err
	}
	for _, box := range d.exchange.Mailboxes() {
		if err := d.open(box); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(d.dir, "ca.pem"), d.exchange.CertificatePEM(), 0o600)
}

// displayName makes a name of an address: anna@example.test is Anna.
func displayName(address string) string {
	local, _, _ := strings.Cut(address, "@")
	return strings.ToUpper(local[:1]) + local[1:]
}

// open lets the gateway write into a mailbox, and send in its name.
func (d *Demo) open(box *mapitest.Mailbox) error {
	d.mu.Lock()
	d.state.Mailboxes = append(d.state.Mailboxes, box.Address())
	d.mu.Unlock()
	return box.Grant(service, mapitest.FullAccess, mapitest.SendAs)
}

// welcome gives an address that nobody has a mailbox.
func (d *Demo) welcome(address string) {
	address = strings.ToLower(address)
	if len(d.exchange.Mailboxes()) >= maxMailboxes || strings.ContainsAny(address, " /\\<>\"") {
		return
	}
	box, err := d.exchange.AddUser(mapitest.User{Name: address, Address: address, Password: d.password, DisplayName: displayName(address)})
	if err != nil {
		return // another request was faster
	}
	if err := errors.Join(d.open(box), d.tell()); err != nil {
		d.log.Warn("a new mailbox is not complete", "mailbox", address, "error", err)
		return
	}
	d.log.Info("new mailbox", "mailbox", address)
}

func (d *Demo) openGateway() error {
	path := filepath.Join(d.dir, "mapigate.yaml")
	if err := os.WriteFile(path, []byte(d.configuration()), 0o600); err != nil {
		return err
	}
	c, err := config.Load(path)
	if err != nil {
		return err
	}
	d.gateway, err = gateway.New(c, gateway.Options{Log: d.log, Version: d.opts.Version})
	return err
}

// tell writes where everything is into the state file, if there shall be one.
func (d *Demo) tell() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.opts.StateFile == "" || d.gateway == nil {
		return nil
	}
	s := &d.state
	s.PID, s.Password, s.Internet = os.Getpid(), d.password, d.Internet()
	s.AutodiscoverURL, s.CA = d.exchange.AutodiscoverURL(), string(d.exchange.CertificatePEM())
	s.SMTP, s.Admin, s.Data = d.SMTP(), d.Admin(), filepath.Join(d.dir, "data")
	return s.write(d.opts.StateFile)
}

// SMTP is where the gateway takes mail.
func (d *Demo) SMTP() string { return d.gateway.Addresses()[listenerName].String() }

// Admin is where the gateway's dashboard and metrics are.
func (d *Demo) Admin() string { return d.gateway.Admin().String() }

// Exchange is the embedded Exchange.
func (d *Demo) Exchange() *Exchange { return d.exchange }

// SinkAddr is where the internet takes mail.
func (d *Demo) SinkAddr() string { return d.sink.Addr }

// Mailboxes are the addresses that have a mailbox.
func (d *Demo) Mailboxes() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.state.Mailboxes)
}

// Run serves until ctx ends, and closes the demo.
func (d *Demo) Run(ctx context.Context) error {
	err := d.gateway.Run(ctx)
	return errors.Join(err, d.Close())
}

// Close stops everything that runs and removes what was kept.
func (d *Demo) Close() error {
	var all []error
	if d.gateway != nil {
		all = append(all, d.gateway.Close(context.Background()))
	}
	if d.exchange != nil {
		all = append(all, d.exchange.Close())
	}
	if d.sink != nil {
		all = append(all, d.sink.Close())
	}
	if d.opts.StateFile != "" && d.state.PID != 0 {
		all = append(all, d.state.remove(d.opts.StateFile))
	}
	return errors.Join(append(all, os.RemoveAll(d.dir))...)
}
