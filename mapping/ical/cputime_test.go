//go:build unix

package ical

import (
	"syscall"
	"testing"
	"time"
)

// cpuTime is what this process has computed so far; a busy machine does not
// add to it.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Skip(err)
	}
	return time.Duration(u.Utime.Nano())
}
