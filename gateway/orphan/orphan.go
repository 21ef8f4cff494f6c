// Package orphan looks after mail whose courier the configuration has no longer: that of an exchange that was renamed, or taken out,
// while mail waited for it.
//
//  1. A look counts by courier what waits. What no courier of the configuration takes is an orphan: the log says so when it is new,
//     [Keeper.Orphans] always does.
//  2. What is due of it is put off for that reason, as a courier does when its Exchange is away. So its schedule goes on: senders hear of
//     the delay, and get a report when its time is over.
//  3. When a configuration has a courier of that name again, what was put off for that reason is due at once.
package orphan

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/pause"
	"github.com/mapigate/mapigate/gateway/queue"
)

// Remedy is what there is to be done about an orphan.
const Remedy = "give the exchange its old name again and the mail goes, or give it up with mapigate queue drop --courier; no command moves mail to another route"

// reason is why a courier's mail is put off; senders read it in reports.
func reason(courier string) string { return courier + " is not in the configuration any more" }

// A Queue is what is asked of the queue.
type Queue interface {
	queue.Leaser
	queue.Inspector
}

// Options say what to look for. Queue, Couriers and Logger are needed.
type Options struct {
	Queue Queue
	// Couriers are those that the configuration has.
	Couriers []string
	// Worker names this process in the queue.
	Worker string
	// Every is how often to look; default 30 s.
	Every  time.Duration
	Logger *slog.Logger
}

// An Orphan is a courier that mail waits for in vain.
type Orphan struct {
	Courier string
	// Waiting counts recipients.
	Waiting int64
}

// String says what waits, and why.
func (o Orphan) String() string {
	return fmt.Sprintf("%s; recipients that wait: %d", reason(o.Courier), o.Waiting)
}

// A Keeper looks after orphans.
type Keeper struct {
	opts Options

	mu   sync.Mutex
	list []Orphan // as the last look found them
}

// New makes a keeper. Run it.
func New(o Options) *Keeper {
	if o.Every <= 0 {
		o.Every = 30 * time.Second
	}
	return &Keeper{opts: o}
}

// Orphans lists what the last look found, by name.
func (k *Keeper) Orphans() []Orphan {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.list)
}

// Run looks until ctx ends.
func (k *Keeper) Run(ctx context.Context) error {
	if err := k.welcome(ctx); err != nil && ctx.Err() == nil {
		k.opts.Logger.Error("cannot look for mail whose courier is back in the configuration", "error", err)
	}
	for {
		if err := k.look(ctx); err != nil && ctx.Err() == nil {
			k.opts.Logger.Error("cannot look after mail whose courier is not in the configuration", "error", err)
		}
		if !pause.For(ctx, k.opts.Every) {
			return nil
		}
	}
}

// look finds orphans. Mail of one that the look before found too, and that nobody has at work, is put off: couriers that a reload has
// ended, and other gateways of the same queue, whose configuration may be another for a moment, have had their time.
func (k *Keeper) look(ctx context.Context) error {
	stats, err := k.opts.Queue.Stats(ctx)
	if err != nil {
		return err
	}
	found, atWork := Find(stats, k.opts.Couriers)
	before := k.Orphans()
	k.mu.Lock()
	k.list = found
	k.mu.Unlock()
	for _, o := range found {
		if !listed(before, o.Courier) {
			k.opts.Logger.Warn("mail waits for a courier that the configuration does not have", "courier", o.Courier, "recipients", o.Waiting, "remedy", Remedy)
		} else if !atWork[o.Courier] {
			if err := k.putOff(ctx, o.Courier); err != nil {
				return fmt.Errorf("putting off mail of %s: %w", o.Courier, err)
			}
		}
	}
	return nil
}

func listed(list []Orphan, courier string) bool {
	return slices.ContainsFunc(list, func(o Orphan) bool { return o.Courier == courier })
}

// Find gives by name the couriers that mail waits for and that are not among those of a configuration, and the couriers of which somebody
// has mail at work. What is held back waits for an operator, not for a courier.
func Find(stats queue.Stats, couriers []string) (orphans []Orphan, atWork map[string]bool) {
	waiting := make(map[string]int64)
	atWork = make(map[string]bool)
	for _, d := range stats.Depths {
		switch {
		case d.State == queue.Leased:
			atWork[d.Courier] = true
		case (d.State == queue.Waiting || d.State == queue.Unknown) && !slices.Contains(couriers, d.Courier):
			waiting[d.Courier] += d.Count
		}
	}
	for courier, n := range waiting {
		if n > 0 {
			orphans = append(orphans, Orphan{courier, n})
		}
	}
	slices.SortFunc(orphans, func(a, b Orphan) int { return strings.Compare(a.Courier, b.Courier) })
	return orphans, atWork
}

const (
	// atOnce bounds the groups of one lease.
	atOnce = 20
	// leaseTime is how long such a lease holds.
	leaseTime = time.Minute
)

// putOff puts off what is due.
func (k *Keeper) putOff(ctx context.Context, courier string) error {
	o := mail.Outcome{Code: 451, Detail: "3.5", Text: reason(courier)}
	for ctx.Err() == nil {
		batch, err := k.opts.Queue.Lease(ctx, queue.LeaseRequest{Courier: courier, Worker: k.opts.Worker, Max: atOnce, Duration: leaseTime})
		if err != nil || len(batch.Groups) == 0 {
			return err
		}
		for _, g := range batch.Groups {
			// A lease that ended without a report would leave the mail in doubt.
			if _, err := k.opts.Queue.Report(context.WithoutCancel(ctx), g, g.Alike(o)); err != nil {
				return err
			}
		}
	}
	return nil
}

// recent is how many mails of a courier are looked at for those that were put off.
const recent = 100

// welcome makes due what was put off for want of a courier that is there now.
func (k *Keeper) welcome(ctx context.Context) error {
	for _, courier := range k.opts.Couriers {
		page, err := k.opts.Queue.List(ctx, queue.Filter{Courier: courier, States: []queue.State{queue.Waiting, queue.Unknown}, Limit: recent})
		if err != nil {
			return err
		}
		putOff := func(s queue.Status) bool { return s.Courier == courier && s.Last.Text == reason(courier) }
		if !slices.ContainsFunc(page.Records, func(r queue.Record) bool { return slices.ContainsFunc(r.Recipients, putOff) }) {
			continue
		}
		n, err := k.opts.Queue.Hasten(ctx, courier, "")
		if err != nil {
			return err
		}
		k.opts.Logger.Info("a courier is back in the configuration", "courier", courier, "waiting", n)
	}
	return nil
}
