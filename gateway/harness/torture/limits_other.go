//go:build !linux

package main

import (
	"context"
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

// canFail says that a disk can fail on this system.
func canFail() bool { return false }

const diskEnv = "MAPIGATE_TORTURE_DISK"

func (w *world) failDisk(context.Context, time.Duration) error { return errNotLinux }
func giveDiskCalls(string) error                               { return errNotLinux }

var errNotLinux = errors.New("answering for another process's file system calls is Linux's")

// withParent makes a process end with this one, where the system can.
func withParent() *syscall.SysProcAttr { return nil }
