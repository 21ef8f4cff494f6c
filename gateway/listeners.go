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
	"github.com/mapigate/mapigate/smtpside"
	"github.com/mapigate/mapigate/smtpside/milter"
)

// drainTime is how long a mail that is coming in may take to end when the gateway goes down.
const drainTime = 10 * time.Second

// A listener is an SMTP listener that has its address, so that nothing but time can fail when it is served.
type listener struct {
	name    string
	server  *smtpside.Server
	nets    []net.Listener // one, or those that systemd has handed over
	serving atomic.Bool
}

// addListeners takes the addresses of all SMTP listeners.
func (g *Gateway) addListeners() error {
	for i := range g.config.Listeners {
		l, err := g.newListener(&g.config.Listeners[i])
		if err != nil {
			return fmt.Errorf("listener %s: %w", g.config.Listeners[i].Name, err)
		}
		g.listeners = append(g.listeners, l)
		g.atEnd("listener "+l.name, func(context.Context) error { return closeAll(l.nets) })
		g.task("listener "+l.name, stageSources, l.run)
	}
	return nil
}

// closeListener closes a listener that whoever serves it may have closed already.
func closeListener(l net.Listener) func(context.Context) error {
	return func(context.Context) error {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	}
}

func (g *Gateway) newListener(c *config.Listener) (*listener, error) {
	backend, err := g.newBackend(c)
	if err != nil {
		return nil, err
	}
	certificate, err := g.loadCertificate(c)
	if err != nil {
		return nil, err
	}
	server, err := smtpside.NewServer(smtpside.ServerOptions{
		Hostname: g.config.Hostname, Backend: backend, Mode: modes[c.Mode], TLS: certificate, RequireTLS: c.RequireTLS,
		Auth: c.Passwords(), AuthTokens: c.Tokens.JWKS != "", AuthPlaintext: c.AuthPlaintext, Trusted: c.Networks, Strangers: len(c.Recipients) > 0, DSN: true,
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
	nets, err := listen(c.Address, os.FileMode(c.SocketMode))
	if err != nil {
		return nil, err
	}
	for _, l := range nets {
		g.log.Info("listening", "listener", c.Name, "address", l.Addr().String(), "mode", c.Mode)
	}
	return &listener{name: c.Name, server: server, nets: nets}, nil
}

var modes = map[string]smtpside.TLSMode{
	config.ModePlain: smtpside.TLSNone, config.ModeSTARTTLS: smtpside.TLSStart, config.ModeTLS: smtpside.TLSImplicit,
}

func (g *Gateway) loadCertificate(c *config.Listener) (*tls.Config, error) {
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
func (g *Gateway) newBackend(c *config.Listener) (*ingress.Backend, error) {
	opts := ingress.Options{
		Listener: c.Name, Hostname: g.config.Hostname, Queue: g.queue, Routes: g.ways.table, Rewrite: g.incoming, Recipients: c.Recipients,
		Clients: clients(c), Directory: g.recipients, Legacy: c.Legacy, Spool: g.config.Data, Logger: g.log, Observer: g.observer(),
	}
	opts.Clock = g.clock
	opts.Duplicates = time.Duration(c.Duplicates)
	opts.Ceilings = ingress.Ceilings{
		Occupied: g.queue.Occupied, All: int64(c.Limits.Queued), Client: int64(c.Limits.QueuedPerClient), Pressed: g.memory.check,
	}
	var err error
	if opts.Filters, err = g.filters(c); err != nil {
		return nil, err
	}
	if opts.Forwarded, err = g.forwarded(); err != nil {
		return nil, err
	}
	pass, err := g.newPassThrough(c)
	if err != nil {
		return nil, err
	}
	switch {
	case pass != nil:
		opts.Synchronous, opts.Story = pass, g.queue
	case c.Synchronous:
		opts.Synchronous, opts.Story = &direct{ways: g.direct, tried: g.observer().Tried}, g.queue
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
func (g *Gateway) filters(c *config.Listener) (list []ingress.Filter, err error) {
	for _, f := range c.Filters {
		m, err := milter.New(milter.Options{Address: f.Address, Hostname: g.config.Hostname, Timeout: time.Duration(f.Timeout)})
		if err != nil {
			return nil, err
		}
		list = append(list, ingress.Filter{Filter: m, Name: f.Name, Optional: f.Optional})
	}
	return list, nil
}

// run serves until ctx ends; mails that are coming in then may still end.
func (l *listener) run(ctx context.Context) error {
	serving, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	var stopping sync.WaitGroup
	defer stopping.Wait()
	done := make(chan struct{})
	defer close(done)
	stopping.Go(func() {
		select {
		case <-ctx.Done():
			end, cancel := context.WithTimeout(serving, drainTime)
			defer cancel()
			l.server.Shutdown(end)
		case <-done:
		}
	})
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
	err := all.Wait()
	if errors.Is(err, smtpside.ErrServerClosed) && ctx.Err() != nil {
		return nil
	}
	return err
}

// Addresses gives where the SMTP listeners listen, by name: what the configuration says, with the ports that were free.
func (g *Gateway) Addresses() map[string]net.Addr {
	addresses := map[string]net.Addr{}
	for _, l := range g.listeners {
		addresses[l.name] = l.nets[0].Addr()
	}
	return addresses
}
