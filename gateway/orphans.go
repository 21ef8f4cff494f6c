package gateway

import (
	"github.com/mapigate/mapigate/gateway/admin/api"
	"github.com/mapigate/mapigate/gateway/orphan"
	"github.com/mapigate/mapigate/gateway/parts"
)

// addOrphans looks after mail whose courier the configuration does not have.
func (g *generation) addOrphans() (err error) {
	names := CourierNames(g.config)
	g.orphans, err = parts.Made(g.parts, "orphans", []any{names, g.config.Hostname}, nil, func(p *parts.Part) (*orphan.Keeper, error) {
		k := orphan.New(orphan.Options{Queue: g.queue, Couriers: names, Worker: "orphans at " + g.config.Hostname, Logger: g.log})
		p.Task(parts.Task{Name: "orphans", Stage: parts.Couriers, Run: k.Run})
		return k, nil
	})
	return err
}

// orphaned are the checks that fail because mail waits for nobody.
func (g *generation) orphaned() (list []api.Check) {
	if g.orphans == nil {
		return nil // another gateway sends
	}
	for _, o := range g.orphans.Orphans() {
		list = append(list, api.Check{Name: "mail for " + o.Courier, Text: o.String() + "; " + orphan.Remedy})
	}
	return list
}
