package quota

import (
	"fmt"
	"testing"
	"time"
)

func TestRates(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 30, 10, 0, time.UTC)
	m := NewMeter(func() time.Time { return now })
	l := Limits{MailsPerMinute: 3, MailsPerDay: 8, RecipientsPerDay: 2}
	sent := func(n int) (taken int) {
		for range n {
			if m.Mail("bob", l) {
				taken++
			}
		}
		return taken
	}
	for _, step := range []struct {
		wait       time.Duration
		send, take int
	}{
		{0, 5, 3}, {10 * time.Second, 5, 0}, {time.Minute, 5, 3}, {time.Minute, 5, 2}, {time.Minute, 5, 0},
		{22 * time.Hour, 5, 0}, {2 * time.Hour, 5, 3}, {time.Minute, 9, 3}, {48 * time.Hour, 5, 3},
	} {
		now = now.Add(step.wait)
		if got := sent(step.send); got != step.take {
			t.Errorf("%v later: %d of %d taken, want %d", step.wait, got, step.send, step.take)
		}
	}
	if !m.Mail("alice", l) || !m.Mail("alice", Limits{}) {
		t.Error("others count for themselves")
	}
	for i, want := range []bool{true, true, false} {
		if got := m.Recipient("bob", l); got != want {
			t.Errorf("recipient %d: taken %v, want %v: recipients have a count of their own", i+1, got, want)
		}
	}
}

func TestSessions(t *testing.T) {
	m := NewMeter(time.Now)
	l := Limits{Sessions: 2}
	for i, want := range []bool{true, true, false} {
		if got := m.Open("a", l); got != want {
			t.Errorf("session %d: open %v, want %v: two each", i+1, got, want)
		}
	}
	if !m.Open("b", l) {
		t.Error("others have sessions of their own")
	}
	m.Close("a")
	if !m.Open("a", l) {
		t.Error("one has gone")
	}
	for i := range 2 * maxClients {
		m.Mail(fmt.Sprint(i), Limits{})
	}
	if n := len(m.clients); n > maxClients {
		t.Errorf("%d clients remembered", n)
	}
	if m.Open("a", l) {
		t.Error("open sessions were forgotten")
	}
}
