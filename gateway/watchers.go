package gateway

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/courier"
	"github.com/mapigate/mapigate/gateway/outbox"
	"github.com/mapigate/mapigate/gateway/parts"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/roster"
	"github.com/mapigate/mapigate/gateway/route"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/watch"
)

// addWatchers makes what watches mailboxes.
func (g *generation) addWatchers() error {
	sets := make(map[string]*watch.Set)
	for i := range g.config.Outbox {
		o := &g.config.Outbox[i]
		if sets[o.Exchange] == nil {
			set, err := g.watchSet(o.Exchange)
			if err != nil {
				return err
			}
			sets[o.Exchange] = set
		}
		for _, mailbox := range o.Mailboxes {
			if err := g.addWatcher(o, mailbox, sets[o.Exchange]); err != nil {
				return fmt.Errorf("mailbox %s: %w", mailbox, err)
			}
		}
		if o.Group != "" || o.Directory.Set() {
			if err := g.addRoster(i, o, sets[o.Exchange]); err != nil {
				return err
			}
		}
	}
	return nil
}

// watchSet makes what watches the mailboxes of an organisation, as often as the
// one in the greatest hurry wants.
func (g *generation) watchSet(exchange string) (*watch.Set, error) {
	seldom := time.Duration(0)
	for _, o := range g.config.Outbox {
		if poll := time.Duration(o.Poll); o.Exchange == exchange && (seldom == 0 || poll < seldom) {
			seldom = poll
		}
	}
	name := setPart(exchange)
	return parts.Made(g.parts, name, []any{seldom}, nil, func(p *parts.Part) (*watch.Set, error) {
		set := watch.New(watch.Options{Often: min(seldom, watch.DefaultOften), Seldom: seldom, Log: g.log.With("exchange", exchange)})
		p.Task(parts.Task{Name: name, Stage: parts.Sources, Run: set.Run})
		return set, nil
	})
}

func setPart(exchange string) string { return "watches of " + exchange }

// everyWatcher is what of the configuration the watching of a group depends on, whoever is in it.
func (g *generation) everyWatcher(o *config.Outbox) []any {
	group := *o
	group.Mailboxes = nil
	return []any{group, g.config.Hostname, g.config.Rewrite}
}

func (g *generation) addWatcher(o *config.Outbox, mailbox string, set *watch.Set) error {
	below := []string{tracingPart, exchangePart(o.Exchange), setPart(o.Exchange)}
	_, err := parts.Made(g.parts, watchPart(mailbox), g.everyWatcher(o), below, func(p *parts.Part) (*outbox.Watcher, error) {
		opts, err := g.watcherOptions(o, mailbox)
		if err != nil {
			return nil, err
		}
		p.AtEnd("client of "+mailbox, func(context.Context) error { opts.Client.Close(); return nil })
		opts.Set = set
		w, err := outbox.New(opts)
		if err == nil {
			p.Task(parts.Task{Name: watchPart(mailbox), Stage: parts.Sources, Run: g.watching(w, o)})
		}
		return w, err
	})
	return err
}

// watching runs a watcher of a group, and lets the operator see it as long as it runs.
func (l *lasting) watching(w *outbox.Watcher, o *config.Outbox) func(context.Context) error {
	return func(ctx context.Context) error {
		shown := watched{w, o}
		l.watchers.add(shown)
		l.metrics.Mailboxes(groupOf(o), 1)
		defer l.metrics.Mailboxes(groupOf(o), -1)
		defer l.watchers.remove(shown)
		return w.Run(ctx)
	}
}

// addRoster watches the mailboxes of a group. Which mailboxes have entries of their own matters to it, too.
func (g *generation) addRoster(i int, o *config.Outbox, set *watch.Set) error {
	name := fmt.Sprintf("roster %d of %s", i+1, o.Exchange)
	of := g.everyWatcher(o)
	var fixed []string
	for _, other := range g.config.Outbox {
		of = append(of, other.Mailboxes)
		fixed = append(fixed, other.Mailboxes...)
	}
	_, err := parts.Made(g.parts, name, of, []string{tracingPart, exchangePart(o.Exchange), setPart(o.Exchange)}, func(p *parts.Part) (*roster.Roster, error) {
		org := g.orgs[o.Exchange]
		r := &roster.Roster{
			Group: o, Fixed: fixed, Log: g.log.With("exchange", o.Exchange),
			Client: func() (*mapiclient.Client, error) { return org.Client(org.Config.Mailbox) },
			Watch:  func(mailbox string) (func(context.Context), error) { return g.watchMember(o, mailbox, set) },
		}
		p.Task(parts.Task{Name: name, Stage: parts.Sources, Run: r.Run})
		return r, nil
	})
	return err
}

// watchMember prepares the watching of a mailbox that a roster names.
func (g *generation) watchMember(o *config.Outbox, mailbox string, set *watch.Set) (run func(context.Context), err error) {
	opts, err := g.watcherOptions(o, mailbox)
	if err != nil {
		return nil, err
	}
	opts.Set = set
	w, err := outbox.New(opts)
	if err != nil {
		return nil, err
	}
	g.ways.watch(mailbox, o.Exchange)
	return func(ctx context.Context) {
		defer opts.Client.Close()
		_ = g.watching(w, o)(ctx) // ends with ctx alone
	}, nil
}

// A watched mailbox is a watcher with the entry of the configuration that it comes from.
type watched struct {
	*outbox.Watcher
	group *config.Outbox
}

// A watcherList is the watchers that there are now.
type watcherList struct {
	mu   sync.Mutex
	list []watched
}

func (l *watcherList) add(w watched) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, w)
}

func (l *watcherList) remove(w watched) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = slices.DeleteFunc(l.list, func(o watched) bool { return o == w })
}

func (l *watcherList) all() []watched {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.list)
}

// watcherOptions say how the mailboxes of a group are watched.
func (g *generation) watcherOptions(o *config.Outbox, mailbox string) (outbox.Options, error) {
	client, err := g.orgs[o.Exchange].Client(mailbox)
	if err != nil {
		return outbox.Options{}, err
	}
	mark, err := markOf(o.Mark)
	if err != nil {
		return outbox.Options{}, err
	}
	grace := time.Duration(o.Grace)
	if grace == 0 {
		grace = -1
	}
	var own queue.Leg
	if o.Own == config.OwnExchange {
		own = queue.Leg{Courier: route.ExchangeCourier(o.Exchange), Route: "own recipient", Destination: o.Exchange}
	}
	submits := route.ExchangeCourier(o.Exchange)
	return outbox.Options{
		Submits: func(l queue.Leg) bool { return l.Courier == submits },
		Own:     own, ListLimit: o.ExpandLists,
		Mailbox: mailbox, Client: client, Queue: g.claimedQueue(), Legs: g.claimedLegs, Refuse: courier.RefuseLeg,
		Mode: outbox.Mode(o.Mode), Folder: o.Folder, Mark: mark, SendAs: o.Senders, Grace: grace, Poll: time.Duration(o.Poll),
		JournalSenders: o.Journal.Senders, JournalRecipients: matcher(o.Journal.Recipients),
		Now:    g.clock,
		Holder: g.config.Hostname, Domain: g.config.Hostname, Losses: g.losses, Observer: groupObserver{g.observer(), groupOf(o)}, Log: g.log,
	}, nil
}

// markOf reads a mark: the name of a category, or {GUID}/name.
func markOf(text string) (outbox.Mark, error) {
	if !strings.HasPrefix(text, "{") {
		return outbox.Mark{Category: text}, nil
	}
	name, err := mapi.ParsePropertyName(text)
	if err != nil {
		return outbox.Mark{}, fmt.Errorf("mark: %w", err)
	}
	return outbox.Mark{Property: &name}, nil
}

// matcher tells which addresses a list of patterns means.
func matcher(patterns []route.Pattern) func(string) bool {
	return func(address string) bool {
		return slices.ContainsFunc(patterns, func(p route.Pattern) bool { return p.Match(address) })
	}
}
