package watch

import (
	"container/heap"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// A Handler looks after one mailbox.
type Handler interface {
	// Begin prepares work in a mailbox that was just opened. It is called with
	// each session that has something to do, never twice at once. ctx ends with the set.
	Begin(ctx context.Context, m *mapiclient.Mailbox) (Work, error)
	// Failed is told why the mailbox is not watched at the moment, and when it will
	// be tried again. The next Begin says that it is watched again.
	Failed(err error, again time.Time)
}

// A Work is what a [Handler] does in one session.
type Work interface {
	// Folder is the folder that is watched.
	Folder() mapi.FolderID
	// Look does what is to be done in the folder now. It is called at first and
	// whenever something may have changed, also by what the last Look did; and at
	// again, unless that is the zero time. An error ends the session.
	Look(ctx context.Context) (again time.Time, err error)
	// End lets go of what Begin took. The session may be lost.
	End(ctx context.Context)
}

// Defaults of [Options]. Together with the sessions of a [mapiclient.Pool] they
// stay below the 32 that Exchange allows an account.
const (
	DefaultLongPolls = 10
	DefaultPollers   = 3
	DefaultOften     = 5 * time.Second
	DefaultSeldom    = time.Minute
)

// Options bound what a [Set] asks of a server. The zero value works.
type Options struct {
	// LongPolls is how many mailboxes keep a session and are told of changes;
	// 0 is [DefaultLongPolls], a negative number none.
	LongPolls int
	// Pollers is how many sessions are used at once for the others.
	Pollers int
	// Often is the time between two polls of a mailbox in which something just
	// happened, and Seldom that of one in which nothing happens.
	Often, Seldom time.Duration
	// Retry and RetryMost are the first and the longest pause after failures; 0 is a second and two minutes.
	Retry, RetryMost time.Duration
	// Log is where trouble is told; nil is nowhere.
	Log *slog.Logger
}

// A Set watches the mailboxes of one account. It is safe for concurrent use.
type Set struct {
	opts Options
	hold time.Duration // [hold], but for tests

	// kick wakes the scheduler: something is due sooner than it thinks.
	kick chan struct{}
	// ended is closed when Run returns.
	ended chan struct{}
	jobs  chan *Entry
	// listeners are the goroutines that keep a session.
	listeners sync.WaitGroup

	mu        sync.Mutex
	waiting   schedule
	listening map[*Entry]struct{}
	stats     Stats
}

// Stats are what a [Set] has done so far.
type Stats struct {
	// Mailboxes are all; LongPolls those that are told of changes, Failing those that are in trouble.
	Mailboxes, LongPolls, Failing int
	// Polls counts sessions opened to look, Changes the looks for which something had
	// changed, Failures what went wrong.
	Polls, Changes, Failures uint64
	// Behind is for how long the most urgent mailbox has been due.
	Behind time.Duration
}

// New makes an empty set.
func New(o Options) *Set {
	if o.LongPolls == 0 {
		o.LongPolls = DefaultLongPolls
	}
	if o.Pollers <= 0 {
		o.Pollers = DefaultPollers
	}
	if o.Often <= 0 {
		o.Often = DefaultOften
	}
	if o.Seldom <= 0 {
		o.Seldom = max(DefaultSeldom, o.Often)
	}
	if o.Retry <= 0 {
		o.Retry = firstRetry
	}
	if o.RetryMost <= 0 {
		o.RetryMost = max(mostRetry, o.Retry)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Set{opts: o, hold: hold, kick: make(chan struct{}, 1), ended: make(chan struct{}), jobs: make(chan *Entry), listening: make(map[*Entry]struct{})}
}

// Add lets a mailbox be watched as soon as the set runs.
func (s *Set) Add(c *mapiclient.Client, h Handler) *Entry {
	e := &Entry{set: s, client: c, handler: h, interval: s.opts.Seldom, due: time.Now()}
	s.mu.Lock()
	s.stats.Mailboxes++
	s.waiting.add(e)
	s.mu.Unlock()
	s.hurry()
	return e
}

// Remove ends the watching of a mailbox. It waits until nobody works on it, or ctx ends. A set that does not run any more
// works on none.
func (s *Set) Remove(ctx context.Context, e *Entry) {
	s.mu.Lock()
	if e.removed != nil {
		s.mu.Unlock()
		return
	}
	e.removed = make(chan struct{})
	s.stats.Mailboxes--
	e.recovered()
	if _, listens := s.listening[e]; listens {
		close(e.listener.leave)
		delete(s.listening, e)
	}
	if e.place >= 0 {
		heap.Remove(&s.waiting, e.place)
		close(e.removed)
	}
	s.mu.Unlock()
	select {
	case <-e.removed:
	case <-s.ended:
	case <-ctx.Done():
	}
}

// Stats tells how it goes.
func (s *Set) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := s.stats
	stats.LongPolls = len(s.listening)
	if len(s.waiting) > 0 {
		stats.Behind = max(0, time.Since(s.waiting[0].due))
	}
	return stats
}

// Run watches until ctx ends, and closes every session. It is called once.
func (s *Set) Run(ctx context.Context) error {
	defer close(s.ended)
	var pollers sync.WaitGroup
	for range s.opts.Pollers {
		pollers.Go(func() {
			for {
				select {
				case e := <-s.jobs:
					s.poll(ctx, e)
				case <-ctx.Done():
					return
				}
			}
		})
	}
	s.schedule(ctx)
	pollers.Wait()
	s.listeners.Wait()
	return nil
}

// hurry makes the scheduler look again.
func (s *Set) hurry() {
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// schedule hands what is due to the pollers until ctx ends.
func (s *Set) schedule(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for ctx.Err() == nil {
		e, wait := s.next(time.Now())
		if e != nil {
			select {
			case s.jobs <- e:
			case <-ctx.Done():
			}
			continue
		}
		timer.Reset(wait)
		select {
		case <-timer.C:
		case <-s.kick:
		case <-ctx.Done():
		}
	}
}

// next takes the mailbox that is due longest, or tells how long there will be none.
func (s *Set) next(now time.Time) (*Entry, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) == 0 {
		return nil, time.Hour
	}
	if wait := s.waiting[0].due.Sub(now); wait > 0 {
		return nil, wait
	}
	return s.waiting.take(), 0
}
