// Package gateway puts the rooms together: listeners, queue, couriers and
// watchers, as a configuration asks for them, and takes them down in order.
//
//  1. [New] opens the queue and prepares everything; nothing is served yet.
//  2. [Gateway.Run] serves until its context ends: first sources stop taking
//     mail in, then couriers finish what is under way, then the queue closes.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/mapigate/mapigate/gateway/admin/live"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/courier"
	"github.com/mapigate/mapigate/gateway/exchange"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/metrics"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/rewrite"
	"github.com/mapigate/mapigate/gateway/route"
	"github.com/mapigate/mapigate/gateway/tracing"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapping"
	"github.com/mapigate/mapigate/smtpside/signin"
)

// Options are what a configuration file does not say.
type Options struct {
	// Log gets everything; nil is nowhere.
	Log *slog.Logger
	// Version is what the operator's view says.
	Version string
	// Clock is the machine's clock; nil is time.Now.
	Clock func() time.Time
	// Trace, if set, is told of every request to Exchange with its bodies.
	Trace func(mapihttp.Exchange)
}

// A Gateway is a configured gateway.
type Gateway struct {
	version   string
	clock     func() time.Time
	trace     func(mapihttp.Exchange)
	memory    *memory
	metrics   *metrics.Metrics
	live      *live.Recorder
	tracer    *tracing.Tracer // nil without a collector
	probes    []*probe
	admin     net.Addr
	config    *config.Config
	log       *slog.Logger
	queue     queue.Queue
	ways      *ways
	orgs      map[string]*organisation
	incoming  *rewrite.Incoming
	generic   *rewrite.Table
	couriers  []*courier.Courier
	watchers  watcherList
	bans      *signin.Bans
	direct    map[string]directWay // couriers into Exchange that listeners may use at once, by name
	listeners []*listener
	tasks     []task
	teardown  []closer

	recipients recipients
}

// A task runs until its context ends. Tasks of an earlier stage are stopped,
// and waited for, before those of a later one.
type task struct {
	name  string
	stage stage
	run   func(context.Context) error
}

// A stage is when a task is stopped.
type stage int

const (
	stageSources  stage = iota // nothing new comes in
	stageCouriers              // what is under way ends
	stageKeeping               // reports, housekeeping, the operator's view
	stages
)

// A closer frees what New has opened.
type closer struct {
	name  string
	close func(context.Context) error
}

// New prepares a gateway. Close it, or Run it.
func New(c *config.Config, o Options) (*Gateway, error) {
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	g := &Gateway{config: c, log: log, version: o.Version, trace: o.Trace, orgs: make(map[string]*organisation), direct: make(map[string]directWay), metrics: newMetrics(o.Version, c), live: live.New(nil)}
	g.memory = &memory{min: int64(c.Queue.MinMemory)}
	if g.clock = o.Clock; g.clock == nil {
		g.clock = time.Now
	}
	for _, step := range []func() error{
		g.addTracing, g.openQueue, g.addOrganisations, g.addWays, g.addExchange, g.addInternet, g.addRefusal, g.when(config.RoleWatch, g.addWatchers), g.when(config.RoleSend, g.addReports), g.addHousekeeping, g.addProbes, g.addRecipients, g.addBans, g.when(config.RoleReceive, g.addDrops), g.when(config.RoleReceive, g.addListeners), g.addAdmin,
	} {
		if err := step(); err != nil {
			return nil, errors.Join(err, g.Close(context.Background()))
		}
	}
	return g, nil
}

// when makes a step for gateways of a role.
func (g *Gateway) when(role string, step func() error) func() error {
	if g.config.Plays(role) {
		return step
	}
	return func() error { return nil }
}

func (g *Gateway) policy() queue.Policy { return policyOf(g.config) }

func policyOf(c *config.Config) queue.Policy {
	r, q := &c.Retry, &c.Queue
	p := queue.Policy{
		First: time.Duration(r.First), Most: time.Duration(r.Most), Expire: time.Duration(r.Expire),
		ExpireReports: time.Duration(r.ExpireReports), Warn: time.Duration(r.Warn),
		KeepDelivered: time.Duration(q.KeepDelivered), KeepFailed: time.Duration(q.KeepFailed),
	}
	if p.Warn == 0 {
		p.Warn = -1 // never
	}
	return p.WithDefaults()
}

func (g *Gateway) atEnd(name string, f func(context.Context) error) {
	g.teardown = append(g.teardown, closer{name, f})
}

func (g *Gateway) task(name string, s stage, run func(context.Context) error) {
	g.tasks = append(g.tasks, task{name, s, run})
}

func (g *Gateway) addOrganisations() error {
	for i := range g.config.Exchange {
		e := &g.config.Exchange[i]
		org, err := newOrganisation(e, g.observers(e), g.log)
		if err != nil {
			return err
		}
		g.orgs[e.Name] = org
		g.atEnd("exchange "+e.Name, func(ctx context.Context) error { org.close(ctx); return nil })
	}
	return nil
}

func (g *Gateway) observers(e *config.Exchange) observers {
	return observers{g.metrics.MAPI(e.Name), g.metrics.Token(e.Name), func(id rop.ID, err error) {
		g.metrics.ROP(e.Name, id.String(), errorName(err))
	}, g.trace}
}

func (g *Gateway) addTracing() (err error) {
	t := &g.config.Tracing
	if t.Endpoint == "" {
		return nil
	}
	g.tracer, err = tracing.New(context.Background(), tracing.Options{Endpoint: t.Endpoint, Percent: t.Percent, Hostname: g.config.Hostname, Version: g.version})
	if err == nil {
		g.atEnd("tracing", g.tracer.Close)
	}
	return err
}

func (g *Gateway) addWays() (err error) {
	if g.incoming, g.generic, err = newRewrites(&g.config.Rewrite); err != nil {
		return err
	}
	g.ways = &ways{table: g.config.Table(), watched: make(map[string]string)}
	for i := range g.config.Outbox {
		o := &g.config.Outbox[i]
		for _, m := range o.Mailboxes {
			g.ways.watch(m, o.Exchange)
		}
	}
	return nil
}

// addCourier makes a courier and its task.
func (g *Gateway) addCourier(o courier.Options) error {
	o.Queue, o.Logger, o.Observer = g.queue, g.log, g.observer()
	// What is tried again soon is not left alone for long either.
	o.DownFirst, o.DownMost = min(30*time.Second, time.Duration(g.config.Retry.First)), min(10*time.Minute, time.Duration(g.config.Retry.Most))
	o.Worker, o.LeaseTime = o.Name+" at "+g.config.Hostname, time.Duration(g.config.Queue.Lease)
	c, err := courier.New(o)
	if err != nil {
		return err
	}
	if !g.config.Plays(config.RoleSend) {
		return nil
	}
	g.couriers = append(g.couriers, c)
	g.task("courier "+o.Name, stageCouriers, c.Run)
	return nil
}

func (g *Gateway) addExchange() error {
	for i := range g.config.Exchange {
		e := &g.config.Exchange[i]
		org := g.orgs[e.Name]
		deposit, err := exchange.NewDepositor(exchange.DepositorOptions{Accounts: org.accounts, Losses: g.losses, Log: g.log})
		if err != nil {
			return err
		}
		deliver := deposit.Deliver
		if e.Deliver != config.DeliverInbox {
			submitter, err := exchange.NewSubmitter(exchange.SubmitterOptions{
				Accounts: org.accounts, Identities: identities(e), Fallback: e.Mailbox,
				SentItems: exchange.SentItems(e.SentItems), MaxRecipients: e.MaxRecipients, OneRequest: e.OneRequest, Losses: g.losses, Log: g.log,
			})
			if err != nil {
				return fmt.Errorf("exchange %s: %w", e.Name, err)
			}
			deliver = submitter.Deliver
			g.task("ledgers of "+e.Name, stageKeeping, func(ctx context.Context) error {
				return org.accounts.Keep(ctx, submitting(e), g.log.With("exchange", e.Name))
			})
		}
		g.direct[route.ExchangeCourier(e.Name)] = directWay{deliver, e.Deliver != config.DeliverInbox}
		var probe func(context.Context, string) error // without one, mails find out
		if through := submitting(e); len(through) > 0 {
			probe = func(ctx context.Context, _ string) error { return org.accounts.Probe(ctx, through[0]) }
		}
		err = errors.Join(
			g.addCourier(courier.Options{Name: route.ExchangeCourier(e.Name), Deliver: deliver, Probe: probe, ProbeEvery: probeDown, Workers: e.Workers}),
			g.addCourier(courier.Options{Name: depositCourier + "/" + e.Name, Deliver: deposit.Deliver, Workers: 2}),
		)
		if err != nil {
			return err
		}
	}
	return nil
}

// submitting lists the mailboxes that mail goes through.
func submitting(e *config.Exchange) (list []string) {
	if e.Mailbox != "" {
		list = append(list, e.Mailbox)
	}
	for i := range e.Identities {
		if m := e.Identities[i].Mailbox; m != "" && !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	return list
}

func identities(e *config.Exchange) exchange.Identities {
	var list exchange.Identities
	for _, i := range e.Identities {
		id := exchange.Identity{
			Mailbox: i.Mailbox, Refuse: i.Refuse, RewriteFrom: i.RewriteFrom, SentItems: exchange.SentItems(i.SentItems),
		}
		if i.User != "" {
			id.Users = []string{i.User}
		}
		if i.Network.IsValid() {
			id.Networks = []netip.Prefix{i.Network}
		}
		if i.From != (route.Pattern{}) {
			id.From = []route.Pattern{i.From}
		}
		if i.MailFrom != (route.Pattern{}) {
			id.MailFrom = []route.Pattern{i.MailFrom}
		}
		if i.Header != (config.HeaderPattern{}) {
			id.Headers = []exchange.HeaderPattern{{Name: i.Header.Name, Value: i.Header.Value}}
		}
		list = append(list, id)
	}
	return list
}

func (g *Gateway) addInternet() error {
	session, err := g.addTLSReports()
	if err != nil {
		return err
	}
	out, sender, err := newInternet(g.config, g.generic, g.metrics, session, g.log)
	if err != nil {
		return err
	}
	g.atEnd("sender", func(context.Context) error { return sender.Close() })
	n := &g.config.Internet
	return g.addCourier(courier.Options{
		Name: route.InternetCourier, Deliver: out.Deliver, Workers: n.Workers, PerDestination: n.PerDestination,
	})
}

func (g *Gateway) addRefusal() error {
	return g.addCourier(courier.Options{Name: courier.RefuseName, Deliver: courier.Refuse, Workers: 1})
}

func (g *Gateway) addReports() error {
	r := &reports{queue: g.queue, ways: g.ways, hostname: g.config.Hostname, expire: g.policy().Expire, now: g.clock, reported: g.metrics.Reported, log: g.log}
	g.task("reports", stageKeeping, r.run)
	return nil
}

// sweepEvery is how often the queue is swept.
const sweepEvery = time.Minute

func (g *Gateway) addHousekeeping() error {
	g.task("sweep", stageKeeping, func(ctx context.Context) error {
		tick := time.NewTicker(sweepEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
			if err := g.queue.Sweep(ctx); err != nil && ctx.Err() == nil {
				g.log.Error("cannot sweep the queue", "error", err)
			}
		}
	})
	return nil
}

// losses tells what the translation could not carry over.
func (g *Gateway) losses(m *mail.Mail, list []mapping.Loss) {
	g.metrics.Lost(m.Source.Kind == "outbox", len(list))
	for _, l := range list {
		g.log.Warn("lost in translation", "msg", m.ID, "loss", l.String())
	}
}

// Run serves until ctx ends, or a task fails, and takes everything down.
func (g *Gateway) Run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var running [stages]sync.WaitGroup
	var cancels [stages]context.CancelFunc
	var contexts [stages]context.Context
	for s := range contexts {
		contexts[s], cancels[s] = context.WithCancel(context.WithoutCancel(ctx))
		defer cancels[s]()
	}
	for _, t := range g.tasks {
		running[t.stage].Go(func() {
			if err := t.run(contexts[t.stage]); err != nil && contexts[t.stage].Err() == nil {
				stop(fmt.Errorf("%s: %w", t.name, err))
			}
		})
	}
	<-ctx.Done()
	g.log.Info("stopping")
	for s := range contexts {
		cancels[s]()
		running[s].Wait()
	}
	err := context.Cause(ctx)
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return errors.Join(err, g.Close(end))
}

// Close frees what New has opened, the last first.
func (g *Gateway) Close(ctx context.Context) error {
	var all []error
	for i := len(g.teardown) - 1; i >= 0; i-- {
		if err := g.teardown[i].close(ctx); err != nil {
			all = append(all, fmt.Errorf("closing %s: %w", g.teardown[i].name, err))
		}
	}
	g.teardown = nil
	return errors.Join(all...)
}

// Queue gives the queue, for those who look into it.
func (g *Gateway) Queue() queue.Inspector { return g.queue }
