package fasttransfer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// DefaultHold is how long a value may be that a [Reader] holds in memory,
// unless told otherwise, in bytes.
const DefaultHold = 1 << 20

// An Error is a stream that cannot be understood.
type Error struct {
	// Offset is the position in bytes from the start of the stream.
	Offset int64
	// Err is the cause.
	Err error
}

// Error implements error.
func (e *Error) Error() string {
	return fmt.Sprintf("FastTransfer stream at offset %d: %v", e.Offset, e.Err)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// A Reader reads the elements of a stream. How the stream was cut into buffers
// does not matter to it. It is not safe for concurrent use.
type Reader struct {
	src  io.Reader
	hold int

	buf   []byte // read from src, not yet taken
	spare []byte // the memory of buf
	end   error  // of src
	off   int64  // of buf[0] in the stream
	large *largeValue
	err   error
}

// NewReader reads the stream whose buffers src brings one after the other.
// Values of variable size longer than hold bytes (0 is [DefaultHold]) are not
// held but come as [Element.Large]; lists longer than that are an error.
func NewReader(src io.Reader, hold int) *Reader {
	if hold <= 0 {
		hold = DefaultHold
	}
	return &Reader{src: src, hold: hold}
}

// Offset is the position of the next element in the stream, in bytes.
func (r *Reader) Offset() int64 { return r.off }

// Next gives the next element. It is io.EOF behind the last one, an *[Error]
// when the stream makes no sense, or the error of what brings the stream.
func (r *Reader) Next() (Element, error) {
	if r.err == nil && r.large != nil {
		_, r.err = io.Copy(io.Discard, r.large)
		r.large = nil
	}
	var e Element
	if r.err == nil {
		r.err = r.element(&e)
	}
	if r.err != nil {
		return Element{}, r.err
	}
	return e, nil
}

func (r *Reader) element(e *Element) error {
	if r.fill(4); len(r.buf) == 0 {
		return r.end
	}
	if len(r.buf) >= 4 {
		if m := Marker(binary.LittleEndian.Uint32(r.buf)); m.Known() {
			r.take(4)
			e.Marker = m
			return nil
		}
	}
	at := r.off
	if err := r.decode(4, maxDef, func(c *wire.Codec) { e.Prop = mapi.Prop{}; layoutDef(c, &e.Prop) }); err != nil {
		return err
	}
	t := e.Prop.Tag.Type()
	switch kindOf(e.Prop.Tag) {
	case fixedKind:
		return r.decode(fixedSize(t), 16, func(c *wire.Codec) { layoutFixed(c, t, &e.Prop.Value) })
	case multiFixed:
		return r.decode(64, r.hold, func(c *wire.Codec) { layoutFixed(c, t, &e.Prop.Value) })
	case multiVar:
		return r.list(e)
	case variable:
		return r.variable(e)
	}
	return &Error{at, fmt.Errorf("property 0x%08X has a type that cannot stand in a stream", uint32(e.Prop.Tag))}
}

// variable decodes a value of variable size, or leaves it to be read.
func (r *Reader) variable(e *Element) error {
	e.plainString()
	var n uint32
	if err := r.decode(4, 4, func(c *wire.Codec) { c.Uint32(&n) }); err != nil {
		return err
	}
	if int64(n) > int64(r.hold) {
		r.large = &largeValue{r, int64(n)}
		e.Large, e.Size = r.large, r.large.left
		return nil
	}
	at := r.off
	return r.decode(int(n), int(n), func(c *wire.Codec) {
		var b []byte
		c.Raw(&b, int(n))
		if c.Err() != nil {
			return
		}
		v, err := valueOf(e.Prop.Tag.Type(), b)
		if err != nil {
			c.Fail(&Error{at, err})
		}
		e.Prop.Value = v
	})
}

// list decodes a list of values of variable size.
func (r *Reader) list(e *Element) error {
	t := e.Prop.Tag.Type()
	return r.decode(256, r.hold, func(c *wire.Codec) { layoutMultiVar(c, t, &e.Prop.Value, nil) })
}

// plainString turns a type that names a code page into that of a string.
// [MS-OXCFXICS] 2.2.4.1.1.1
func (e *Element) plainString() {
	t := e.Prop.Tag.Type()
	if t&codePageFlag == 0 {
		return
	}
	switch page := uint16(t &^ codePageFlag); page {
	case codePageUTF16:
		e.Prop.Tag = e.Prop.Tag.WithType(mapi.PtypString)
	case 65001 & 0x7FFF: // UTF-8 does not fit the field
		e.Prop.Tag, e.CodePage = e.Prop.Tag.WithType(mapi.PtypString8), 65001
	default:
		e.Prop.Tag, e.CodePage = e.Prop.Tag.WithType(mapi.PtypString8), page
	}
}

// decode lets f read from what comes next. When that ends too early, f runs
// again with more of the stream, up to limit bytes of it.
func (r *Reader) decode(want, limit int, f func(*wire.Codec)) error {
	for n := min(want, limit); ; n = min(2*n, limit) {
		r.fill(n)
		c := wire.NewDecoder(r.buf)
		f(c)
		err := c.Err()
		short := errors.Is(err, wire.ErrShort) || errors.Is(err, wire.ErrCount)
		switch {
		case err == nil:
			r.take(c.Offset())
			return nil
		case short && len(r.buf) >= limit:
			return &Error{r.off, fmt.Errorf("a value is longer than %d bytes", limit)}
		case short && len(r.buf) >= n:
			continue
		case short && r.end != io.EOF:
			return r.end
		}
		return r.failure(err)
	}
}

// failure puts the position in the stream into an error of the codec.
func (r *Reader) failure(err error) error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	var e *wire.Error
	if errors.As(err, &e) {
		return &Error{r.off + int64(e.Offset), e.Err}
	}
	return &Error{r.off, err}
}

// fill brings at least n bytes into the buffer, unless the stream ends before.
func (r *Reader) fill(n int) {
	for idle := 0; len(r.buf) < n && r.end == nil; idle++ {
		if cap(r.buf) < n || cap(r.buf) == len(r.buf) {
			r.grow(n)
		}
		var got int
		got, r.end = r.src.Read(r.buf[len(r.buf):cap(r.buf)])
		r.buf = r.buf[:len(r.buf)+got]
		if got > 0 {
			idle = 0
		} else if idle > 100 && r.end == nil {
			r.end = io.ErrNoProgress
		}
	}
}

// grow makes room for n bytes, in the memory there is when that is enough.
// What a length promises is not believed: the room at most doubles.
func (r *Reader) grow(n int) {
	const step = 32 << 10
	n = max(min(n, 2*len(r.buf)+step), step)
	if cap(r.spare) < n {
		r.spare = make([]byte, 0, n)
		r.buf = append(r.spare, r.buf...)
		return
	}
	r.buf = r.spare[:copy(r.spare[:cap(r.spare)], r.buf)]
}

// take passes over the next n bytes of the buffer.
func (r *Reader) take(n int) {
	r.buf = r.buf[n:]
	r.off += int64(n)
}

// A largeValue reads a value that the Reader does not hold.
type largeValue struct {
	r    *Reader
	left int64
}

// Read implements [io.Reader]. A stream that ends within the value is an *[Error].
func (l *largeValue) Read(b []byte) (int, error) {
	r := l.r
	if l.left == 0 {
		return 0, io.EOF
	}
	if r.fill(1); len(r.buf) == 0 {
		if r.end == io.EOF {
			return 0, &Error{r.off, wire.ErrShort}
		}
		return 0, r.end
	}
	n := copy(b[:min(int64(len(b)), l.left)], r.buf)
	r.take(n)
	l.left -= int64(n)
	return n, nil
}
