//go:build !linux

package sqlite

import (
	"errors"
	"os"
)

// createDirect makes a file that is written through the system's cache.
func createDirect(path string) (*os.File, error) { return os.OpenFile(path, createFlags, 0o600) }

func refused(error) bool { return false }

func cached(*os.File) error { return errors.ErrUnsupported }
