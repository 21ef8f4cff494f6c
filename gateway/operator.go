package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/admin/api"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/courier"
	"github.com/mapigate/mapigate/gateway/outbox"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/route"
)

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
	all = append(all, g.orphaned()...)
	for _, w := range g.watchers.all() {
		s := watchState(w.Watcher)
		all = append(all, api.Check{Name: "watch " + w.Mailbox(), OK: s.State != "failing", Text: s.Text})
	}
	slices.SortStableFunc(all, func(a, b api.Check) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// flush makes a courier try a destination at once.
func (g *generation) flush(ctx context.Context, name, destination string) (int, error) {
	for _, c := range g.couriers {
		if c.Name() == name {
			return c.Flush(ctx, destination)
		}
	}
	return 0, nil
}

func (g *generation) downList() []api.Down {
	var list []api.Down
	for name, down := range g.down() {
		for _, d := range down {
			list = append(list, api.Down{Courier: name, Destination: d.Destination, Since: d.Since, Until: d.Until, Text: d.Last.Text})
		}
	}
	slices.SortFunc(list, func(a, b api.Down) int {
		return strings.Compare(a.Courier+"\x00"+a.Destination, b.Courier+"\x00"+b.Destination)
	})
	return list
}

// settings lists the configuration without its secrets.
func (g *generation) settings() []api.Setting {
	var list []api.Setting
	for _, s := range g.config.Summary() {
		list = append(list, api.Setting(s))
	}
	return list
}

// watchState tells how it stands with a watcher. A mailbox that another gateway of the same queue watches is as it should be.
func watchState(w *outbox.Watcher) api.Watch {
	on, why := w.State()
	switch {
	case on:
		return api.Watch{State: "watching"}
	case errors.Is(why, queue.ErrLocked):
		return api.Watch{State: "elsewhere", Text: "another gateway watches it"}
	case why == nil:
		return api.Watch{State: "failing", Text: "being opened"}
	}
	return api.Watch{State: "failing", Text: why.Error()}
}

// watches says how it stands with each watched mailbox: those of the configuration, and those that the address book names.
func (g *generation) watches() []api.Watch {
	list := []api.Watch{}
	for _, w := range g.watchers.all() {
		s := watchState(w.Watcher)
		s.Mailbox, s.Exchange, s.Mode = w.Mailbox(), w.group.Exchange, w.group.Mode
		if w.group.Mode == config.WatchFolder {
			s.Folder = w.group.Folder
		}
		list = append(list, s)
	}
	slices.SortStableFunc(list, func(a, b api.Watch) int { return strings.Compare(a.Mailbox, b.Mailbox) })
	return list
}
