package sqlite

import (
	"errors"
	"os"
	"syscall"
)

// createDirect makes a file that is written past the system's cache, if the file system can do that.
func createDirect(path string) (*os.File, error) {
	f, err := os.OpenFile(path, createFlags|syscall.O_DIRECT, 0o600)
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.EOPNOTSUPP) {
		os.Remove(path) // some make it all the same
		return os.OpenFile(path, createFlags, 0o600)
	}
	return f, err
}
