package sqlite

import (
	"errors"
	"fmt"
	"syscall"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/mapigate/mapigate/gateway/queue"
)

// classify turns "no room" of the database and of the disk into ErrFull and wraps the rest.
func classify(op string, err error) error {
	if err == nil {
		return nil
	}
	if isFull(err) {
		return fmt.Errorf("%s: %w: %w", op, queue.ErrFull, err)
	}
	return fmt.Errorf("%s: %w", op, err)
}

func isFull(err error) bool {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, queue.ErrFull) {
		return true
	}
	return primaryCode(err) == lib.SQLITE_FULL
}

func isBusy(err error) bool {
	code := primaryCode(err)
	return code == lib.SQLITE_BUSY || code == lib.SQLITE_LOCKED
}

// primaryCode is SQLite's error code without its extension, or 0.
func primaryCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xFF
	}
	return 0
}
