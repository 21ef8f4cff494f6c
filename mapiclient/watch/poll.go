package watch

import (
	"context"
	"errors"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
)

// The pauses after failures: each is twice the one before.
const firstRetry, mostRetry = time.Second, 2 * time.Minute

// closing is how long the end of a session may take.
const closing = 5 * time.Second

// A visit is a session in a mailbox.
type visit struct {
	*Entry
	session *mapiclient.Mailbox
	work    Work // nil until there is something to do
	busy    bool // something had changed
}

// poll opens a mailbox, looks if something has changed, and closes it again;
// or lets it go on being told of changes.
func (s *Set) poll(ctx context.Context, e *Entry) {
	v := &visit{Entry: e}
	again, err := v.visit(ctx)
	if err == nil && s.promote(e) {
		s.listeners.Go(func() {
			again, err := v.listen(ctx, again)
			v.leave(ctx)
			s.demoted(e)
			s.done(ctx, v, again, err)
		})
		return
	}
	v.leave(ctx)
	s.done(ctx, v, again, err)
}

// visit opens the mailbox and looks if something has changed.
func (v *visit) visit(ctx context.Context) (again time.Time, err error) {
	v.count(func(s *Stats) { s.Polls++ })
	state, err := v.open(ctx)
	if err != nil {
		return time.Time{}, err
	}
	if again, due := v.takeWake(); !due && v.known && state.Same(v.state) {
		return again, nil
	}
	return v.look(ctx, state)
}

// open opens the mailbox and gives the state of its folder if that is known.
func (v *visit) open(ctx context.Context) (mapiclient.FolderState, error) {
	// Of a Connect that is cut off only the server would know that it made a session.
	ctx, cancel := lingering(ctx, closing)
	defer cancel()
	if v.folder == 0 {
		var err error
		v.session, err = v.client.OpenMailbox(ctx)
		return mapiclient.FolderState{}, err
	}
	m, state, err := v.client.OpenMailboxAt(ctx, v.folder)
	v.session = m
	if m == nil {
		return state, err
	}
	if err != nil || m.GUID() != v.mailbox {
		// The folder has gone, or the mailbox is another: Begin finds out.
		v.known, v.folder = false, 0
	}
	return state, nil
}

// lingering gives a context that ends a while after ctx.
func lingering(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-longer.Done():
		case <-time.After(d):
			cancel()
		}
	})
	return longer, func() { stop(); cancel() }
}

// look lets the handler look. state is how the folder stood before.
func (v *visit) look(ctx context.Context, state mapiclient.FolderState) (again time.Time, err error) {
	if v.work == nil {
		if v.work, err = v.handler.Begin(ctx, v.session); err != nil {
			return time.Time{}, err
		}
	}
	if folder := v.work.Folder(); folder != v.folder || !v.known {
		v.folder, v.mailbox = folder, v.session.GUID()
		if state, err = v.session.FolderState(ctx, folder); err != nil {
			return time.Time{}, err
		}
		v.known = true
	} else {
		v.note()
	}
	// What comes while the handler looks must make a difference to the next look.
	v.state = state
	return v.work.Look(ctx)
}

// note counts a change.
func (v *visit) note() {
	v.set.mu.Lock()
	defer v.set.mu.Unlock()
	v.changed(time.Now())
	v.busy = true
}

func (v *visit) count(what func(*Stats)) {
	v.set.mu.Lock()
	defer v.set.mu.Unlock()
	what(&v.set.stats)
}

// takeWake tells whether the handler is to look whatever the folder's state is,
// and if not, when it will be.
func (e *Entry) takeWake() (again time.Time, due bool) {
	e.set.mu.Lock()
	defer e.set.mu.Unlock()
	due = e.woken || !e.again.IsZero() && !time.Now().Before(e.again)
	e.woken = false
	return e.again, due
}

// leave ends the session.
func (v *visit) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
	defer cancel()
	if v.work != nil {
		v.work.End(ctx)
		v.work = nil
	}
	if v.session != nil {
		_ = v.session.Close(ctx)
		v.session = nil
	}
}

// done puts the mailbox back into the schedule.
func (s *Set) done(ctx context.Context, v *visit, again time.Time, err error) {
	now := time.Now()
	s.mu.Lock()
	if v.Entry.removed != nil {
		close(v.Entry.removed)
		s.mu.Unlock()
		return
	}
	if ctx.Err() != nil {
		s.mu.Unlock()
		return
	}
	if err != nil {
		again = v.failed(now, err)
	} else {
		v.succeeded(now, again)
	}
	s.waiting.add(v.Entry)
	s.mu.Unlock()
	if err != nil {
		v.handler.Failed(err, again)
	}
	s.hurry()
}

// failed schedules another attempt and tells when. The set's mutex is held.
func (e *Entry) failed(now time.Time, err error) time.Time {
	if e.failures++; e.failures == 1 {
		e.set.stats.Failing++
	}
	e.set.stats.Failures++
	pause := min(e.set.opts.Retry<<min(e.failures-1, 16), e.set.opts.RetryMost)
	pause = max(pause, mapiclient.RetryAfter(err))
	var paused *mapiclient.PausedError
	switch {
	case errors.As(err, &paused) && paused.Mailbox:
		pause = max(paused.Until.Sub(now), 0)
	case errors.As(err, &paused):
		// Many wait for the same server: not all at the same moment.
		pause = max(pause, paused.Until.Sub(now)) + e.set.opts.Seldom/8
	}
	// Whoever begins again looks, whatever the folder's state is.
	e.known, e.again = false, time.Time{}
	e.due = now.Add(pause + pause/4 - spread(pause/4))
	return e.due
}

// succeeded schedules the next poll. The set's mutex is held.
func (v *visit) succeeded(now, again time.Time) {
	v.recovered()
	if !v.busy {
		v.interval = min(v.interval*3/2, v.set.opts.Seldom)
	}
	v.again = again
	v.due = now.Add(spread(v.interval))
	if !again.IsZero() && again.Before(v.due) {
		v.due = again
	}
	if soonest := now.Add(pauseLeast); v.due.Before(soonest) {
		v.due = soonest
	}
	if v.woken {
		v.due = now
	}
}

// recovered counts that the mailbox is watched. The set's mutex is held.
func (e *Entry) recovered() {
	if e.failures > 0 {
		e.failures = 0
		e.set.stats.Failing--
	}
}

// pauseLeast is between two looks that a handler asks for.
const pauseLeast = 50 * time.Millisecond
