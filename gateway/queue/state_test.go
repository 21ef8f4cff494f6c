package queue

import (
	"errors"
	"testing"
	"time"
)

// The numbers are stored.
func TestStatesKeepTheirNumbers(t *testing.T) {
	for s, want := range map[State]uint8{Waiting: 1, Leased: 2, Unknown: 3, Delivered: 4, Failed: 5, Expired: 6, Held: 7, Bounced: 8, Settled: 9} {
		if uint8(s) != want {
			t.Errorf("%v is %d, want %d", s, s, want)
		}
		if again, err := ParseState(s.String()); err != nil || again != s {
			t.Errorf("%v is read as %v, %v", s, again, err)
		}
	}
	if len(States()) != len(transitions) {
		t.Errorf("%d states, %d rows in the table", len(States()), len(transitions))
	}
	for _, name := range []string{"", "state(0)", "WAITING"} {
		if s, err := ParseState(name); err == nil {
			t.Errorf("%q is read as %v", name, s)
		}
	}
}

// What the table promises as a whole, whatever its rows.
func TestTransitions(t *testing.T) {
	for _, s := range States() {
		for c := Lease; c <= ReviveDoubt; c++ {
			next, err := s.After(c)
			if err != nil {
				if !errors.Is(err, ErrState) {
					t.Errorf("%v after %v: %v", s, c, err)
				}
				continue
			}
			switch {
			case s == Settled:
				t.Errorf("what is settled changes by %v", c)
			case s.Final() && !next.Final() && c != Revive && c != ReviveDoubt:
				t.Errorf("%v is final, but leads to %v by %v", s, next, c)
			case next == Leased && c != Lease:
				t.Errorf("%v leads to a lease by %v", s, c)
			case next == Delivered && c != Deliver, next == Settled && c != Settle, next == Bounced && c != Bounce, next == Held && c != Hold:
				t.Errorf("%v leads to %v by %v", s, next, c)
			case s == Leased && c == Lapse && next != Unknown:
				t.Errorf("a lapsed lease leads to %v: the mail may have been delivered", next)
			}
		}
	}
	// A late report is the truth as long as nobody else has taken over.
	for _, c := range []Change{Deliver, Defer, Doubt, Fail, Expire} {
		fromLeased, err1 := Leased.After(c)
		fromUnknown, err2 := Unknown.After(c)
		if err1 != nil || err2 != nil || fromLeased != fromUnknown {
			t.Errorf("%v: %v and %v, %v, %v", c, fromLeased, fromUnknown, err1, err2)
		}
	}
	if Change(0).String() == "" || Change(200).String() == "" || State(200).String() == "" {
		t.Error("odd values have no name")
	}
}

func TestPolicy(t *testing.T) {
	p := DefaultPolicy()
	p.Jitter = 0.5
	for attempt, want := range map[int]time.Duration{1: 5, 2: 10, 3: 20, 4: 40, 5: 80, 6: 160, 7: 240, 8: 240, 1000: 240} {
		want *= time.Minute
		if got := p.Wait(attempt, 0, 0); got != want {
			t.Errorf("attempt %d waits %v, want %v", attempt, got, want)
		}
		if got := p.Wait(attempt, 0, 1); got != want*3/2 {
			t.Errorf("attempt %d waits %v at most, want %v", attempt, got, want*3/2)
		}
	}
	if got := p.Wait(1, 10*time.Hour, 0); got != 10*time.Hour {
		t.Errorf("asked to wait 10 hours, it waits %v", got)
	}
	if got := (Policy{}).WithDefaults(); got != DefaultPolicy() {
		t.Errorf("defaults %+v", got)
	}
	if got := (Policy{First: 1, Warn: -1, Jitter: -1}).WithDefaults(); got.First != 1 || got.Warn != -1 || got.Jitter != 0 || got.Most != DefaultPolicy().Most {
		t.Errorf("what is set is changed: %+v", got)
	}
	for range 100 {
		if c := Chance(); c < 0 || c > 1 {
			t.Fatalf("chance %v", c)
		}
	}
}
