package gateway

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/ingress"
	"github.com/mapigate/mapigate/gateway/ingress/quota"
	"github.com/mapigate/mapigate/gateway/outlets"
	"github.com/mapigate/mapigate/gateway/parts"
	"github.com/mapigate/mapigate/gateway/route"
	"github.com/mapigate/mapigate/gateway/sockets"
	"github.com/mapigate/mapigate/gateway/synchronous"
	"github.com/mapigate/mapigate/smtpside"
	"github.com/mapigate/mapigate/smtpside/milter"
)

// drainTime is how long a mail that is coming in may take to end when the gateway goes down.
const drainTime = 10 * time.Second

// sessionsOutlive is for how long clients may go on with sessions of a configuration that another one has replaced. After that they
// are told 421 between two mails, and come again under the new one.
const sessionsOutlive = 10 * time.Minute

// A listener is an SMTP listener that has its address, so that nothing but time can fail when it is served.
type listener struct {
	name    string
	server  *smtpside.Server
	nets    []net.Listener // one, or those that systemd has handed over
	serving atomic.Bool
	retired chan struct{}
	outlive time.Duration // after that
}

// everySource is what of the configuration all depends on that takes mail in.
func (g *generation) everySource() []any {
	c := g.config
	of := []any{c.Hostname, c.Data, c.Table(), c.Rewrite, c.Internet.SRS, c.Queue.MinMemory}
	for i := range c.Exchange {
		of = append(of, c.Exchange[i].Name)
	}
	return of
}

// belowSources are the parts that all stands on that takes mail in.
func (g *generation) belowSources() []string {
	names := []string{tracingPart, bansPart}
	for i := range g.config.Exchange {
		names = append(names, couriersPart(g.config.Exchange[i].Name), bookPart(g.config.Exchange[i].Name))
	}
	return names
}

// addListeners takes the addresses of all SMTP listeners.
func (g *generation) addListeners() error {
	for i := range g.config.Listeners {
		c := &g.config.Listeners[i]
		l, err := g.addListener(c)
		if err != nil {
			return fmt.Errorf("listener %s: %w", c.Name, err)
		}
		g.listeners = append(g.listeners, l)
	}
	return nil
}

func (g *generation) addListener(c *config.Listener) (*listener, error) {
	sockets, at, err := g.addSockets(c)
	if err != nil {
		return nil, err
	}
	of := append(g.everySource(), c, config.Contents(c.Files()))
	return parts.Made(g.parts, "listener "+c.Name, of, append(g.belowSources(), at), func(p *parts.Part) (*listener, error) {
		l, err := g.newListener(p, c, sockets)
		if err == nil {
			p.Task(parts.Task{Name: p.Name, Stage: parts.Sources, Run: l.run, Retire: l.retire})
		}
		return l, err
	})
}

func (g *generation) newListener(p *parts.Part, c *config.Listener, sockets []*sockets.Socket) (*listener, error) {
	backend, err := g.newBackend(p, c)
	if err != nil {
		return nil, err
	}
	certificate, err := g.loadCertificate(c)
	if err != nil {
		return nil, err
	}
	server, err := smtpside.NewServer(smtpside.ServerOptions{
		Hostname: g.config.Hostname, Backend: backend, Mode: modes[c.Mode], TLS: certificate, RequireTLS: c.RequireTLS,
		Auth: c.Passwords(), AuthTokens: c.OffersTokens(), AuthPlaintext: c.AuthPlaintext, Trusted: c.Networks, Strangers: len(c.Recipients) > 0, DSN: true,
		Legacy: c.Legacy, OldTLS: c.OldTLS,
		LMTP: c.Protocol == config.ProtocolLMTP, TrustUnix: c.TrustSocket, Proxies: c.Proxies, XClient: c.XClient, ForwardTLS: true,
		Limits: smtpside.Limits{
			MessageBytes: int64(c.Limits.MessageSize), Recipients: c.Limits.Recipients, Sessions: c.Limits.Sessions,
			SessionsPerIP: c.Limits.SessionsPerAddress, Errors: c.Limits.Errors,
			CommandTimeout: time.Duration(c.Limits.CommandTimeout), DataTimeout: time.Duration(c.Limits.DataTimeout),
		},
		Logger: g.log.With("listener", c.Name), Observer: g.metrics.SMTP(c.Name),
	})
	if err != nil {
		return nil, err
	}
	l := &listener{name: c.Name, server: server, retired: make(chan struct{}), outlive: sessionsOutlive}
	for _, s := range sockets {
		l.nets = append(l.nets, s.Door())
		g.log.Info("listening", "listener", c.Name, "address", s.Addr().String(), "mode", c.Mode)
	}
	return l, nil
}

var modes = map[string]smtpside.TLSMode{
	config.ModePlain: smtpside.TLSNone, config.ModeSTARTTLS: smtpside.TLSStart, config.ModeTLS: smtpside.TLSImplicit,
}

func (g *generation) loadCertificate(c *config.Listener) (*tls.Config, error) {
	if c.Mode == config.ModePlain {
		return nil, nil
	}
	certificate, err := smtpside.OpenCertificate(c.Cert, c.Key, g.log.With("listener", c.Name))
	if err != nil {
		return nil, err
	}
	out := &tls.Config{GetCertificate: certificate.Get, MinVersion: tls.VersionTLS12}
	if c.ClientCA != "" {
		pem, err := os.ReadFile(c.ClientCA)
		if err != nil {
			return nil, fmt.Errorf("client_ca: %w", err)
		}
		out.ClientAuth, out.ClientCAs = tls.VerifyClientCertIfGiven, x509.NewCertPool()
		if !out.ClientCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("client_ca %s: no certificate in it", c.ClientCA)
		}
	}
	return out, nil
}

// newBackend makes what decides about the mail of a listener.
func (g *generation) newBackend(p *parts.Part, c *config.Listener) (*ingress.Backend, error) {
	opts := ingress.Options{
		Listener: c.Name, Hostname: g.config.Hostname, Queue: g.queue, Routes: g.config.Table(), Rewrite: g.incoming, Recipients: c.Recipients,
		Clients: clients(c), Directory: g.recipients, Room: g.rooms, Legacy: c.Legacy, Spool: g.config.Data, Logger: g.log, Observer: g.observer(),
	}
	opts.Clock, opts.Doubts = g.clock, g.doubts
	opts.Duplicates = time.Duration(c.Duplicates)
	opts.Ceilings = ingress.Ceilings{
		Occupied: g.queue.Occupied, All: int64(c.Limits.Queued), Client: int64(c.Limits.QueuedPerClient), Pressed: g.memory.Check,
	}
	var err error
	if opts.Filters, err = g.filters(c); err != nil {
		return nil, err
	}
	if opts.Forwarded, err = g.forwarded(); err != nil {
		return nil, err
	}
	pass, err := g.newPassThrough(p, c)
	if err != nil {
		return nil, err
	}
	switch {
	case pass != nil:
		opts.Synchronous, opts.Story = pass, g.queue
		opts.Room = nil // it is the user's own mailbox that mail goes through, and that says so itself
	case c.Synchronous:
		opts.Synchronous, opts.Story = &synchronous.Direct{Ways: g.direct, Tried: g.observer().Tried}, g.queue
	}
	users, err := g.signIns(c, pass)
	if err != nil {
		return nil, err
	}
	if users != nil {
		opts.Users = users
	}
	return ingress.New(opts)
}

// clients gives the rules for the clients of a listener.
func clients(c *config.Listener) (list []ingress.Client) {
	for _, r := range c.Clients {
		rule := ingress.Client{
			From: r.From, MessageBytes: int64(r.MessageSize), Recipients: r.Recipients,
			Limits: quota.Limits{
				MailsPerMinute: r.MailsPerMinute, MailsPerDay: r.MailsPerDay,
				RecipientsPerMinute: r.RecipientsPerMinute, RecipientsPerDay: r.RecipientsPerDay, Sessions: r.Sessions,
			},
		}
		if r.User != "" {
			rule.Users = []string{r.User}
		}
		if r.Network.IsValid() {
			rule.Networks = []netip.Prefix{r.Network}
		}
		list = append(list, rule)
	}
	return list
}

// filters makes the content filters of a listener.
func (g *generation) filters(c *config.Listener) (list []ingress.Filter, err error) {
	for _, f := range c.Filters {
		m, err := milter.New(milter.Options{Address: f.Address, Hostname: g.config.Hostname, Timeout: time.Duration(f.Timeout)})
		if err != nil {
			return nil, err
		}
		list = append(list, ingress.Filter{Filter: m, Name: f.Name, Optional: f.Optional})
	}
	return list, nil
}

// forwarded gives what listeners do with mail to senders that were rewritten.
func (g *generation) forwarded() (ingress.Forwarded, error) {
	c := &g.config.Internet.SRS
	rewriter, err := outlets.NewSRS(c)
	return ingress.Forwarded{Rewriter: rewriter, Routes: route.Table{{Via: c.Via}}}, err
}

// retire lets the sessions go on without the port.
func (l *listener) retire() {
	close(l.retired)
	l.server.Retire()
}

// run serves until ctx ends, and mails that are coming in then have ended; or until the listener is retired, and its sessions have ended.
func (l *listener) run(ctx context.Context) error {
	serving, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	var stopping sync.WaitGroup
	defer stopping.Wait()
	done := make(chan struct{})
	defer close(done)
	stopping.Go(func() { l.end(ctx, serving, done) })
	l.serving.Store(true)
	defer l.serving.Store(false)
	var all errgroup.Group
	for _, n := range l.nets {
		all.Go(func() error {
			err := l.server.Serve(serving, n)
			if !errors.Is(err, smtpside.ErrServerClosed) {
				cut() // one of several is not a listener
			}
			return err
		})
	}
	if err := all.Wait(); !errors.Is(err, smtpside.ErrServerClosed) {
		return err
	}
	return nil
}

// end shuts the server down when that is due: within the drain time when ctx ends, with all patience when it has been retired for long.
func (l *listener) end(ctx, serving context.Context, done <-chan struct{}) {
	select {
	case <-done:
		return
	case <-ctx.Done():
	case <-l.retired:
		outlived := time.NewTimer(l.outlive)
		defer outlived.Stop()
		select {
		case <-done:
			return
		case <-ctx.Done():
		case <-outlived.C:
			_ = l.server.Shutdown(ctx) // its error is that of ctx, which is looked at next
			if ctx.Err() == nil {
				return
			}
		}
	}
	last, cancel := context.WithTimeout(serving, drainTime)
	defer cancel()
	_ = l.server.Shutdown(last) // who was cut off had the time
}
