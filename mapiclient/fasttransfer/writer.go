package fasttransfer

import (
	"errors"
	"fmt"
	"io"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// ErrNoRoom says that a part that must not be cut did not fit into an empty buffer.
var ErrNoRoom = errors.New("no room for an atom of the FastTransfer stream")

// ErrNoSize says that a value whose size nobody knows was to be written.
var ErrNoSize = errors.New("the size of a value must be known before it can be written to a FastTransfer stream")

// MinRoom is how much room a buffer needs so that every atom fits, in bytes.
const MinRoom = maxDef

// A Sink takes the buffers of a stream.
type Sink interface {
	// Room is how many bytes the next buffer may have, at least [MinRoom].
	Room() int
	// Put takes the next buffer, which is not empty and reused afterwards.
	Put([]byte) error
}

// A Writer writes a stream, cut into buffers. The first error sticks. It is not
// safe for concurrent use.
//
// A stream is cut only between atoms, which are markers, definitions of
// properties, values of fixed size and lengths, and within values of variable
// size; a string in UTF-16 only between characters of two bytes.
// [MS-OXCFXICS] 2.2.4.1
type Writer struct {
	sink Sink
	buf  []byte
	room int
	err  error
}

// NewWriter writes into a sink.
func NewWriter(sink Sink) *Writer { return &Writer{sink: sink} }

// Err is the first error.
func (w *Writer) Err() error { return w.err }

// Flush puts what is left into the sink.
func (w *Writer) Flush() error {
	if w.err == nil && len(w.buf) > 0 {
		w.err = w.sink.Put(w.buf)
		w.buf, w.room = w.buf[:0], 0
	}
	return w.err
}

// Marker writes a marker.
func (w *Writer) Marker(m Marker) error {
	u := uint32(m)
	return w.atoms(func(c *wire.Codec, _ func()) { c.Uint32(&u) })
}

// Prop writes a property. A named one needs its name; its id does not matter.
func (w *Writer) Prop(p mapi.Prop) error {
	t := p.Tag.Type()
	switch kindOf(p.Tag) {
	case fixedKind:
		return w.atoms(func(c *wire.Codec, cut func()) { layoutDef(c, &p); cut(); layoutFixed(c, t, &p.Value) })
	case multiFixed:
		return w.list(&p)
	case multiVar:
		return w.atoms(func(c *wire.Codec, cut func()) { layoutDef(c, &p); cut(); layoutMultiVar(c, t, &p.Value, cut) })
	case variable:
		b, err := bytesOf(t, p.Value)
		if err != nil {
			return w.fail(fmt.Errorf("%v: %w", p.Tag, err))
		}
		w.head(&p, int64(len(b)))
		return w.bytes(b, t == mapi.PtypString)
	}
	return w.fail(fmt.Errorf("property 0x%08X has a type that cannot stand in a stream", uint32(p.Tag)))
}

// list writes a list of values of fixed size. [mapi.LayoutValue] codes it as a
// whole, so where it may be cut is counted: behind the count, then every value.
func (w *Writer) list(p *mapi.Prop) error {
	t := p.Tag.Type()
	list, err := encode(func(c *wire.Codec) { layoutFixed(c, t, &p.Value) })
	if err != nil {
		return w.fail(err)
	}
	_ = w.atoms(func(c *wire.Codec, _ func()) { layoutDef(c, p) })
	for n := 4; len(list) > 0 && w.err == nil; n = fixedSize(t &^ mapi.MultiValue) {
		w.atom(list[:n])
		list = list[n:]
	}
	return w.err
}

func encode(layout func(*wire.Codec)) ([]byte, error) {
	c := wire.NewEncoder(nil)
	layout(c)
	return c.Bytes(), c.Err()
}

// Props writes properties in order.
func (w *Writer) Props(props mapi.Props) error {
	for i := range props {
		if w.Prop(props[i]) != nil {
			break
		}
	}
	return w.err
}

// Large writes a property of variable size whose value, size bytes, is read
// from r. A string is written as r has it and must have its NUL.
func (w *Writer) Large(tag mapi.PropTag, size int64, r io.Reader) error {
	if kindOf(tag) != variable || size < 0 || size > 1<<31-1 {
		return w.fail(fmt.Errorf("property %v cannot have a value of %d bytes in a stream", tag, size))
	}
	w.head(&mapi.Prop{Tag: tag}, size)
	buf := make([]byte, min(size, 32<<10))
	for size > 0 && w.err == nil {
		part := buf[:min(size, int64(len(buf)))]
		if _, err := io.ReadFull(r, part); err != nil {
			return w.fail(fmt.Errorf("reading %v, %d bytes of it are missing: %w", tag, size, err))
		}
		size -= int64(len(part))
		_ = w.bytes(part, false)
	}
	return w.err
}

// head writes the definition and the length of a value of variable size.
func (w *Writer) head(p *mapi.Prop, size int64) {
	n := uint32(size)
	_ = w.atoms(func(c *wire.Codec, cut func()) { layoutDef(c, p); cut(); c.Uint32(&n) })
}

// bytes writes a part of a value of variable size. It may be cut anywhere, or
// between its characters of two bytes.
func (w *Writer) bytes(b []byte, wide bool) error {
	for len(b) > 0 && w.err == nil {
		n := min(len(b), w.left())
		if wide && n < len(b) {
			n &^= 1
		}
		if n == 0 {
			_ = w.Flush()
			continue
		}
		w.buf = append(w.buf, b[:n]...)
		b = b[n:]
	}
	return w.err
}

// left is the room in the current buffer.
func (w *Writer) left() int {
	if w.room == 0 {
		w.room = w.sink.Room()
	}
	return w.room - len(w.buf)
}

// atoms writes what layout codes. layout calls cut where the stream may be cut.
func (w *Writer) atoms(layout func(c *wire.Codec, cut func())) error {
	if w.err != nil {
		return w.err
	}
	var cuts []int
	c := wire.NewEncoder(nil)
	layout(c, func() { cuts = append(cuts, c.Offset()) })
	if c.Err() != nil {
		return w.fail(c.Err())
	}
	all, from := c.Bytes(), 0
	for _, to := range append(cuts, len(all)) {
		w.atom(all[from:to])
		from = to
	}
	return w.err
}

func (w *Writer) atom(b []byte) {
	if len(b) > w.left() {
		if w.Flush() != nil {
			return
		}
		if len(b) > w.left() {
			_ = w.fail(ErrNoRoom)
			return
		}
	}
	w.buf = append(w.buf, b...)
}

func (w *Writer) fail(err error) error {
	if w.err == nil {
		w.err = err
	}
	return w.err
}
