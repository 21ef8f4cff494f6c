//go:build !windows

package drop

import (
	"os"
	"syscall"
)

// openPlain opens a file for reading: no link is followed, and no pipe waited for.
func openPlain(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
}
