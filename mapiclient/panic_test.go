package mapiclient

import (
	"errors"
	"net"
	"testing"
	"time"
)

// panics calls f and swallows what it panics with, as couriers do.
func panics(t *testing.T, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	f()
}

// The one attempt that is made for all may end in a panic: the next one is made then, and the server is not left alone for ever.
func TestBreakerOutlivesAPanic(t *testing.T) {
	now := time.Unix(1e9, 0)
	b := &Breaker{now: func() time.Time { return now }}
	for range breakAfter {
		_ = b.Do(t.Context(), func() error { return &net.OpError{Op: "dial", Err: errors.New("refused")} })
	}
	now = now.Add(longestPause)
	panics(t, func() { _ = b.Do(t.Context(), func() error { panic("of a test") }) })
	if err := b.Do(t.Context(), func() error { return nil }); err != nil {
		t.Errorf("after a panic: %v", err)
	}
}
