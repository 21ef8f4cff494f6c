//go:build !linux

package main

import (
	"errors"
	"math/rand/v2"
	"syscall"
	"time"
)

// canFill says that fullDisk works on this system.
const canFill = false

func (w *world) fullDisk(*rand.Rand, time.Duration) error {
	return errors.New("limits of another process's files are Linux's")
}

// withParent makes a process end with this one, where the system can.
func withParent() *syscall.SysProcAttr { return nil }
