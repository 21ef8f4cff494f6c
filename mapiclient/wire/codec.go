// Package wire reads and writes the little-endian structures of the MAPI
// protocols.
//
// One [Codec] does both directions: a structure describes itself once, in a
// method Layout(c *wire.Codec), and the codec either fills the structure from
// its input or appends the structure to its output. The first error sticks,
// carries the offset where it happened, and turns every later call into a
// no-op, so that a Layout needs no checks of its own. All bounds, count and
// depth checks live in this package.
package wire

import (
	"errors"
	"fmt"
)

// MaxDepth is how deep structures may nest (restrictions inside restrictions,
// for example). [MS-OXCDATA] sets no limit; servers do, well below this.
const MaxDepth = 64

// Errors that a [Error] wraps.
var (
	// ErrShort says that the input ended inside a structure.
	ErrShort = errors.New("input ends too early")
	// ErrCount says that a count promises more elements than bytes are left.
	ErrCount = errors.New("count exceeds the input")
	// ErrTooLong says that a value does not fit its length field.
	ErrTooLong = errors.New("value too long for its length field")
	// ErrTrailing says that bytes are left after the last structure.
	ErrTrailing = errors.New("unexpected bytes after the end")
	// ErrDepth says that structures nest deeper than MaxDepth.
	ErrDepth = errors.New("structures nested too deeply")
)

// An Error is what went wrong while coding, and where.
type Error struct {
	// Offset is the position in bytes from the start of the whole buffer.
	Offset int
	// Decoding tells reading from writing.
	Decoding bool
	// Err is the cause, one of the errors of this package or a layout's own.
	Err error
}

// Error implements error.
func (e *Error) Error() string {
	verb := "encoding"
	if e.Decoding {
		verb = "decoding"
	}
	return fmt.Sprintf("%s at offset %d: %v", verb, e.Offset, e.Err)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// A Codec reads structures from a buffer or appends them to one.
// It is not safe for concurrent use.
type Codec struct {
	buf      []byte // decoding: the input up to the current limit; encoding: the output
	off      int    // decoding: the read position
	decoding bool
	depth    int
	err      error
}

// NewDecoder returns a codec that reads b. It never writes to b, and what it
// hands out never aliases b.
func NewDecoder(b []byte) *Codec { return &Codec{buf: b, decoding: true} }

// NewEncoder returns a codec that appends to buf, which may be nil.
func NewEncoder(buf []byte) *Codec { return &Codec{buf: buf} }

// Decoding tells whether the codec reads (true) or writes (false).
func (c *Codec) Decoding() bool { return c.decoding }

// Err returns the first error, or nil. It is always an *[Error].
func (c *Codec) Err() error { return c.err }

// Bytes returns what has been written so far; nil for a decoder.
func (c *Codec) Bytes() []byte {
	if c.decoding {
		return nil
	}
	return c.buf
}

// Offset is the position from the start of the buffer, in bytes.
func (c *Codec) Offset() int {
	if c.decoding {
		return c.off
	}
	return len(c.buf)
}

// Len is the number of bytes left to read; 0 for an encoder or after an error.
func (c *Codec) Len() int {
	if !c.decoding || c.err != nil {
		return 0
	}
	return len(c.buf) - c.off
}

// Fail makes the codec fail at the current offset, unless it already has.
func (c *Codec) Fail(err error) {
	if c.err == nil {
		c.err = &Error{Offset: c.Offset(), Decoding: c.decoding, Err: err}
	}
}

// Failf is [Codec.Fail] with a formatted cause.
func (c *Codec) Failf(format string, args ...any) { c.Fail(fmt.Errorf(format, args...)) }

// End fails if bytes are left to read.
func (c *Codec) End() {
	if n := c.Len(); n > 0 {
		c.Fail(fmt.Errorf("%w: %d", ErrTrailing, n))
	}
}

// Nested runs f one level deeper and fails when that is deeper than MaxDepth.
// Layouts that can contain themselves call it around the inner layout.
func (c *Codec) Nested(f func()) {
	if c.depth >= MaxDepth {
		c.Fail(ErrDepth)
		return
	}
	c.depth++
	f()
	c.depth--
}

// Try reads with f and tells whether f could, and found what it wanted; if not,
// the codec stands where it stood. Where servers write one structure in two forms, a layout
// tries one and then reads the other. A codec that writes runs f.
func (c *Codec) Try(f func() bool) bool {
	if c.err != nil {
		return false
	}
	before := *c
	if ok := f(); c.decoding && (!ok || c.err != nil) {
		*c = before
		return false
	}
	return true
}

// Peek gives the next byte of the input without reading it, or false at its end.
func (c *Codec) Peek() (byte, bool) {
	if c.err != nil || !c.decoding || c.off >= len(c.buf) {
		return 0, false
	}
	return c.buf[c.off], true
}

// next returns the next n bytes of the input, or nil after failing.
func (c *Codec) next(n int) []byte {
	if c.err != nil {
		return nil
	}
	if n < 0 || n > len(c.buf)-c.off {
		c.Fail(ErrShort)
		return nil
	}
	b := c.buf[c.off : c.off+n : c.off+n]
	c.off += n
	return b
}

// Coder is what has a layout: a pointer to a structure of the protocol.
type Coder interface{ Layout(*Codec) }

// Marshal returns the bytes of v.
func Marshal(v Coder) ([]byte, error) {
	c := NewEncoder(nil)
	v.Layout(c)
	return c.buf, c.err
}

// Unmarshal fills v from b and fails if b is longer than v.
func Unmarshal(b []byte, v Coder) error {
	c := NewDecoder(b)
	v.Layout(c)
	c.End()
	return c.err
}
