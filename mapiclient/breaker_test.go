package mapiclient

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// A script of what the server answers and of what the breaker lets through.
func TestBreaker(t *testing.T) {
	away := &net.OpError{Op: "dial", Err: errors.New("refused")}
	busy := &mapi.Error{Op: "Connect", Code: mapi.ErrServerBusy}
	refused := &mapi.Error{Op: "Connect", Code: mapi.ErrLoginPerm}
	unavailable := &mapihttp.HTTPError{Status: 503, RetryAfter: 30 * time.Second}
	type step struct {
		after  time.Duration // since the step before
		answer error
		asked  bool
	}
	for name, steps := range map[string][]step{
		"three failures open it, an answer closes it": {
			{0, away, true}, {0, away, true}, {0, away, true}, {0, nil, false}, {time.Second, nil, false}, {time.Second, nil, true}, {0, nil, true}},
		"each pause is twice the one before": {
			{0, away, true}, {0, away, true}, {0, away, true}, {2 * time.Second, away, true}, {3 * time.Second, nil, false}, {time.Second, away, true},
			{7 * time.Second, nil, false}, {time.Second, nil, true}},
		"a refusal is an answer":         {{0, away, true}, {0, away, true}, {0, refused, true}, {0, away, true}, {0, away, true}, {0, nil, true}},
		"Retry-After is kept":            {{0, unavailable, true}, {29 * time.Second, nil, false}, {time.Second, nil, true}},
		"a busy server is left alone":    {{0, busy, true}, {4 * time.Second, nil, false}, {time.Second, nil, true}},
		"the pause has an end":           {{0, &mapihttp.HTTPError{Status: 502}, true}, {0, away, true}, {0, away, true}, {longestPause, nil, true}},
		"Retry-After of hours is obeyed": {{0, &mapihttp.HTTPError{Status: 503, RetryAfter: time.Hour}, true}, {59 * time.Minute, nil, false}, {time.Minute, nil, true}},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Unix(1e9, 0)
			b := &Breaker{now: func() time.Time { return now }, jitter: func(d time.Duration) time.Duration { return d }}
			for i, s := range steps {
				now = now.Add(s.after)
				asked := false
				err := b.Do(t.Context(), func() error { asked = true; return s.answer })
				if asked != s.asked {
					t.Fatalf("step %d: asked %v, want %v (%v)", i+1, asked, s.asked, err)
				}
				var paused *PausedError
				if !asked && !errors.As(err, &paused) {
					t.Errorf("step %d: %v, want a *PausedError", i+1, err)
				}
			}
		})
	}
}

// What began before the server was left alone does not lengthen the pause.
func TestBreakerStragglers(t *testing.T) {
	now := time.Unix(1e9, 0)
	b := &Breaker{now: func() time.Time { return now }, jitter: func(d time.Duration) time.Duration { return d }}
	away := &net.OpError{Op: "dial", Err: errors.New("refused")}
	for range 20 {
		if _, err := b.enter(); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		b.leave(t.Context(), false, away)
	}
	now = now.Add(firstPause)
	if err := b.Do(t.Context(), func() error { return nil }); err != nil {
		t.Errorf("after the first pause: %v", err)
	}
}

// Of many that wait for the end of a pause one tries.
func TestBreakerProbesOnce(t *testing.T) {
	now := time.Unix(1e9, 0)
	b := &Breaker{now: func() time.Time { return now }}
	_ = b.Do(t.Context(), func() error { return &mapi.Error{Code: mapi.ErrServerBusy} })
	now = now.Add(time.Minute)
	inner := 0
	_ = b.Do(t.Context(), func() error {
		for range 10 {
			_ = b.Do(t.Context(), func() error { inner++; return nil })
		}
		return nil
	})
	if inner != 0 {
		t.Errorf("%d others came through beside the probe", inner)
	}
}

// Who gives up by himself says nothing about the server.
func TestBreakerIgnoresCallersThatGaveUp(t *testing.T) {
	b := &Breaker{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 10 {
		_ = b.Do(ctx, func() error { return &net.OpError{Op: "dial", Err: context.Canceled} })
	}
	asked := false
	_ = b.Do(t.Context(), func() error { asked = true; return nil })
	if !asked {
		t.Error("it opened")
	}
}

func TestRetryAfter(t *testing.T) {
	for want, err := range map[time.Duration]error{
		300 * time.Millisecond: &rop.BackoffError{BackoffResponse: rop.BackoffResponse{Duration: 300}},
		7 * time.Second:        &mapihttp.HTTPError{Status: 429, RetryAfter: 7 * time.Second},
		busyPause:              &mapi.Error{Code: mapi.ErrConnectionsOverBudget},
		0:                      &mapi.Error{Code: mapi.ErrNotFound},
	} {
		if got := RetryAfter(err); got != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
}
