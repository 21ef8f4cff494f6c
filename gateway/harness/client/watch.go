package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapiclient/watch"
)

// A crowd is all mailboxes with those who watch them.
type crowd struct {
	clients  []*mapiclient.Client
	accounts int
	conns    []*mapihttp.Connections
	lags     lags
}

// lags are how long messages lay until they were seen.
type lags struct {
	mu     sync.Mutex
	told   []time.Duration
	polled []time.Duration
}

// A mailbox is one of the crowd.
type mailbox struct {
	crowd *crowd
	entry *watch.Entry
	last  mapi.MessageID
}

// A look is the work in one session.
type look struct {
	*mailbox
	session *mapiclient.Mailbox
}

func newCrowd(x *exchange) (*crowd, error) {
	c := &crowd{accounts: len(x.Accounts)}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(x.CA)
	signIns := make([]auth.Authenticator, len(x.Accounts))
	for i, a := range x.Accounts {
		signIns[i] = auth.NewBasic(auth.Credentials{User: a, Password: auth.NewSecret(password)})
		c.conns = append(c.conns, mapihttp.NewConnections(signIns[i], mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: roots}}))
	}
	for i, m := range x.Mailboxes {
		client, err := mapiclient.New(mapiclient.Options{
			Endpoint: mapiclient.Endpoint{URL: m.URL, UserDN: m.DN}, Auth: signIns[i%c.accounts], Connections: c.conns[i%c.accounts],
		})
		if err != nil {
			return nil, err
		}
		c.clients = append(c.clients, client)
	}
	return c, nil
}

// watch starts a set for each account. The function it gives stops them.
func (c *crowd) watch(ctx context.Context, longPolls int, seldom time.Duration) (sets []*watch.Set, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	for range c.accounts {
		sets = append(sets, watch.New(watch.Options{LongPolls: longPolls, Often: 5 * time.Second, Seldom: seldom}))
	}
	for i, client := range c.clients {
		m := &mailbox{crowd: c}
		m.entry = sets[i%c.accounts].Add(client, m)
	}
	for _, s := range sets {
		running.Go(func() { _ = s.Run(ctx) })
	}
	return sets, func() { cancel(); running.Wait() }
}

// Begin implements watch.Handler.
func (m *mailbox) Begin(_ context.Context, s *mapiclient.Mailbox) (watch.Work, error) {
	return &look{mailbox: m, session: s}, nil
}

// Failed implements watch.Handler.
func (m *mailbox) Failed(err error, _ time.Time) { fmt.Println("watching failed:", err) }

// Folder implements watch.Work.
func (l *look) Folder() mapi.FolderID { return l.session.SpecialFolder(rop.FolderInbox) }

// End implements watch.Work.
func (l *look) End(context.Context) {}

// Look counts how long what is new has lain there.
func (l *look) Look(ctx context.Context) (time.Time, error) {
	rows, err := l.session.Messages(ctx, l.Folder(), mapiclient.Query{Columns: []mapi.PropTag{mapi.PidTagSubject.Tag()}})
	if err != nil {
		return time.Time{}, err
	}
	now := time.Now()
	for _, r := range rows {
		if r.ID <= l.last {
			continue
		}
		l.last = r.ID
		sent, err := strconv.ParseInt(mapi.PidTagSubject.Get(r.Props), 10, 64)
		if err != nil {
			continue
		}
		l.crowd.lags.add(now.Sub(time.Unix(0, sent)), l.entry.Told())
	}
	return time.Time{}, nil
}

func (l *lags) add(d time.Duration, told bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if told {
		l.told = append(l.told, d)
	} else {
		l.polled = append(l.polled, d)
	}
}

func (l *lags) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.told) + len(l.polled)
}

// looked waits until every mailbox has been looked at since the sets were made.
func looked(ctx context.Context, sets []*watch.Set, each, longPolls int) error {
	for _, s := range sets {
		for stats := s.Stats(); stats.Polls < uint64(each) || stats.LongPolls < longPolls; stats = s.Stats() {
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	return nil
}

func watchAll(ctx context.Context, o *options, x *exchange) error {
	x.Mailboxes = slices.Clip(x.Mailboxes)
	each := o.mailboxes / o.accounts
	before := memory()
	c, err := newCrowd(x)
	if err != nil {
		return err
	}
	// All are polled.
	start := time.Now()
	sets, stop := c.watch(ctx, -1, time.Hour)
	if err := looked(ctx, sets, each, 0); err != nil {
		return err
	}
	say("first look at every mailbox", "%v", time.Since(start).Round(time.Millisecond))
	polled := memory()
	perMailbox := (polled - before) / int64(o.mailboxes)
	aim("memory per polled mailbox", bytes(perMailbox), perMailbox <= aimPolled, bytes(aimPolled))
	stop()
	// Some are told.
	sets, stop = c.watch(ctx, o.longPolls/o.accounts, o.seldom)
	defer stop()
	if err := looked(ctx, sets, each, o.longPolls/o.accounts); err != nil {
		return err
	}
	time.Sleep(time.Second) // what was needed to begin is given back
	perPoll := (memory() - polled) / int64(o.longPolls)
	aim("memory per long poll", bytes(perPoll), perPoll <= aimLongPoll, bytes(aimLongPoll))
	if err := c.atRest(o, x, sets); err != nil {
		return err
	}
	return c.arrival(ctx, o, x, sets)
}

func bytes(n int64) string { return fmt.Sprintf("%.1f KiB", float64(n)/1024) }

// atRest measures while nothing happens.
func (c *crowd) atRest(o *options, x *exchange, sets []*watch.Set) error {
	server, err := x.ask(order{})
	if err != nil {
		return err
	}
	own, polls, start := cpuTime(), polls(sets), time.Now()
	time.Sleep(o.rest)
	again, err := x.ask(order{})
	if err != nil {
		return err
	}
	took := time.Since(start).Seconds()
	say("polls at rest", "%.0f/s", float64(countPolls(sets)-polls)/took)
	say("processor at rest, client", "%.1f %%", 100*(cpuTime()-own).Seconds()/took)
	say("processor at rest, test Exchange", "%.1f %%", 100*(again.CPU-server.CPU).Seconds()/took)
	return nil
}

func polls(sets []*watch.Set) uint64 { return countPolls(sets) }

func countPolls(sets []*watch.Set) (n uint64) {
	for _, s := range sets {
		n += s.Stats().Polls
	}
	return n
}

// arrival measures how long mail lies until it is seen.
func (c *crowd) arrival(ctx context.Context, o *options, x *exchange, sets []*watch.Set) error {
	r, err := x.ask(order{Arrive: o.arrive, Rate: o.perSecond})
	if err != nil {
		return err
	}
	for end := time.Now().Add(2*o.seldom + 10*time.Second); c.lags.count() < r.Arrived && time.Now().Before(end) && ctx.Err() == nil; {
		time.Sleep(50 * time.Millisecond)
	}
	c.lags.mu.Lock()
	defer c.lags.mu.Unlock()
	var stats watch.Stats
	for _, s := range sets {
		stats.Failures += s.Stats().Failures
	}
	say("mail that arrived, seen", "%d, %d", r.Arrived, len(c.lags.told)+len(c.lags.polled))
	sayLags("lag where the server tells", c.lags.told)
	sayLags("lag where it is polled", c.lags.polled)
	if seen := len(c.lags.told) + len(c.lags.polled); seen != r.Arrived || stats.Failures > 0 {
		return errors.New("not everything was seen, or something failed")
	}
	return nil
}

func sayLags(what string, l []time.Duration) {
	if len(l) == 0 {
		return
	}
	slices.Sort(l)
	say(what, "median %v, worst %v (of %d)", l[len(l)/2].Round(time.Millisecond), l[len(l)-1].Round(time.Millisecond), len(l))
}
