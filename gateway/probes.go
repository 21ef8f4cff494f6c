package gateway

import (
	"context"
	"sync"
	"time"

	"github.com/mapigate/mapigate/gateway/admin/api"
	"github.com/mapigate/mapigate/gateway/parts"
)

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
