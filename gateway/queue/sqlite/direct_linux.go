package sqlite

import (
	"errors"
	"os"
	"syscall"
)

// createDirect makes a file that is written past the system's cache, if the file system can do that.
func createDirect(path string) (*os.File, error) {
	f, err := os.OpenFile(path, createFlags|syscall.O_DIRECT, 0o600)
	if refused(err) {
		os.Remove(path) // some make it all the same
		return os.OpenFile(path, createFlags, 0o600)
	}
	return f, err
}

// refused tells whether an error may mean that the file system writes through its cache only, or wants other addresses and sizes than ours.
func refused(err error) bool {
	return errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.EOPNOTSUPP)
}

// cached makes what is written from now on go through the system's cache.
func cached(f *os.File) error {
	c, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = c.Control(func(fd uintptr) {
		if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, fd, syscall.F_SETFL, 0); errno != 0 {
			failed = errno
		}
	})
	return errors.Join(err, failed)
}
