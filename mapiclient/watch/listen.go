package watch

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
)

// hold is how long a mailbox keeps its place among those that are told of
// changes, so that two that are alike busy do not change places all the time.
const hold = 5 * time.Minute

// waitAgain is how long to leave the server alone when waiting failed.
const waitAgain = 5 * time.Second

// errReplaced ends a listener whose mailbox is polled from now on.
var errReplaced = errors.New("a busier mailbox takes the place")

// A listener is what reaches a mailbox that is told of changes.
type listener struct {
	wake  chan struct{}
	leave chan struct{} // closed when the place is needed
	since time.Time
}

func (l *listener) nudge() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// promote gives a mailbox a place among those that are told of changes if there
// is one, or if another's place is better given to it.
func (s *Set) promote(e *Entry) bool {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.removed != nil {
		return false
	}
	if len(s.listening) >= s.opts.LongPolls {
		worst := s.idlest(now)
		if worst == nil || e.active(now) < 2*worst.active(now)+1 {
			return false
		}
		close(worst.listener.leave)
		delete(s.listening, worst)
	}
	e.listener = &listener{wake: make(chan struct{}, 1), leave: make(chan struct{}), since: now}
	s.listening[e] = struct{}{}
	if e.woken { // since the handler has looked
		e.woken = false
		e.listener.nudge()
	}
	return true
}

// idlest finds the mailbox whose place is worth least. The mutex is held.
func (s *Set) idlest(now time.Time) *Entry {
	var worst *Entry
	for e := range s.listening {
		if now.Sub(e.listener.since) >= s.hold && (worst == nil || e.active(now) < worst.active(now)) {
			worst = e
		}
	}
	return worst
}

// listen works in a mailbox whenever the server tells of a change, until the
// session fails, the place is needed, or ctx ends.
func (v *visit) listen(ctx context.Context, again time.Time) (time.Time, error) {
	if v.work == nil {
		var err error
		if v.work, err = v.handler.Begin(ctx, v.session); err != nil {
			return time.Time{}, err
		}
	}
	// What came between the look and the beginning of the watch is not told.
	state, err := v.session.WatchState(ctx, v.folder)
	if err != nil {
		return time.Time{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	changes := make(chan error, 1)
	var waiting sync.WaitGroup
	defer waiting.Wait()
	defer cancel()
	waiting.Go(func() { v.wait(ctx, changes) })
	if err = v.compare(ctx, state, &again); err == nil {
		v.set.mu.Lock()
		v.recovered()
		v.set.mu.Unlock()
	}
	for err == nil {
		err = v.turn(ctx, changes, &again)
	}
	if errors.Is(err, errReplaced) {
		err = nil
	}
	return again, err
}

// wait passes the server's notifications on. A wait that only failed by itself,
// as those do that something on the way cuts, is no reason to open the mailbox
// anew.
func (v *visit) wait(ctx context.Context, changes chan<- error) {
	for ctx.Err() == nil {
		some, err := v.session.Wait(ctx)
		if err == nil && !some {
			continue
		}
		lost := v.session.Lost()
		select {
		case changes <- lost:
		case <-ctx.Done():
		}
		if lost != nil {
			return
		}
		if err != nil {
			v.set.opts.Log.Debug("waiting for notifications failed", "error", err, "again_in", waitAgain)
			select {
			case <-time.After(waitAgain):
			case <-ctx.Done():
			}
		}
	}
}

// turn waits for a reason to look, and looks.
func (v *visit) turn(ctx context.Context, changes <-chan error, again *time.Time) error {
	if v.session.Noticed() {
		// It came with an answer to something else.
		return v.lookAgain(ctx, again, true)
	}
	pause, due := v.set.opts.Seldom, false
	if wait := max(time.Until(*again), pauseLeast); !again.IsZero() && wait <= pause {
		pause, due = wait, true
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-v.listener.leave:
		return errReplaced
	case err := <-changes:
		if err != nil {
			return err
		}
		return v.lookAgain(ctx, again, true)
	case <-v.listener.wake:
		return v.lookAgain(ctx, again, false)
	case <-timer.C:
	}
	if due {
		return v.lookAgain(ctx, again, false)
	}
	// A notification may have been lost, and the session must not expire.
	state, err := v.session.FolderState(ctx, v.folder)
	if err != nil {
		return err
	}
	return v.compare(ctx, state, again)
}

// compare looks if the folder is not as it was.
func (v *visit) compare(ctx context.Context, state mapiclient.FolderState, again *time.Time) (err error) {
	if state.Same(v.state) {
		return nil
	}
	v.note()
	v.state = state
	*again, err = v.work.Look(ctx)
	return err
}

// lookAgain lets the handler look, because the server told of a change or for
// another reason.
func (v *visit) lookAgain(ctx context.Context, again *time.Time, told bool) (err error) {
	v.takeWake()
	if told {
		v.note()
	}
	*again, err = v.work.Look(ctx)
	return err
}

// demoted takes a mailbox out of those that are told of changes.
func (s *Set) demoted(e *Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listening, e)
	e.listener = nil
}
