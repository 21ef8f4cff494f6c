package mapi

import "fmt"

// An ErrorCode is a MAPI return value: 0 is success, codes with the high bit
// or below 0x10000 are errors, 0x0004xxxx are warnings. [MS-OXCDATA] 2.4
type ErrorCode uint32

// IsWarning tells whether the code is a warning. [MS-OXCDATA] 2.4.3
func (e ErrorCode) IsWarning() bool { return e&0xFFFF0000 == 0x00040000 }

// Error implements error, so that codes can be compared with errors.Is.
func (e ErrorCode) Error() string { return e.String() }

// An Error is a refused operation.
type Error struct {
	// Op is the operation, such as RopSubmitMessage.
	Op string
	// Code is what the server answered.
	Code ErrorCode
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("%s: %v", e.Op, e.Code) }

// Unwrap gives the code, for errors.Is(err, mapi.ErrNotFound).
func (e *Error) Unwrap() error { return e.Code }

// String gives the name and the hex form, such as ecAccessDenied (0x80070005),
// or the hex form alone.
func (e ErrorCode) String() string {
	if e == 0 {
		return "ecNone (0x00000000)"
	}
	if n := codeName(e); n != "" {
		return fmt.Sprintf("%s (0x%08X)", n, uint32(e))
	}
	return fmt.Sprintf("0x%08X", uint32(e))
}
