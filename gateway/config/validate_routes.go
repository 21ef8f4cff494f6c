package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mapigate/mapigate/gateway/route"
)

// sourceKinds are the kinds of sources that routes may name.
var sourceKinds = []string{"smtp", "drop", "outbox", "journal", "gateway"}

func (v *validator) routes(c *Config) {
	for i := range c.Routes {
		path := fmt.Sprintf("routes[%d]", i)
		r := &c.Routes[i]
		for n, s := range r.Source {
			v.check(v.isSource(c, s), fmt.Sprintf("%s.source[%d]", path, n),
				"%q is no source: write smtp, outbox, gateway, or the name of a listener or watched mailbox", s)
		}
		v.via(path+".via", &r.Via, c)
	}
}

func (v *validator) isSource(c *Config, name string) bool {
	return slices.Contains(sourceKinds, name) ||
		slices.ContainsFunc(c.Listeners, func(l Listener) bool { return l.Name == name }) ||
		slices.ContainsFunc(c.Drop, func(d Drop) bool { return d.Name == name }) ||
		slices.ContainsFunc(c.Outbox, func(o Outbox) bool { return slices.Contains(o.Mailboxes, name) })
}

func (v *validator) via(path string, via *route.Via, c *Config) {
	switch via.Kind {
	case "":
		v.fail(path, "is needed: exchange, exchange/NAME, internet, smarthost/NAME or reject")
	case route.Exchange:
		if via.Name == "" && len(c.Exchange) == 1 {
			via.Name = c.Exchange[0].Name
		}
		known := slices.ContainsFunc(c.Exchange, func(e Exchange) bool { return e.Name == via.Name })
		v.check(known, path, "there is no exchange named %q", via.Name)
	case route.Smarthost:
		known := slices.ContainsFunc(c.Internet.Smarthosts, func(s Smarthost) bool { return s.Name == via.Name })
		v.check(known, path, "there is no smarthost named %q", via.Name)
	}
}

// names sees to it that no name is given twice.
func (v *validator) names(c *Config) {
	seen := map[string]string{}
	once := func(kind, name, path string) {
		if before, twice := seen[kind+"\x00"+name]; twice && name != "" {
			v.fail(path, "%q is the name of %s already", name, before)
		}
		seen[kind+"\x00"+name] = parent(path)
	}
	for i, l := range c.Listeners {
		once("listener", l.Name, fmt.Sprintf("listeners[%d].name", i))
	}
	for i, d := range c.Drop {
		once("listener", d.Name, fmt.Sprintf("drop[%d].name", i))
	}
	for i, e := range c.Exchange {
		once("exchange", e.Name, fmt.Sprintf("exchange[%d].name", i))
	}
	for i, s := range c.Internet.Smarthosts {
		once("smarthost", s.Name, fmt.Sprintf("internet.smarthosts[%d].name", i))
	}
	for i, o := range c.Outbox {
		for n, m := range o.Mailboxes {
			once("mailbox", strings.ToLower(m), fmt.Sprintf("outbox[%d].mailboxes[%d]", i, n))
		}
	}
}

// Table gives the routes as the table that decides. Where the file has none, mail from mailboxes goes to the internet
// and all other mail into Exchange.
func (c *Config) Table() route.Table {
	var t route.Table
	for _, r := range c.Routes {
		t = append(t, route.Rule{Sources: r.Source, From: r.From, To: r.To, Via: r.Via, Text: r.Text})
	}
	if len(t) > 0 {
		return t
	}
	everything := route.Via{Kind: route.Internet}
	if len(c.Exchange) == 0 {
		return route.Table{{Via: everything}}
	}
	return route.Table{
		{Sources: []string{"outbox", "journal"}, Via: everything},
		{Via: route.Via{Kind: route.Exchange, Name: c.Exchange[0].Name}},
	}
}
