package wire

import (
	"encoding/binary"
	"math"
)

// Uint8 codes one byte.
func (c *Codec) Uint8(v *uint8) {
	if c.err != nil {
		return
	}
	if !c.decoding {
		c.buf = append(c.buf, *v)
	} else if b := c.next(1); b != nil {
		*v = b[0]
	}
}

// Uint16 codes two bytes, little-endian.
func (c *Codec) Uint16(v *uint16) {
	if c.err != nil {
		return
	}
	if !c.decoding {
		c.buf = binary.LittleEndian.AppendUint16(c.buf, *v)
	} else if b := c.next(2); b != nil {
		*v = binary.LittleEndian.Uint16(b)
	}
}

// Uint32 codes four bytes, little-endian.
func (c *Codec) Uint32(v *uint32) {
	if c.err != nil {
		return
	}
	if !c.decoding {
		c.buf = binary.LittleEndian.AppendUint32(c.buf, *v)
	} else if b := c.next(4); b != nil {
		*v = binary.LittleEndian.Uint32(b)
	}
}

// Uint64 codes eight bytes, little-endian.
func (c *Codec) Uint64(v *uint64) {
	if c.err != nil {
		return
	}
	if !c.decoding {
		c.buf = binary.LittleEndian.AppendUint64(c.buf, *v)
	} else if b := c.next(8); b != nil {
		*v = binary.LittleEndian.Uint64(b)
	}
}

// Int16 codes a signed 16-bit integer.
func (c *Codec) Int16(v *int16) {
	u := uint16(*v)
	if c.Uint16(&u); c.decoding {
		*v = int16(u)
	}
}

// Int32 codes a signed 32-bit integer.
func (c *Codec) Int32(v *int32) {
	u := uint32(*v)
	if c.Uint32(&u); c.decoding {
		*v = int32(u)
	}
}

// Int64 codes a signed 64-bit integer.
func (c *Codec) Int64(v *int64) {
	u := uint64(*v)
	if c.Uint64(&u); c.decoding {
		*v = int64(u)
	}
}

// Float32 codes an IEEE 754 single.
func (c *Codec) Float32(v *float32) {
	u := math.Float32bits(*v)
	if c.Uint32(&u); c.decoding {
		*v = math.Float32frombits(u)
	}
}

// Float64 codes an IEEE 754 double.
func (c *Codec) Float64(v *float64) {
	u := math.Float64bits(*v)
	if c.Uint64(&u); c.decoding {
		*v = math.Float64frombits(u)
	}
}

// Bool codes one byte: 0 is false, everything else true, 1 is written.
func (c *Codec) Bool(v *bool) {
	var u uint8
	if *v {
		u = 1
	}
	if c.Uint8(&u); c.decoding {
		*v = u != 0
	}
}

// Const codes a byte that has only one lawful value and fails on any other.
func (c *Codec) Const(want uint8, name string) {
	got := want
	c.Uint8(&got)
	if c.err == nil && got != want {
		c.off--
		c.Failf("%s is 0x%02X, want 0x%02X", name, got, want)
	}
}
