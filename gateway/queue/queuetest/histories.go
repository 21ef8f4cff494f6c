package queuetest

import (
	"flag"
	"strconv"
	"testing"
)

// A step takes ten times as long under the race detector, and shows after a few what it would after many.
const (
	historiesRaced = 20
	stepsRaced     = 300
)

// Histories makes random histories fewer under the race detector, unless -rapid.checks says how many there shall be.
func Histories(t *testing.T) {
	t.Helper()
	checks := flag.Lookup("rapid.checks")
	if !raced || checks == nil || checks.Value.String() != checks.DefValue {
		return
	}
	if err := flag.Set("rapid.checks", strconv.Itoa(historiesRaced)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = flag.Set("rapid.checks", checks.DefValue) })
}
