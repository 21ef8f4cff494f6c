// Package courier is the part that all couriers share: it leases groups of recipients from the queue, has them
// delivered by a pool of workers, and reports the outcomes.
//
//  1. Run leases as many groups as workers are idle, never more: a lease is an attempt that is about to begin.
//  2. Each group is delivered by the Deliver function of the courier. Its leases are lengthened as long as
//     it is at work; when one is lost all the same, its context ends.
//  3. A destination that does not answer is not tried by every mail: for a while all its groups are put off with
//     the reason that the first one met (health.go). When it answers again, what waits for it becomes due.
//  4. Mail for which its destination has no room goes back to the queue as if it had not been leased (mail.Outcome.Untried), and for a
//     while no more is leased for that destination: it must not keep all workers waiting.
//  5. When Run's context ends no more is leased; what is under way may end within the grace, and is cut off then.
//     After Retire no more is leased either, and what is under way takes the time that it needs.
package courier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/pause"
	"github.com/mapigate/mapigate/gateway/queue"
)

// A Queue is the part of the queue that couriers use.
type Queue interface {
	queue.Leaser
	Subscribe(t queue.Topic) (wake <-chan struct{}, cancel func())
}

// A Deliver function tries one group and returns an outcome for each of its recipients, in its order. It has no error:
// faults are outcomes too. When ctx ends it comes back soon, with Unknown where the mail may have been taken.
type Deliver func(ctx context.Context, g queue.Group) []mail.Outcome

// An Observer is told what happens, for metrics. It is called from many workers at once and must be quick.
type Observer interface {
	// Tried is called for each recipient that was tried.
	Tried(t Try)
	// Destination is called when a destination stops or starts answering.
	Destination(courier, destination string, down bool)
}

// A Try is an attempt on one recipient.
type Try struct {
	Courier, Route string
	// Mail has the recipients of the group; Item is the one that this is about.
	Mail    *mail.Mail
	Item    *queue.Item
	Outcome mail.Outcome
	// Began is when the whole group was begun, Took how long it took.
	Began time.Time
	Took  time.Duration
}

// Options say how a courier works. Name, Queue and Deliver are needed.
type Options struct {
	// Name is the courier of the legs it takes.
	Name    string
	Queue   Queue
	Deliver Deliver
	// Probe asks a destination that is down whether it answers again; nil leaves that to the mails.
	Probe func(ctx context.Context, destination string) error

	Worker         string        // names this process in the queue; default the name of the courier
	Workers        int           // default 8
	PerDestination int           // groups of one destination at the same time; default no bound of its own
	LeaseTime      time.Duration // default 5 min
	Poll           time.Duration // how often to look without being woken; default 15 s
	Grace          time.Duration // how long what is under way may go on after Run's context has ended; default 20 s
	ProbeEvery     time.Duration // default 20 s
	DownFirst      time.Duration // how long a destination is left alone at first, doubling; default 30 s
	DownMost       time.Duration // at most; default 10 min
	Clock          func() time.Time
	Logger         *slog.Logger // default: discard
	Observer       Observer     // default: none
}

func (o Options) withDefaults() Options {
	fill := func(d *time.Duration, def time.Duration) {
		if *d <= 0 {
			*d = def
		}
	}
	fill(&o.LeaseTime, 5*time.Minute)
	fill(&o.Poll, 15*time.Second)
	fill(&o.Grace, 20*time.Second)
	fill(&o.ProbeEvery, 20*time.Second)
	fill(&o.DownFirst, 30*time.Second)
	fill(&o.DownMost, 10*time.Minute)
	if o.Workers <= 0 {
		o.Workers = 8
	}
	if o.Worker == "" {
		o.Worker = o.Name
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Observer == nil {
		o.Observer = nobody{}
	}
	return o
}

type nobody struct{}

func (nobody) Tried(Try)                        {}
func (nobody) Destination(string, string, bool) {}

// A Courier delivers what its queue has for it.
type Courier struct {
	opts   Options
	log    *slog.Logger
	health *health
	idle   chan struct{} // gets a token when a worker has become idle, and nobody fills its place unasked
	sooner chan struct{} // gets a token when look has been set to an earlier time

	retire  sync.Once
	retired chan struct{} // closed by Retire

	mu       sync.Mutex
	working  map[queue.LeaseID]hold
	busy     int       // workers that deliver
	reserved int       // places for what is being leased
	look     time.Time // when to lease again
}

// New checks the options.
func New(opts Options) (*Courier, error) {
	if opts.Name == "" || opts.Queue == nil || opts.Deliver == nil {
		return nil, errors.New("courier: Name, Queue and Deliver are needed")
	}
	opts = opts.withDefaults()
	return &Courier{
		opts: opts, log: opts.Logger.With("courier", opts.Name), health: newHealth(opts),
		idle: make(chan struct{}, 1), sooner: make(chan struct{}, 1), retired: make(chan struct{}), working: map[queue.LeaseID]hold{},
	}, nil
}

// Name is the name of the courier.
func (c *Courier) Name() string { return c.opts.Name }

// Down lists the destinations that do not answer now.
func (c *Courier) Down() []Down { return c.health.list() }

// Retire lets Run lease no more, and return when what is under way has ended.
func (c *Courier) Retire() { c.retire.Do(func() { close(c.retired) }) }

// Run delivers until ctx ends, or Retire is called, and what was under way has ended too. Its error is nil then.
func (c *Courier) Run(ctx context.Context) error {
	hard, cut := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cut(nil)
	leasing, stop := context.WithCancel(ctx)
	defer stop()
	var all sync.WaitGroup
	all.Go(func() { c.keepLeases(hard) })
	all.Go(func() {
		select {
		case <-ctx.Done():
			pause.For(hard, c.opts.Grace)
			cut(errShutdown)
		case <-hard.Done():
		}
	})
	if c.opts.Probe != nil {
		all.Go(func() { c.probe(leasing) })
	}
	var workers sync.WaitGroup
	c.lease(ctx, hard, &workers)
	stop()
	workers.Wait()
	cut(nil)
	all.Wait()
	c.forget()
	return nil
}

var errShutdown = errors.New("the gateway is going down")

// lease hands out work until ctx ends.
func (c *Courier) lease(ctx, hard context.Context, workers *sync.WaitGroup) {
	wake, cancel := c.opts.Queue.Subscribe(queue.CourierTopic(c.opts.Name))
	defer cancel()
	begin := func(asked time.Time, groups []queue.Group) {
		for _, g := range groups {
			group, cancel := context.WithCancelCause(hard)
			c.started(g.Lease, asked, cancel)
			workers.Go(func() { c.work(group, g) })
		}
	}
	if q, ok := c.opts.Queue.(queue.Orderer); ok {
		defer c.order(ctx, q, begin)()
	}
	for ctx.Err() == nil && !c.isRetired() {
		if wait := time.Until(c.lookAgain()); wait > 0 {
			c.wait(ctx, wake, wait)
			continue
		}
		c.leaseOnce(ctx, begin)
	}
}

// wait ends when it may be worth while to lease, or a new time for that has been set.
func (c *Courier) wait(ctx context.Context, wake <-chan struct{}, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return
	case <-c.retired:
		return
	case <-c.sooner:
		return
	case <-wake:
	case <-c.idle:
	case <-timer.C:
	}
	if c.atWork() > 0 { // where much goes on more becomes free, and due, in a moment
		pause.For(ctx, together)
	}
	c.lookBy(time.Now())
}

func (c *Courier) isRetired() bool {
	select {
	case <-c.retired:
		return true
	default:
		return false
	}
}

// together is how long a busy courier waits before it leases, so that one lease serves several workers: a lease costs the queue
// as much as a delivery does.
const together = 2 * time.Millisecond

// leaseOnce starts as much as can be started, and sets the time of the next look.
func (c *Courier) leaseOnce(ctx context.Context, begin func(asked time.Time, groups []queue.Group)) {
	c.forgetQuiet()
	asked := time.Now()
	c.looked(asked.Add(c.opts.Poll))
	r := c.reserve()
	if r.Max <= 0 {
		return
	}
	batch, err := c.opts.Queue.Lease(ctx, r)
	begin(asked, batch.Groups)
	c.free(r.Max)
	if err != nil {
		if ctx.Err() == nil {
			c.log.Error("cannot lease", "error", err)
		}
		c.lookBy(time.Now().Add(time.Second))
		return
	}
	c.lookBy(time.Now().Add(c.pause(batch, r.Max)))
}

// reserve asks for as much as there are places free, and keeps these until free is called.
func (c *Courier) reserve() queue.LeaseRequest {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := queue.LeaseRequest{
		Courier: c.opts.Name, Worker: c.opts.Worker, Max: c.opts.Workers - c.busy - c.reserved,
		Duration: c.opts.LeaseTime, PerDestination: c.opts.PerDestination,
	}
	if r.Max <= 0 {
		return r
	}
	skip, few := c.health.skip()
	if r.Skip = skip; few {
		r.Max = min(r.Max, trickle)
	}
	c.reserved += r.Max
	return r
}

// free gives reserved places back, after begin has taken those that are needed.
func (c *Courier) free(places int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reserved -= places
}

// pause is the time until something may have become due. What is due and was not given is bound by its
// destination: a worker that becomes idle will look again.
func (c *Courier) pause(batch queue.Batch, free int) time.Duration {
	if len(batch.Groups) == free {
		return c.opts.Poll // all are busy
	}
	if batch.Next.IsZero() {
		return c.opts.Poll
	}
	until := batch.Next.Sub(c.opts.Clock())
	if until <= 0 {
		return min(time.Second, c.opts.Poll)
	}
	return min(until, c.opts.Poll)
}

// work delivers one group and reports.
func (c *Courier) work(ctx context.Context, g queue.Group) {
	defer c.ended(g.Lease)
	start := c.opts.Clock()
	outcomes, tried := c.outcomes(ctx, g)
	if errors.Is(context.Cause(ctx), queue.ErrLeaseLost) {
		c.log.Error("lost the lease while delivering; the mail may arrive twice", "msg", g.Mail.ID)
	}
	if tried && outcomes[0].Untried {
		c.giveBack(ctx, g, outcomes[0])
		return
	}
	down := !tried || c.judge(ctx, g, outcomes)
	c.delivered()
	c.report(ctx, g, outcomes, tried, start)
	if down {
		c.catchUp(ctx, g.Destination)
	}
}

// outcomes delivers, unless the destination is known not to answer.
func (c *Courier) outcomes(ctx context.Context, g queue.Group) (outcomes []mail.Outcome, tried bool) {
	if o, down := c.health.refuse(g.Destination); down {
		return g.Alike(o), false
	}
	outcomes = c.deliver(ctx, g)
	if len(outcomes) != len(g.Items) {
		c.log.Error("the courier gave a wrong number of outcomes", "msg", g.Mail.ID, "got", len(outcomes), "want", len(g.Items))
		outcomes = g.Alike(mail.Outcome{Verdict: mail.Unknown, Text: "internal error", Alarm: true, Reach: mail.NothingSaid})
	}
	return outcomes, true
}

// deliver calls the Deliver function. A mail that makes it panic must not take the others down, nor come back at once with
// the next start: nobody knows how far it came.
func (c *Courier) deliver(ctx context.Context, g queue.Group) (outcomes []mail.Outcome) {
	defer func() {
		if p := recover(); p != nil {
			c.log.Error("panic while delivering", "msg", g.Mail.ID, "panic", fmt.Sprint(p), "stack", stack())
			outcomes = g.Alike(mail.Outcome{Verdict: mail.Unknown, Text: "internal error", Alarm: true, Reach: mail.NothingSaid})
		}
	}()
	return c.opts.Deliver(ctx, g)
}
