package mapiclient

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

const (
	// breakAfter is how many openings in a row must fail to leave a server alone.
	breakAfter = 3
	// firstPause and longestPause bound how long; each pause is twice the one before.
	firstPause   = 2 * time.Second
	longestPause = 2 * time.Minute
)

// A Breaker leaves a server alone that is away or asks to be: while it is open,
// mailboxes are not opened there but fail at once, and when its pause is over
// one attempt is made for all. The clients of one server share one. Its zero
// value works, and it is safe for concurrent use.
type Breaker struct {
	mu      sync.Mutex
	failed  int // in a row
	pause   time.Duration
	until   time.Time
	probing bool
	err     error
	// now and jitter are for tests; nil is the clock, and chance.
	now    func() time.Time
	jitter func(time.Duration) time.Duration
}

// A PausedError says that a server is left alone for a while and was not asked.
type PausedError struct {
	// Until is when it will be asked again.
	Until time.Time
	// Err is what it failed with last.
	Err error
	// Mailbox says that it is about one mailbox, and others of the server may be opened.
	Mailbox bool
}

// Error implements error.
func (e *PausedError) Error() string {
	return fmt.Sprintf("the server is left alone until %s: %v", e.Until.Format(time.TimeOnly), e.Err)
}

// Unwrap gives the cause.
func (e *PausedError) Unwrap() error { return e.Err }

// Do calls f unless the server is left alone.
func (b *Breaker) Do(ctx context.Context, f func() error) error {
	if b == nil {
		return f()
	}
	probe, err := b.enter()
	if err != nil {
		return err
	}
	whole := false
	defer func() {
		if whole {
			b.leave(ctx, probe, err)
		} else if probe { // f panicked, which tells nothing: let another try
			b.mu.Lock()
			b.probing = false
			b.mu.Unlock()
		}
	}()
	err = f()
	whole = true
	return err
}

// enter lets an attempt through, or not. probe says that it is the one that is made for all.
func (b *Breaker) enter() (probe bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.until.IsZero() {
		return false, nil
	}
	if b.clock().Before(b.until) || b.probing {
		return false, &PausedError{Until: b.until, Err: b.err}
	}
	b.probing = true
	return true, nil
}

func (b *Breaker) leave(ctx context.Context, probe bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if probe {
		b.probing = false
	}
	asked := RetryAfter(err)
	switch {
	case err == nil, asked == 0 && !Away(err):
		// It answered, be it with a no.
		b.failed, b.pause, b.until, b.err = 0, 0, time.Time{}, nil
		return
	case ctx.Err() != nil:
		return // the caller gave up, which tells nothing
	}
	if asked == 0 && !b.until.IsZero() && !probe {
		return // it began before the server was left alone: that it failed too is no news
	}
	b.failed++
	if asked == 0 && b.failed < breakAfter {
		b.err = err
		return
	}
	b.open(asked, err)
}

// open leaves the server alone for as long as it asked for, or for twice the last pause.
func (b *Breaker) open(asked time.Duration, err error) {
	b.err = err
	b.pause = min(max(2*b.pause, firstPause), longestPause)
	b.until = b.clock().Add(b.spread(max(b.pause, asked)))
}

// tell is for what a server asked for within a session that was open already.
func (b *Breaker) tell(err error) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if asked := RetryAfter(err); b.until.Before(b.clock().Add(asked)) {
		b.open(asked, err)
	}
}

func (b *Breaker) clock() time.Time {
	if b.now != nil {
		return b.now()
	}
	return time.Now()
}

func (b *Breaker) spread(d time.Duration) time.Duration {
	if b.jitter != nil {
		return b.jitter(d)
	}
	return spread(d)
}

// busyPause is how long a server that says it is busy is left alone when it does
// not say how long.
const busyPause = 5 * time.Second

// RetryAfter is how long an error asks to wait before anything else is asked of
// the server: Retry-After, RopBackoff, or that it is busy. 0 is not at all.
// [MS-OXCROPS] 2.2.15.2, RFC 9110 10.2.3
func RetryAfter(err error) time.Duration {
	var status *mapihttp.HTTPError
	var backoff *rop.BackoffError
	switch {
	case errors.As(err, &backoff):
		return backoff.Wait()
	case errors.As(err, &status):
		if status.RetryAfter == 0 && status.Status == 429 {
			return busyPause
		}
		return status.RetryAfter
	}
	for _, busy := range []mapi.ErrorCode{mapi.ErrServerBusy, mapi.ErrRpcServerTooBusy, mapi.ErrConnectionsOverBudget,
		mapi.ErrMaxPoolExceeded, mapi.ErrServerPaused, mapi.ErrTooManySessions} {
		if errors.Is(err, busy) {
			return busyPause
		}
	}
	return 0
}

// Away tells a server that cannot be reached, or that is down, from one that
// answers.
func Away(err error) bool {
	var status *mapihttp.HTTPError
	if errors.As(err, &status) {
		return status.Status >= 500
	}
	var network net.Error
	return errors.As(err, &network)
}
