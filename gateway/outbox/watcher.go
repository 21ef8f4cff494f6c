package outbox

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/mapigate/mapigate/gateway/pause"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/watch"
)

// A pace is how long to wait after failures.
type pace struct {
	// firstRetry and mostRetry are the waits between attempts to open a mailbox.
	firstRetry, mostRetry time.Duration
	// patience is how long a message is left alone after each failure of its own.
	// When it has failed once more than there are waits, it is set aside.
	patience []time.Duration
}

func usualPace() pace {
	return pace{time.Second, 2 * time.Minute, []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute}}
}

const (
	// lockTime is how long the lock of a mailbox holds without being renewed.
	lockTime = time.Minute
)

// A Watcher moves mail from one mailbox into the queue and settles it there.
type Watcher struct {
	opts Options
	log  *slog.Logger
	pace
	// What is known of messages outlives a session. Only who has the shift touches it.

	// troubles are the failures of single messages.
	troubles troubles
	// people are what the address book says.
	people people
	// later are messages that could not be worked on, and when to try again.
	later map[mapi.MessageID]time.Time
	// foreign are messages that have been looked into and are not for us.
	foreign map[mapi.MessageID]bool
	// left are messages that are left alone, and why.
	left map[mapi.MessageID]string
	// seen are the messages of the watched folder.
	seen map[mapi.MessageID]sighting

	mu   sync.Mutex
	last error // why the mailbox is not watched now
	on   bool
}

// New checks the options.
func New(opts Options) (*Watcher, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Watcher{opts: opts, log: opts.Log.With("mailbox", opts.Mailbox), pace: usualPace(),
		troubles: make(troubles), people: make(people), later: make(map[mapi.MessageID]time.Time), foreign: make(map[mapi.MessageID]bool),
		left: make(map[mapi.MessageID]string), seen: make(map[mapi.MessageID]sighting)}, nil
}

// Mailbox is the address of the mailbox.
func (w *Watcher) Mailbox() string { return w.opts.Mailbox }

// State tells whether the mailbox is watched now, and if not, why.
func (w *Watcher) State() (on bool, why error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.on, w.last
}

// Run watches until ctx ends. Whatever goes wrong, it begins again after a while.
func (w *Watcher) Run(ctx context.Context) error {
	set := w.opts.Set
	if set == nil {
		set = watch.New(watch.Options{LongPolls: 1, Pollers: 1, Often: min(w.opts.Poll, watch.DefaultOften), Seldom: w.opts.Poll,
			Retry: w.firstRetry, RetryMost: w.mostRetry, Log: w.log})
		var running sync.WaitGroup
		defer running.Wait()
		running.Go(func() { _ = set.Run(ctx) })
	}
	settle, stop := w.opts.Queue.Subscribe(queue.SettleTopic(w.opts.Mailbox))
	defer stop()
	entry := set.Add(w.opts.Client, w)
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		set.Remove(ctx, entry)
		w.set(false, errors.New("it is not watched any more"))
	}()
	tick := time.NewTicker(w.opts.Poll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-settle:
			entry.Wake()
		case <-tick.C:
			// The queue's word may have been lost.
			if some, err := w.opts.Queue.Settleable(ctx, w.opts.Mailbox, 1); err == nil && len(some) > 0 {
				entry.Wake()
			}
		}
	}
}

// Failed implements watch.Handler.
func (w *Watcher) Failed(err error, again time.Time) {
	w.set(false, err)
	level := slog.LevelWarn
	if errors.Is(err, queue.ErrLocked) {
		level = slog.LevelDebug
	}
	w.log.Log(context.Background(), level, "the mailbox is not watched", "error", err, "again_in", time.Until(again).Round(time.Millisecond))
}

func (w *Watcher) set(on bool, why error) {
	w.mu.Lock()
	changed := w.on != on
	w.on, w.last = on, why
	w.mu.Unlock()
	if changed {
		w.opts.Observer.Watching(w.opts.Mailbox, on)
	}
}

// Begin implements watch.Handler: it takes the mailbox's lock and prepares the mailbox.
func (w *Watcher) Begin(ctx context.Context, m *mapiclient.Mailbox) (watch.Work, error) {
	held, err := w.lock(ctx)
	if err != nil {
		return nil, err
	}
	s := w.newShift(m, held.Fence)
	s.held = held
	if s.sender, err = w.findSender(ctx); err == nil {
		err = s.way.begin(ctx)
	}
	if err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		s.End(ctx)
		return nil, err
	}
	w.set(true, nil)
	return s, nil
}

// A hold is the lock of the mailbox while it is ours.
type hold struct {
	queue.Fence
	// ours ends when the lock is lost.
	ours context.Context
	// release gives it back.
	release func(ctx context.Context)
}

func (w *Watcher) lock(ctx context.Context) (*hold, error) {
	fence, err := w.opts.Queue.Lock(ctx, "mailbox/"+strings.ToLower(w.opts.Mailbox), w.opts.Holder, lockTime)
	if err != nil {
		return nil, err
	}
	ours, cancel := context.WithCancelCause(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() { w.renew(ours, fence, cancel) })
	return &hold{fence, ours, func(ctx context.Context) {
		cancel(nil)
		renewing.Wait()
		if err := w.opts.Queue.Unlock(ctx, fence); err != nil {
			w.log.Warn("cannot give the mailbox's lock back", "error", err)
		}
	}}, nil
}

// renew keeps the lock until ctx ends. When it could not for as long as the lock holds, somebody else may have it.
func (w *Watcher) renew(ctx context.Context, fence queue.Fence, cancel context.CancelCauseFunc) {
	held := time.Now()
	for {
		if !pause.For(ctx, lockTime/3) {
			return
		}
		asked := time.Now()
		limited, done := context.WithTimeout(ctx, lockTime/3)
		err := w.opts.Queue.Relock(limited, fence, lockTime)
		done()
		if err == nil {
			held = asked
			continue
		}
		if ctx.Err() != nil {
			return
		}
		w.log.Warn("cannot renew the mailbox's lock", "error", err)
		if errors.Is(err, queue.ErrLockLost) || time.Since(held) > lockTime*2/3 { // the next try would come too late
			cancel(err)
			return
		}
	}
}

// A shift is the work on an open mailbox while its lock is ours.
type shift struct {
	*Watcher
	mailbox *mapiclient.Mailbox
	held    *hold
	fence   queue.Fence
	sender  *sender
	way     way
}

// A way is how messages come out of a mailbox: what differs by the mode.
type way interface {
	// folder is the one that is watched.
	folder() mapi.FolderID
	// begin prepares the mailbox, or tells that the mode does not work there.
	begin(ctx context.Context) error
	// resume goes on with what was claimed before.
	resume(ctx context.Context) error
	// take claims what is ready and puts it into the queue.
	take(ctx context.Context) error
	// settle does in the mailbox what is to be done when all recipients are final. It may be repeated.
	settle(ctx context.Context, rec *queue.Record) error
}

func (w *Watcher) newShift(m *mapiclient.Mailbox, fence queue.Fence) *shift {
	s := &shift{Watcher: w, mailbox: m, fence: fence}
	if w.opts.Mode == ModeSpooler {
		s.way = &spooler{shift: s, locked: make(map[mapi.MessageID]bool), queued: make(map[string]bool)}
	} else {
		s.way = &mover{shift: s}
	}
	return s
}

// Folder implements watch.Work.
func (s *shift) Folder() mapi.FolderID { return s.way.folder() }

// End implements watch.Work.
func (s *shift) End(ctx context.Context) {
	s.close(ctx)
	s.held.release(ctx)
}

func (s *shift) close(ctx context.Context) {
	if s.sender != nil {
		s.sender.close(ctx)
	}
}

// Look implements watch.Work. It does what can be done now, as long as the lock is ours.
func (s *shift) Look(ctx context.Context) (again time.Time, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(s.held.ours, func() { cancel(context.Cause(s.held.ours)) })()
	if err := s.round(ctx); err != nil {
		return time.Time{}, err
	}
	return s.again(), nil
}

// round does everything that can be done now: first what is already claimed,
// then what is new, then what is final.
func (s *shift) round(ctx context.Context) error {
	for _, do := range []func(context.Context) error{s.way.resume, s.way.take, s.settleFinal} {
		if err := do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// again is when a message in its grace, or one that failed, may be looked at
// again; the zero time when there is none.
func (s *shift) again() (soonest time.Time) {
	now := s.opts.Now()
	for id, at := range s.later {
		if soonest.IsZero() || at.Before(soonest) {
			soonest = at
		}
		if !at.After(now) {
			delete(s.later, id) // or one that has gone meanwhile would be waited for for ever
		}
	}
	return soonest
}
