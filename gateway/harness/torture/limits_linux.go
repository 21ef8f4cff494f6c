package main

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// canFill says that fullDisk works on this system.
const canFill = true

// fullDisk lets no file of the gateway grow beyond some length, so that writes fail half done, as on a full disk.
func (w *world) fullDisk(rng *rand.Rand, d time.Duration) error {
	pid := w.gateway.pid()
	full := unix.Rlimit{Cur: 4096 + uint64(rng.IntN(1<<20)), Max: unix.RLIM_INFINITY}
	if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, &full, nil); err != nil {
		return fmt.Errorf("limiting the gateway's files: %w", err)
	}
	time.Sleep(d)
	return unix.Prlimit(pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}, nil)
}

// withParent makes a process end with this one.
func withParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
