package gateway

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/admin/api"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/parts"
	"github.com/mapigate/mapigate/gateway/store"
)

// A Change is what a reload did.
type Change = api.Reloaded

// ErrNoReload says that a gateway cannot reload: it was made without [Options.Load], or is not running.
var ErrNoReload = errors.New("this gateway cannot read its configuration again now")

// Reload reads the configuration again and puts it in force, without ending a session. When anything is wrong with it nothing changes,
// and the error says all that is.
func (g *Gateway) Reload() (Change, error) {
	if g.load == nil {
		return Change{}, ErrNoReload
	}
	c, err := g.load()
	if err == nil {
		return g.Apply(c)
	}
	g.refused(err)
	return Change{}, err
}

// Apply puts another configuration in force, as Reload does.
func (g *Gateway) Apply(c *config.Config) (Change, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.runner == nil {
		return Change{}, ErrNoReload
	}
	old := g.now.Load()
	fixed := c.KeepFixed(old.config)
	change, err := g.apply(old, c)
	if err != nil {
		g.refused(err)
		return Change{}, err
	}
	change.Fixed = append(change.Fixed, fixed...)
	g.metrics.Reloaded(g.clock(), nil)
	g.log.Info("configuration read again", "begun", change.Begun, "ended", change.Ended, "kept", change.Kept)
	if len(fixed) > 0 {
		g.log.Warn("some settings of the new configuration need a restart; those before stay in force", "settings", fixed)
	}
	return change, nil
}

func (g *Gateway) refused(err error) {
	g.metrics.Reloaded(g.clock(), err)
	for line := range strings.Lines(err.Error()) {
		g.log.Error("the new configuration is refused, the one before stays in force", "error", strings.TrimSpace(line))
	}
}

// apply makes the generation of a configuration and lets it take over. Called with mu held.
func (g *Gateway) apply(old *generation, c *config.Config) (Change, error) {
	next, err := newGeneration(g.lasting, c, old)
	if err != nil {
		return Change{}, err
	}
	if err := g.changeAdmin(old.config, c); err != nil {
		end, cancel := context.WithTimeout(context.Background(), releaseTime)
		defer cancel()
		return Change{}, errors.Join(err, next.parts.Release(end))
	}
	// Nothing can fail from here on.
	g.metrics.Know(metricNames(c))
	g.queue.SetPolicy(store.Policy(c))
	g.ways.lead(c)
	if g.level != nil {
		_ = g.level.UnmarshalText([]byte(c.Log.Level)) // config has checked it
	}
	change := g.handOver(old, next)
	g.now.Store(next)
	return change, nil
}

// handOver ends what only the old generation has and begins what only the next one has. Sockets that both have stay open all the
// while: who connects in between is taken by the next.
func (g *Gateway) handOver(old, next *generation) Change {
	change := Change{Begun: []string{}, Ended: []string{}, Fixed: []string{}}
	replaced := make(map[string]*parts.Part)
	for _, p := range old.parts.All() {
		if next.parts.Has(p) {
			change.Kept++
			_ = g.keeper.LetGo(context.Background(), p) // which next holds, too
			continue
		}
		p.Drop()
		replaced[p.Name] = p
		change.Ended = append(change.Ended, p.Name)
		g.retiring.Go(func() { g.retire(p) })
	}
	for _, p := range next.parts.All() {
		if !p.Begun() { // it has not begun
			g.runner.Start(p, replaced[p.Name])
			change.Begun = append(change.Begun, p.Name)
		}
	}
	return change
}

// releaseTime bounds the closing of what is not needed any more.
const releaseTime = 10 * time.Second

// retire closes a part when what it had begun has ended, and then what stood below it alone.
func (g *Gateway) retire(p *parts.Part) {
	<-p.Ended()
	end, cancel := context.WithTimeout(context.Background(), releaseTime)
	defer cancel()
	if err := g.keeper.LetGo(end, p); err != nil {
		g.log.Warn("what a reload has ended did not close as it should", "part", p.Name, "error", err)
	}
}

// watchFiles reloads when the file, or one that it names, has changed, until ctx ends. Files that change together, such as a certificate
// and its key, are waited for: one look must find what the look before has found.
func (g *Gateway) watchFiles(ctx context.Context) error {
	inForce := config.Contents(g.now.Load().config.Files())
	last := inForce
	for {
		every := time.Duration(g.now.Load().config.Reload.Watch)
		off := every <= 0
		if off {
			every = time.Minute // until a reload says otherwise
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(every):
		}
		found := config.Contents(g.now.Load().config.Files())
		if settled := found == last; !settled || found == inForce || off {
			last = found
			continue
		}
		before := g.now.Load().config.Files()
		_, _ = g.Reload() // the log and the metrics tell
		if after := g.now.Load().config.Files(); !slices.Equal(before, after) {
			found = config.Contents(after)
		}
		inForce, last = found, found
	}
}
