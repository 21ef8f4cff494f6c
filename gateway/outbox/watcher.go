package outbox

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
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
	// waitAgain is how long to leave the server alone when waiting for notifications failed.
	waitAgain = 5 * time.Second
)

// A Watcher moves mail from one mailbox into the queue and settles it there.
type Watcher struct {
	opts Options
	log  *slog.Logger
	pace
	// troubles are the failures of single messages. They are the running goroutine's alone.
	troubles troubles

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
	return &Watcher{opts: opts, log: opts.Log.With("mailbox", opts.Mailbox), pace: usualPace(), troubles: make(troubles)}, nil
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
	for wait := w.firstRetry; ctx.Err() == nil; {
		began := w.opts.Now()
		err := w.locked(ctx)
		if ctx.Err() != nil {
			break
		}
		w.set(false, err)
		if w.opts.Now().Sub(began) > w.mostRetry {
			wait = w.firstRetry
		}
		level := slog.LevelWarn
		if errors.Is(err, queue.ErrLocked) {
			level = slog.LevelDebug
		}
		w.log.Log(ctx, level, "the mailbox is not watched", "error", err, "again_in", wait)
		sleep(ctx, wait+time.Duration(rand.Int64N(int64(wait)/4+1)))
		wait = min(2*wait, w.mostRetry)
	}
	w.set(false, context.Cause(ctx))
	return nil
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

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// locked works on the mailbox as long as its lock is ours.
func (w *Watcher) locked(ctx context.Context) error {
	fence, err := w.opts.Queue.Lock(ctx, "mailbox/"+strings.ToLower(w.opts.Mailbox), w.opts.Holder, lockTime)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var renewing sync.WaitGroup
	defer renewing.Wait()
	defer cancel(nil)
	renewing.Go(func() { w.renew(ctx, fence, cancel) })
	defer func() {
		if err := w.opts.Queue.Unlock(context.WithoutCancel(ctx), fence); err != nil {
			w.log.Warn("cannot give the mailbox's lock back", "error", err)
		}
	}()
	m, err := w.opts.Client.OpenMailbox(ctx)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = m.Close(ctx)
	}()
	s := w.newShift(m, fence)
	defer func() { s.close(context.WithoutCancel(ctx)) }()
	if s.sender, err = w.findSender(ctx); err != nil {
		return err
	}
	if err := s.way.begin(ctx); err != nil {
		return err
	}
	return s.work(ctx)
}

func (w *Watcher) renew(ctx context.Context, fence queue.Fence, cancel context.CancelCauseFunc) {
	for {
		if sleep(ctx, lockTime/3); ctx.Err() != nil {
			return
		}
		if err := w.opts.Queue.Relock(ctx, fence, lockTime); errors.Is(err, queue.ErrLockLost) {
			cancel(err)
			return
		} else if err != nil && ctx.Err() == nil {
			w.log.Warn("cannot renew the mailbox's lock", "error", err)
		}
	}
}

// A shift is the work on an open mailbox while its lock is ours.
type shift struct {
	*Watcher
	mailbox *mapiclient.Mailbox
	fence   queue.Fence
	sender  *sender
	way     way
	// later are messages that could not be worked on, and when to try again.
	later map[mapi.MessageID]time.Time
}

// A way is how messages come out of a mailbox: what differs by the mode.
type way interface {
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
	s := &shift{Watcher: w, mailbox: m, fence: fence, later: make(map[mapi.MessageID]time.Time)}
	s.way = &mover{shift: s, foreign: make(map[mapi.MessageID]bool)}
	return s
}

func (s *shift) close(ctx context.Context) {
	if s.sender != nil {
		s.sender.close(ctx)
	}
}

// work looks at the mailbox whenever something may have changed, until an
// error says that it must be opened anew.
func (s *shift) work(ctx context.Context) error {
	settle, stop := s.opts.Queue.Subscribe(queue.SettleTopic(s.opts.Mailbox))
	defer stop()
	listenCtx, stopListening := context.WithCancel(ctx)
	changes := make(chan error, 1)
	var listening sync.WaitGroup
	defer listening.Wait()
	defer stopListening()
	listening.Go(func() { s.listen(listenCtx, changes) })
	s.set(true, nil)
	for {
		if err := s.round(ctx); err != nil {
			return err
		}
		if s.mailbox.Noticed() {
			continue // something came while we were looking, perhaps behind our back
		}
		timer := time.NewTimer(s.pause())
		select {
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		case err := <-changes:
			if err != nil {
				timer.Stop()
				return err
			}
		case <-settle:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// listen passes the server's notifications on. Losing the session ends it. A wait that only failed by itself, as
// those do that something on the way cuts, makes the watcher look, which tells whether the server still answers.
func (s *shift) listen(ctx context.Context, changes chan<- error) {
	for ctx.Err() == nil {
		some, err := s.mailbox.Wait(ctx)
		if err == nil && !some {
			continue
		}
		lost := s.mailbox.Lost() != nil
		change := err
		if !lost {
			change = nil
		}
		select {
		case changes <- change:
		case <-ctx.Done():
		}
		if lost {
			return
		}
		if err != nil {
			s.log.Debug("waiting for notifications failed", "error", err, "again_in", waitAgain)
			sleep(ctx, waitAgain)
		}
	}
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

// pause is how long to wait without being told: until a message in its grace
// or one that failed may be looked at again, but at most Poll.
func (s *shift) pause() time.Duration {
	wait := s.opts.Poll
	now := s.opts.Now()
	for id, at := range s.later {
		wait = min(wait, at.Sub(now))
		if !at.After(now) {
			delete(s.later, id) // or one that has gone meanwhile would be waited for for ever
		}
	}
	return max(wait, 50*time.Millisecond)
}
