package gateway

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/courier"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/memory"
	"github.com/mapigate/mapigate/gateway/organisation"
	"github.com/mapigate/mapigate/gateway/orphan"
	"github.com/mapigate/mapigate/gateway/parts"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/recipients"
	"github.com/mapigate/mapigate/gateway/rewrite"
	"github.com/mapigate/mapigate/gateway/synchronous"
	"github.com/mapigate/mapigate/gateway/tracing"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapping"
	"github.com/mapigate/mapigate/smtpside/signin"
)

// A generation is what one configuration makes.
type generation struct {
	*lasting
	config *config.Config
	parts  *parts.Set

	memory    *memory.Floor
	tracer    *tracing.Tracer // nil without a collector
	orgs      map[string]*organisation.Organisation
	incoming  *rewrite.Incoming
	generic   *rewrite.Table
	couriers  []*courier.Courier
	direct    map[string]synchronous.Way // couriers into Exchange that listeners may use at once, by name
	orphans   *orphan.Keeper
	probes    []*probe
	bans      *signin.Bans
	listeners []*listener

	recipients recipients.Books
	rooms      recipients.Rooms
}

// newGeneration makes what a configuration asks for, and takes from the generation before, if any, what is the same in it. Nothing runs
// yet. When something cannot be made, nothing is left of it.
func newGeneration(l *lasting, c *config.Config, before *generation) (*generation, error) {
	g := &generation{
		lasting: l, config: c, memory: memory.NewFloor(int64(c.Queue.MinMemory)),
		orgs: make(map[string]*organisation.Organisation), direct: make(map[string]synchronous.Way), recipients: recipients.Books{}, rooms: recipients.Rooms{},
	}
	var had *parts.Set
	if before != nil {
		had = before.parts
	}
	g.parts = l.keeper.NewSet(had)
	for _, step := range []func() error{
		g.addTracing, g.addRewrites, g.addOrganisations, g.addExchange, g.addInternet, g.addRefusal, g.when(config.RoleSend, g.addOrphans), g.when(config.RoleWatch, g.addWatchers), g.when(config.RoleSend, g.addReports), g.addHousekeeping, g.addProbes, g.addRecipients, g.addBans, g.when(config.RoleReceive, g.addDrops), g.when(config.RoleReceive, g.addListeners),
	} {
		if err := step(); err != nil {
			end, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			return nil, errors.Join(err, g.parts.Release(end))
		}
	}
	g.parts.Seal()
	return g, nil
}

// when makes a step for gateways of a role.
func (g *generation) when(role string, step func() error) func() error {
	if g.config.Plays(role) {
		return step
	}
	return func() error { return nil }
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
	g.tracer, err = parts.Made(g.parts, tracingPart, []any{t, g.config.Hostname}, nil, func(p *parts.Part) (*tracing.Tracer, error) {
		tracer, err := tracing.New(context.Background(), tracing.Options{Endpoint: t.Endpoint, Percent: t.Percent, Hostname: g.config.Hostname, Version: g.version})
		if err == nil {
			p.AtEnd(tracingPart, tracer.Close)
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
		org, err := parts.Made(g.parts, exchangePart(e.Name), []any{accessTo(e), config.Contents(e.Files())}, nil, func(p *parts.Part) (*organisation.Organisation, error) {
			org, err := organisation.New(e, g.observers(e), g.log)
			if err == nil {
				p.AtEnd(exchangePart(e.Name), func(ctx context.Context) error { org.Close(ctx); return nil })
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

func (g *generation) observers(e *config.Exchange) organisation.Observers {
	name := e.Name
	return organisation.Observers{
		Requests: g.metrics.MAPI(name), Tokens: g.metrics.Token(name), Trace: g.trace,
		ROPs: func(id rop.ID, err error) { g.metrics.ROP(name, id.String(), errorName(err)) },
	}
}

// sweepEvery is how often the queue is swept.
const sweepEvery = time.Minute

func (g *generation) addHousekeeping() error {
	_, err := parts.Made(g.parts, "sweep", nil, nil, func(p *parts.Part) (struct{}, error) {
		p.Task(parts.Task{Name: "sweep", Stage: parts.Keeping, Run: sweep(g.queue, g.log)})
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
