//go:build !linux && !darwin && !freebsd

package sqlite

import "errors"

// diskFree is not known here; a full disk is noticed when a write fails.
func diskFree(string) (int64, error) { return 0, errors.ErrUnsupported }
