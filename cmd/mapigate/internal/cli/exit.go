package cli

import (
	"errors"
	"fmt"
	"io"
)

// Exit codes. Scripts rely on them.
const (
	Fine   = 0
	Failed = 1
	Usage  = 2
)

// ExitCode says why a command failed, and gives the code for it.
func ExitCode(err error, stderr io.Writer) int {
	if err == nil {
		return Fine
	}
	if !errors.Is(err, ErrSaid) {
		fmt.Fprintf(stderr, "mapigate: %v\n", err)
	}
	var usage *usageError
	if errors.As(err, &usage) {
		return Usage
	}
	var own *ExitError
	if errors.As(err, &own) {
		return own.Code
	}
	return Failed
}

// ErrSaid is the error of a command that has already said on stdout what failed.
var ErrSaid = errors.New("failed as printed")

// An ExitError is one of a command whose callers know more exit codes than ours.
type ExitError struct {
	Code int
	Err  error
}

// Error implements error.
func (e *ExitError) Error() string { return e.Err.Error() }

// Unwrap gives what went wrong.
func (e *ExitError) Unwrap() error { return e.Err }

// A usageError is a command line that cannot work whatever the world is like.
type usageError struct{ text string }

// Error implements error.
func (e *usageError) Error() string { return e.text }

// Usagef makes the error of a command line that cannot work.
func Usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}
