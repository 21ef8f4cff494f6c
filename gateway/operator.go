package gateway

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mapigate/mapigate/gateway/admin/api"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/courier"
	"github.com/mapigate/mapigate/gateway/parts"
	"github.com/mapigate/mapigate/gateway/route"
)

// courierNames lists the couriers of a configuration.
func courierNames(c *config.Config) []string {
	names := []string{route.InternetCourier, courier.RefuseName}
	for i := range c.Exchange {
		names = append(names, route.ExchangeCourier(c.Exchange[i].Name), depositCourier+"/"+c.Exchange[i].Name)
	}
	return names
}

// down gives the destinations that do not answer, by courier.
func (g *generation) down() map[string][]courier.Down {
	all := map[string][]courier.Down{}
	for _, c := range g.couriers {
		if d := c.Down(); len(d) > 0 {
			all[c.Name()] = d
		}
	}
	return all
}

// checks says what works. One domain of the internet that does not answer is not our fault; an Exchange or a
// smarthost that does not is.
func (g *generation) checks(context.Context) []api.Check {
	var all []api.Check
	for _, l := range g.listeners {
		all = append(all, api.Check{Name: "listener " + l.name, OK: l.serving.Load(), Accept: true, Text: l.nets[0].Addr().String()})
	}
	down := g.down()
	for _, p := range g.probes {
		check := p.check()
		// A courier hears of it before the probe does.
		if list := down[route.ExchangeCourier(p.name)]; len(list) > 0 {
			check.OK, check.Text = false, list[0].Last.Text
			delete(down, route.ExchangeCourier(p.name))
		}
		all = append(all, check)
	}
	for name, list := range down {
		for _, d := range list {
			if strings.HasPrefix(d.Destination, route.Smarthost+"/") {
				all = append(all, api.Check{Name: d.Destination, Text: fmt.Sprintf("%s since %s", d.Last.Text, d.Since.Format(time.RFC3339))})
			} else if name != route.InternetCourier {
				all = append(all, api.Check{Name: "courier " + name, Text: d.Last.Text})
			}
		}
	}
	for _, w := range g.watchers.all() {
		s := watchState(w.Watcher)
		all = append(all, api.Check{Name: "watch " + w.Mailbox(), OK: s.State != "failing", Text: s.Text})
	}
	slices.SortStableFunc(all, func(a, b api.Check) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// probeEvery is how often an Exchange is asked whether it works, so that the operator hears of it before a mail does.
const probeEvery = 30 * time.Second

// probeDown is how often an Exchange that does not answer is asked whether it does again: mail waits for that.
const probeDown = 5 * time.Second

// A probe keeps what was last known of one Exchange.
type probe struct {
	name string
	ask  func(context.Context) error

	mu   sync.Mutex
	done bool
	err  error
}

func (p *probe) check() api.Check {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := api.Check{Name: "exchange " + p.name, OK: p.done && p.err == nil}
	switch {
	case p.err != nil:
		c.Text = p.err.Error()
	case !p.done:
		c.Text = "not asked yet"
	}
	return c
}

// run asks until ctx ends.
func (p *probe) run(ctx context.Context) error {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		asking, cancel := context.WithTimeout(ctx, probeEvery)
		err := p.ask(asking)
		cancel()
		if ctx.Err() != nil {
			return nil
		}
		p.mu.Lock()
		p.done, p.err = true, err
		p.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// addProbes asks each Exchange that has a mailbox to ask with.
func (g *generation) addProbes() error {
	for i := range g.config.Exchange {
		e := &g.config.Exchange[i]
		through := submitting(e)
		if len(through) == 0 {
			continue
		}
		accounts, name := g.orgs[e.Name].Accounts, "probe "+e.Name
		p, err := parts.Made(g.parts, name, []any{through[0]}, []string{exchangePart(e.Name)}, func(own *parts.Part) (*probe, error) {
			p := &probe{name: e.Name, ask: func(ctx context.Context) error { return accounts.Probe(ctx, through[0]) }}
			own.Task(parts.Task{Name: name, Stage: parts.Keeping, Run: p.run})
			return p, nil
		})
		if err != nil {
			return err
		}
		g.probes = append(g.probes, p)
	}
	return nil
}
