package mail

import (
	"testing"
	"time"
)

func TestNewID(t *testing.T) {
	now := time.Now()
	seen := map[ID]bool{}
	last := ID("")
	for i := range 1000 {
		id := NewID(now.Add(time.Duration(i) * time.Millisecond))
		if !id.Valid() || seen[id] || id <= last {
			t.Fatalf("id %q after %q", id, last)
		}
		seen[id], last = true, id
	}
	if a, b := NewID(now), NewID(now); a == b {
		t.Errorf("two ids of one moment are %s", a)
	}
	for _, bad := range []ID{"", "06abcdefghjkmnpqrst", "06abcdefghjkmnpqrst/", "06ABCDEFGHJKMNPQRSTV", "../../../../etc/pass", "06abcdefghjkmnpqrstvw"} {
		if bad.Valid() {
			t.Errorf("%q is valid", bad)
		}
	}
}

func TestOutcomeStatus(t *testing.T) {
	for _, c := range []struct {
		in   Outcome
		want string
	}{
		{Outcome{Code: 550, Detail: "1.1"}, "5.1.1"},
		{Outcome{Verdict: Delivered}, "2.0.0"},
		{Outcome{Verdict: Failed, Detail: "7.1"}, "5.7.1"},
		{Outcome{}, "4.0.0"},
		{Outcome{Verdict: Unknown, Code: 354}, "4.0.0"},
	} {
		if got := c.in.Status(); got != c.want {
			t.Errorf("%+v: %s, want %s", c.in, got, c.want)
		}
	}
	for v, want := range map[Verdict]string{Retry: "retry", Delivered: "delivered", Failed: "failed", Unknown: "unknown", 9: "verdict(9)"} {
		if v.String() != want {
			t.Errorf("%d is called %s", v, v)
		}
	}
}

func TestNotify(t *testing.T) {
	for n, want := range map[Notify][3]bool{ // failure, delay, success
		0: {true, true, false}, NotifyNever: {}, NotifyFailure: {true, false, false}, NotifySuccess: {false, false, true},
		NotifySuccess | NotifyFailure | NotifyDelay: {true, true, true},
	} {
		if got := [3]bool{n.WantsFailure(), n.WantsDelay(), n.WantsSuccess()}; got != want {
			t.Errorf("NOTIFY %b wants %v, want %v", n, got, want)
		}
	}
}
