package gateway

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/courier"
	"github.com/mapigate/mapigate/gateway/exchange"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/outlets"
	"github.com/mapigate/mapigate/gateway/parts"
	"github.com/mapigate/mapigate/gateway/recipients"
	"github.com/mapigate/mapigate/gateway/route"
	"github.com/mapigate/mapigate/gateway/synchronous"
	"github.com/mapigate/mapigate/smtpside/tlspolicy"
)

// everyCourier is what of the configuration every courier depends on.
func (g *generation) everyCourier() []any {
	c := g.config
	return []any{c.Hostname, c.Retry.First, c.Retry.Most, c.Queue.Lease, c.Plays(config.RoleSend)}
}

// addCourier makes a courier and its task.
func (g *generation) addCourier(p *parts.Part, o courier.Options) (*courier.Courier, error) {
	o.Queue, o.Logger, o.Observer = g.queue, g.log, g.observer()
	// What is tried again soon is not left alone for long either.
	o.DownFirst, o.DownMost = min(30*time.Second, time.Duration(g.config.Retry.First)), min(10*time.Minute, time.Duration(g.config.Retry.Most))
	o.Worker, o.LeaseTime = o.Name+" at "+g.config.Hostname, time.Duration(g.config.Queue.Lease)
	c, err := courier.New(o)
	if err != nil {
		return nil, err
	}
	if g.config.Plays(config.RoleSend) {
		p.Task(parts.Task{Name: "courier " + o.Name, Stage: parts.Couriers, Run: c.Run, Retire: c.Retire})
	}
	return c, nil
}

// employ notes couriers that deliver here.
func (g *generation) employ(list ...*courier.Courier) {
	if g.config.Plays(config.RoleSend) {
		g.couriers = append(g.couriers, list...)
	}
}

// exchangeCouriers are the couriers into one organisation.
type exchangeCouriers struct {
	list   []*courier.Courier
	direct synchronous.Way
	fits   recipients.Fits
}

func (g *generation) addExchange() error {
	for i := range g.config.Exchange {
		e := &g.config.Exchange[i]
		all, err := parts.Made(g.parts, couriersPart(e.Name), append(g.everyCourier(), e), []string{tracingPart, exchangePart(e.Name)}, func(p *parts.Part) (*exchangeCouriers, error) {
			return g.newExchangeCouriers(p, e)
		})
		if err != nil {
			return fmt.Errorf("exchange %s: %w", e.Name, err)
		}
		g.direct[route.ExchangeCourier(e.Name)] = all.direct
		if e.Recipients.Room {
			g.rooms[route.ExchangeCourier(e.Name)] = all.fits
		}
		g.employ(all.list...)
	}
	return nil
}

func (g *generation) newExchangeCouriers(p *parts.Part, e *config.Exchange) (*exchangeCouriers, error) {
	org := g.orgs[e.Name]
	deposit, err := exchange.NewDepositor(exchange.DepositorOptions{Accounts: org.Accounts, Losses: g.losses, Log: g.log})
	if err != nil {
		return nil, err
	}
	deliver := deposit.Deliver
	fits := func(ctx context.Context, _ mail.Source, _, to string, size int64) (mail.Outcome, bool) {
		return deposit.Fits(ctx, to, size)
	}
	if e.Deliver != config.DeliverInbox {
		submitter, err := exchange.NewSubmitter(exchange.SubmitterOptions{
			Accounts: org.Accounts, Identities: identities(e), Fallback: e.Mailbox,
			SentItems: exchange.SentItems(e.SentItems), MaxRecipients: e.MaxRecipients, OneRequest: e.OneRequest, Losses: g.losses, Log: g.log,
		})
		if err != nil {
			return nil, err
		}
		deliver = submitter.Deliver
		fits = func(ctx context.Context, source mail.Source, from, _ string, size int64) (mail.Outcome, bool) {
			return submitter.Fits(ctx, source, from, size)
		}
		p.Task(parts.Task{Name: "ledgers of " + e.Name, Stage: parts.Keeping, Run: func(ctx context.Context) error {
			return org.Accounts.Keep(ctx, submitting(e), g.oldest(route.ExchangeCourier(e.Name)), g.log.With("exchange", e.Name))
		}})
	}
	all := &exchangeCouriers{direct: synchronous.Way{Deliver: deliver, Together: e.Deliver != config.DeliverInbox}, fits: fits}
	var probe func(context.Context, string) error // without one, mails find out
	if through := submitting(e); len(through) > 0 {
		probe = func(ctx context.Context, _ string) error { return org.Accounts.Probe(ctx, through[0]) }
	}
	for _, o := range []courier.Options{
		{Name: route.ExchangeCourier(e.Name), Deliver: deliver, Probe: probe, ProbeEvery: probeDown, Workers: e.Workers},
		{Name: depositCourier + "/" + e.Name, Deliver: deposit.Deliver, Workers: 2},
	} {
		c, err := g.addCourier(p, o)
		if err != nil {
			return nil, err
		}
		all.list = append(all.list, c)
	}
	return all, nil
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

func (g *generation) addInternet() error {
	c := g.config
	reports, err := g.addTLSReports()
	if err != nil {
		return err
	}
	n := &c.Internet
	of := append(g.everyCourier(), n, c.Hostname, outlets.Listened(c), c.Rewrite.Generic, config.Contents(n.Files()))
	out, err := parts.Made(g.parts, route.InternetCourier, of, []string{tracingPart, tlsReportsPart}, func(p *parts.Part) (*courier.Courier, error) {
		session := g.metrics.TLSSession
		if reports != nil {
			session = func(s tlspolicy.Session) {
				g.metrics.TLSSession(s)
				reports.Ledger.Count(s)
			}
		}
		out, sender, err := outlets.New(c, g.generic, g.metrics, session, g.log)
		if err != nil {
			return nil, err
		}
		p.AtEnd("sender", func(context.Context) error { return sender.Close() })
		if c.Plays(config.RoleSend) {
			p.Task(parts.Task{Name: "policies of domains", Stage: parts.Keeping, Run: sender.KeepPolicies})
		}
		return g.addCourier(p, courier.Options{
			Name: route.InternetCourier, Deliver: out.Deliver, Workers: n.Workers, PerDestination: n.PerDestination,
		})
	})
	g.employ(out)
	return err
}

func (g *generation) addRefusal() error {
	c, err := parts.Made(g.parts, courier.RefuseName, g.everyCourier(), []string{tracingPart}, func(p *parts.Part) (*courier.Courier, error) {
		return g.addCourier(p, courier.Options{Name: courier.RefuseName, Deliver: courier.Refuse, Workers: 1})
	})
	g.employ(c)
	return err
}

// oldest tells when the oldest mail of a courier that is not finished was received.
func (g *generation) oldest(courier string) func(context.Context) (time.Time, error) {
	return func(ctx context.Context) (time.Time, error) {
		stats, err := g.queue.Stats(ctx)
		return stats.Oldest[courier], err
	}
}
