package wire

import (
	"encoding/binary"
	"math"
)

// Fixed codes exactly len(v) bytes in place, such as the array behind a GUID.
func (c *Codec) Fixed(v []byte) {
	if c.err != nil {
		return
	}
	if !c.decoding {
		c.buf = append(c.buf, v...)
	} else if b := c.next(len(v)); b != nil {
		copy(v, b)
	}
}

// Raw codes n bytes without a length field. Writing fails unless len(*v) is n.
func (c *Codec) Raw(v *[]byte, n int) {
	if c.err != nil {
		return
	}
	if !c.decoding {
		if len(*v) != n {
			c.Failf("value has %d bytes, its field %d", len(*v), n)
			return
		}
		c.buf = append(c.buf, *v...)
	} else if b := c.next(n); b != nil {
		*v = append(make([]byte, 0, n), b...)
	}
}

// Rest codes everything up to the end of the enclosing structure.
func (c *Codec) Rest(v *[]byte) {
	n := len(*v)
	if c.decoding {
		n = c.Len()
	}
	c.Raw(v, n)
}

// Bytes8 codes a byte count of one byte and that many bytes.
func (c *Codec) Bytes8(v *[]byte) { c.Raw(v, c.Count8(len(*v))) }

// Bytes16 codes a byte count of two bytes and that many bytes.
func (c *Codec) Bytes16(v *[]byte) { c.Raw(v, c.Count16(len(*v))) }

// Bytes32 codes a byte count of four bytes and that many bytes.
func (c *Codec) Bytes32(v *[]byte) { c.Raw(v, c.Count32(len(*v))) }

// Count8 codes a count of one byte: n is written, what is read is returned.
// The count is not yet checked against the input; [List] and [Codec.Raw] do so.
func (c *Codec) Count8(n int) int {
	u := uint8(n)
	if !c.decoding && n > math.MaxUint8 {
		c.Fail(ErrTooLong)
	}
	c.Uint8(&u)
	return int(u)
}

// Count16 is [Codec.Count8] with a count of two bytes.
func (c *Codec) Count16(n int) int {
	u := uint16(n)
	if !c.decoding && n > math.MaxUint16 {
		c.Fail(ErrTooLong)
	}
	c.Uint16(&u)
	return int(u)
}

// Count32 is [Codec.Count8] with a count of four bytes.
func (c *Codec) Count32(n int) int {
	u := uint32(n)
	if !c.decoding && int64(n) > math.MaxUint32 {
		c.Fail(ErrTooLong)
	}
	c.Uint32(&u)
	return int(u)
}

// Sized8 codes a one-byte size followed by what f codes, which must fill
// exactly that many bytes.
func (c *Codec) Sized8(f func()) { c.sized(1, f) }

// Sized16 is [Codec.Sized8] with a size of two bytes.
func (c *Codec) Sized16(f func()) { c.sized(2, f) }

// Sized32 is [Codec.Sized8] with a size of four bytes.
func (c *Codec) Sized32(f func()) { c.sized(4, f) }

func (c *Codec) sized(width int, f func()) {
	if c.err != nil {
		return
	}
	if c.decoding {
		if b := c.next(width); b != nil {
			c.Window(int(uintOf(b)), f)
		}
		return
	}
	at := len(c.buf)
	c.buf = append(c.buf, make([]byte, width)...)
	f()
	if c.err != nil {
		return
	}
	n := len(c.buf) - at - width
	switch {
	case width == 1 && n <= math.MaxUint8:
		c.buf[at] = uint8(n)
	case width == 2 && n <= math.MaxUint16:
		binary.LittleEndian.PutUint16(c.buf[at:], uint16(n))
	case width == 4 && int64(n) <= math.MaxUint32:
		binary.LittleEndian.PutUint32(c.buf[at:], uint32(n))
	default:
		c.Fail(ErrTooLong)
	}
}

// Window lets f read exactly the next n bytes: it can't read past them, and
// leaving any unread is an error. While writing, f just runs.
func (c *Codec) Window(n int, f func()) {
	if c.err != nil {
		return
	}
	if !c.decoding {
		f()
		return
	}
	if n < 0 || n > len(c.buf)-c.off {
		c.Fail(ErrShort)
		return
	}
	whole := c.buf
	c.buf = whole[: c.off+n : c.off+n]
	f()
	c.End()
	c.buf = whole
}

func uintOf(b []byte) uint32 {
	switch len(b) {
	case 1:
		return uint32(b[0])
	case 2:
		return uint32(binary.LittleEndian.Uint16(b))
	default:
		return binary.LittleEndian.Uint32(b)
	}
}

// Pad codes n bytes that mean nothing: zeros are written, anything is read.
func (c *Codec) Pad(n int) {
	if c.err != nil {
		return
	}
	if c.decoding {
		c.next(n)
		return
	}
	for range n {
		c.buf = append(c.buf, 0)
	}
}
