package gateway

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/courier"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/rewrite"
	"github.com/mapigate/mapigate/gateway/tracing"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapping"
	"github.com/mapigate/mapigate/smtpside/signin"
)

// A generation is what one configuration makes.
type generation struct {
	*lasting
	config *config.Config
	before map[string]*part // what the generation before holds, while this one is made
	parts  []*part          // in the order in which they were made

	memory    *memory
	tracer    *tracing.Tracer // nil without a collector
	orgs      map[string]*organisation
	incoming  *rewrite.Incoming
	generic   *rewrite.Table
	couriers  []*courier.Courier
	direct    map[string]directWay // couriers into Exchange that listeners may use at once, by name
	probes    []*probe
	bans      *signin.Bans
	listeners []*listener

	recipients recipients
	rooms      rooms
}

// newGeneration makes what a configuration asks for, and takes from the generation before, if any, what is the same in it. Nothing runs
// yet. When something cannot be made, nothing is left of it.
func newGeneration(l *lasting, c *config.Config, before *generation) (*generation, error) {
	g := &generation{
		lasting: l, config: c, before: make(map[string]*part), memory: &memory{min: int64(c.Queue.MinMemory)},
		orgs: make(map[string]*organisation), direct: make(map[string]directWay), recipients: recipients{}, rooms: rooms{},
	}
	if before != nil {
		for _, p := range before.parts {
			g.before[p.name] = p
		}
	}
	for _, step := range []func() error{
		g.addTracing, g.addRewrites, g.addOrganisations, g.addExchange, g.addInternet, g.addRefusal, g.when(config.RoleWatch, g.addWatchers), g.when(config.RoleSend, g.addReports), g.addHousekeeping, g.addProbes, g.addRecipients, g.addBans, g.when(config.RoleReceive, g.addDrops), g.when(config.RoleReceive, g.addListeners),
	} {
		if err := step(); err != nil {
			end, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			return nil, errors.Join(err, g.release(end))
		}
	}
	g.before = nil
	return g, nil
}

// when makes a step for gateways of a role.
func (g *generation) when(role string, step func() error) func() error {
	if g.config.Plays(role) {
		return step
	}
	return func() error { return nil }
}

func policyOf(c *config.Config) queue.Policy {
	r, q := &c.Retry, &c.Queue
	p := queue.Policy{
		First: time.Duration(r.First), Most: time.Duration(r.Most), Expire: time.Duration(r.Expire),
		ExpireReports: time.Duration(r.ExpireReports), Warn: time.Duration(r.Warn),
		KeepDelivered: time.Duration(q.KeepDelivered), KeepFailed: time.Duration(q.KeepFailed),
	}
	if p.Unanswered = r.Unanswered; p.Unanswered == 0 {
		p.Unanswered = -1 // never
	}
	if p.Warn == 0 {
		p.Warn = -1 // never
	}
	return p.WithDefaults()
}

// Names of parts that others stand on.
const (
	tracingPart    = "tracing"
	bansPart       = "bans"
	tlsReportsPart = "tls reports"
)

func exchangePart(name string) string { return "exchange " + name }
func couriersPart(name string) string { return "couriers of " + name }
func bookPart(name string) string     { return "address book of " + name }
func watchPart(name string) string    { return "watch " + name }

func (g *generation) addTracing() (err error) {
	t := &g.config.Tracing
	if t.Endpoint == "" {
		return nil
	}
	g.tracer, err = made(g, tracingPart, []any{t, g.config.Hostname}, nil, func(p *part) (*tracing.Tracer, error) {
		tracer, err := tracing.New(context.Background(), tracing.Options{Endpoint: t.Endpoint, Percent: t.Percent, Hostname: g.config.Hostname, Version: g.version})
		if err == nil {
			p.atEnd(tracingPart, tracer.Close)
		}
		return tracer, err
	})
	return err
}

func (g *generation) addRewrites() (err error) {
	g.incoming, g.generic, err = newRewrites(&g.config.Rewrite)
	return err
}

func (g *generation) addOrganisations() error {
	for i := range g.config.Exchange {
		e := &g.config.Exchange[i]
		org, err := made(g, exchangePart(e.Name), []any{accessTo(e), config.Contents(e.Files())}, nil, func(p *part) (*organisation, error) {
			org, err := newOrganisation(e, g.observers(e), g.log)
			if err == nil {
				p.atEnd(exchangePart(e.Name), func(ctx context.Context) error { org.close(ctx); return nil })
			}
			return org, err
		})
		if err != nil {
			return err
		}
		g.orgs[e.Name] = org
	}
	return nil
}

// accessTo is what of an organisation's configuration its sessions depend on.
func accessTo(e *config.Exchange) config.Exchange {
	own := *e
	own.Deliver, own.SentItems, own.Identities, own.Recipients = "", "", nil, config.Recipients{}
	own.MaxRecipients, own.OneRequest, own.Workers = 0, false, 0
	return own
}

func (g *generation) observers(e *config.Exchange) observers {
	name := e.Name
	return observers{g.metrics.MAPI(name), g.metrics.Token(name), func(id rop.ID, err error) {
		g.metrics.ROP(name, id.String(), errorName(err))
	}, g.trace}
}

func (g *generation) addReports() error {
	expire := policyOf(g.config).Expire
	_, err := made(g, "reports", []any{g.config.Hostname, expire}, nil, func(p *part) (*reports, error) {
		r := &reports{queue: g.queue, ways: g.ways, hostname: g.config.Hostname, expire: expire, now: g.clock, reported: g.metrics.Reported, log: g.log}
		p.task(task{name: "reports", stage: stageKeeping, run: r.run})
		return r, nil
	})
	return err
}

// sweepEvery is how often the queue is swept.
const sweepEvery = time.Minute

func (g *generation) addHousekeeping() error {
	_, err := made(g, "sweep", nil, nil, func(p *part) (struct{}, error) {
		p.task(task{name: "sweep", stage: stageKeeping, run: sweep(g.queue, g.log)})
		return struct{}{}, nil
	})
	return err
}

// sweep sweeps a queue until ctx ends.
func sweep(q queue.Queue, log *slog.Logger) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		tick := time.NewTicker(sweepEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
			if err := q.Sweep(ctx); err != nil && ctx.Err() == nil {
				log.Error("cannot sweep the queue", "error", err)
			}
		}
	}
}

// losses tells what the translation could not carry over.
func (l *lasting) losses(m *mail.Mail, list []mapping.Loss) {
	l.metrics.Lost(m.Source.Kind == "outbox", len(list))
	for _, loss := range list {
		l.log.Warn("lost in translation", "msg", m.ID, "loss", loss.String())
	}
}
