package smtpside

import (
	"fmt"
	"testing"
	"time"
)

func TestAuthThrottle(t *testing.T) {
	now := time.Unix(1000, 0)
	throttle := newAuthThrottle(time.Second)
	a, b := ipAddr("192.0.2.1"), ipAddr("192.0.2.2")
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 30, 30, 30} {
		if got := throttle.note(a, now); got != want*time.Second {
			t.Errorf("failure %d: %v, want %v s", i+1, got, want)
		}
	}
	if got := throttle.note(b, now); got != time.Second {
		t.Errorf("another address: %v", got)
	}
	if got := throttle.note(a, now.Add(authMemory+time.Second)); got != time.Second {
		t.Errorf("after a long time: %v", got)
	}
	for i := range 3 * maxAuthEntries {
		throttle.note(ipAddr(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)), now)
	}
	if n := len(throttle.known); n > maxAuthEntries {
		t.Errorf("%d addresses remembered", n)
	}
	v6 := newAuthThrottle(time.Second)
	v6.note(ipAddr("2001:db8::1"), now)
	if got := v6.note(ipAddr("2001:db8::ffff"), now); got != 2*time.Second {
		t.Errorf("neighbour in the same /64: %v", got)
	}
}
