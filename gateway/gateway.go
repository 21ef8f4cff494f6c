// Package gateway puts the rooms together: listeners, queue, couriers and
// watchers, as a configuration asks for them, and takes them down in order.
//
//  1. [New] opens what outlives a configuration (lasting: the queue, the metrics), makes the first generation of parts from the
//     configuration, and takes the addresses of the operator's view; nothing is served yet.
//  2. [Gateway.Run] serves until its context ends: first sources stop taking mail in, then couriers finish what is under way, then
//     reports and the operator's view end, and the queue closes.
//  3. [Gateway.Reload] makes another generation while the one before works. Parts of which both configurations say the same are in both,
//     untouched. The others begin, and those before them end in their own time: sessions with their clients, deliveries with their
//     answers. Each is closed then, and what it stands on when nothing else does.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mapigate/mapigate/gateway/admin"
	"github.com/mapigate/mapigate/gateway/admin/live"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/ingress"
	"github.com/mapigate/mapigate/gateway/metrics"
	"github.com/mapigate/mapigate/gateway/parts"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/sockets"
	"github.com/mapigate/mapigate/gateway/store"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
)

// Options are what a configuration file does not say.
type Options struct {
	// Log gets everything; nil is nowhere.
	Log *slog.Logger
	// Level, if set, is that of Log; a reload sets it.
	Level *slog.LevelVar
	// Load reads the configuration again for [Gateway.Reload], and is what makes the gateway look at its files; nil is never.
	Load func() (*config.Config, error)
	// Version is what the operator's view says.
	Version string
	// Clock is the machine's clock; nil is time.Now.
	Clock func() time.Time
	// Trace, if set, is told of every request to Exchange with its bodies.
	Trace func(mapihttp.Exchange)
}

// lasting is what outlives a configuration.
type lasting struct {
	version  string
	clock    func() time.Time
	trace    func(mapihttp.Exchange)
	log      *slog.Logger
	metrics  *metrics.Metrics
	live     *live.Recorder
	queue    queue.Queue
	ways     *ways
	watchers watcherList
	doubts   *ingress.Doubts // which the client sends again after a reload, too
	// systemd are the sockets that were handed over, which come once only.
	systemd map[string][]*sockets.Socket

	keeper parts.Keeper
}

// A Gateway is a configured gateway.
type Gateway struct {
	*lasting
	level *slog.LevelVar
	load  func() (*config.Config, error)

	started time.Time

	// The operator's view, which stays when the configuration changes.
	admin net.Addr
	view  *admin.Server
	own   *parts.Part // what serves it

	now atomic.Pointer[generation]

	mu       sync.Mutex    // one reload at a time, and none while going down
	runner   *parts.Runner // while it runs
	retiring sync.WaitGroup
}

// New prepares a gateway. Close it, or Run it.
func New(c *config.Config, o Options) (*Gateway, error) {
	g := &Gateway{level: o.Level, load: o.Load, own: parts.New("gateway"), lasting: &lasting{
		version: o.Version, clock: o.Clock, trace: o.Trace, log: o.Log,
		metrics: newMetrics(o.Version, c), live: live.New(nil), ways: newWays(), systemd: make(map[string][]*sockets.Socket),
		doubts: ingress.NewDoubts(),
	}}
	if g.log == nil {
		g.log = slog.New(slog.DiscardHandler)
	}
	if g.clock == nil {
		g.clock = time.Now
	}
	g.started = g.clock()
	if err := g.open(c); err != nil {
		return nil, errors.Join(err, g.Close(context.Background()))
	}
	g.metrics.Started(g.started)
	return g, nil
}

func (g *Gateway) open(c *config.Config) error {
	if err := g.openQueue(c); err != nil {
		return err
	}
	first, err := newGeneration(g.lasting, c, nil)
	if err != nil {
		return err
	}
	g.now.Store(first)
	g.ways.lead(c)
	if err := g.addAdmin(c); err != nil {
		return err
	}
	if g.load != nil {
		g.own.Task(parts.Task{Name: "watch of the configuration", Stage: parts.Sources, Run: g.watchFiles})
	}
	return nil
}

// OpenWith opens the queue with the engine that the configuration asks for.
func (g *Gateway) openQueue(c *config.Config) (err error) {
	if g.queue, err = store.OpenWith(c, g.clock, g.log); err != nil {
		return fmt.Errorf("opening the queue: %w", err)
	}
	g.own.AtEnd("queue", func(context.Context) error { return g.queue.Close() })
	return nil
}

// Run serves until ctx ends, or a task fails, and takes everything down.
func (g *Gateway) Run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r := parts.NewRunner(ctx, stop)
	g.mu.Lock()
	for _, p := range append(g.now.Load().parts.All(), g.own) {
		r.Start(p, nil)
	}
	g.runner = r
	g.mu.Unlock()

	<-ctx.Done()
	g.log.Info("stopping")
	g.mu.Lock()
	g.runner = nil
	g.mu.Unlock()
	r.Stop()
	g.retiring.Wait()
	err := context.Cause(ctx)
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return errors.Join(err, g.Close(end))
}

// Close frees what New has opened, the last first.
func (g *Gateway) Close(ctx context.Context) error {
	var errs []error
	if last := g.now.Load(); last != nil {
		errs = append(errs, last.parts.Release(ctx))
	}
	errs = append(errs, g.own.Close(ctx))
	return errors.Join(errs...)
}

// Queue gives the queue, for those who look into it.
func (g *Gateway) Queue() queue.Inspector { return g.queue }

// Addresses gives where the SMTP listeners listen, by name: what the configuration says, with the ports that were free.
func (g *Gateway) Addresses() map[string]net.Addr {
	addresses := map[string]net.Addr{}
	for _, l := range g.now.Load().listeners {
		addresses[l.name] = l.nets[0].Addr()
	}
	return addresses
}
