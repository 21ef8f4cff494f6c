//go:build !linux

package sqlite

import "os"

// createDirect makes a file that is written through the system's cache.
func createDirect(path string) (*os.File, error) { return os.OpenFile(path, createFlags, 0o600) }
