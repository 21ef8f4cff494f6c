package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// ErrNUL says that a string to be written contains the NUL that would end it.
var ErrNUL = errors.New("string contains NUL")

// String8 codes a NUL-terminated string of 8-bit characters. The bytes are
// kept as they are: only the caller knows their code page.
func (c *Codec) String8(v *string) {
	if c.err != nil {
		return
	}
	if !c.decoding {
		if strings.IndexByte(*v, 0) >= 0 {
			c.Fail(ErrNUL)
			return
		}
		c.buf = append(append(c.buf, *v...), 0)
		return
	}
	n := bytes.IndexByte(c.buf[c.off:], 0)
	if n < 0 {
		c.Fail(ErrShort)
		return
	}
	*v = string(c.next(n + 1)[:n])
}

// String16 codes a NUL-terminated UTF-16LE string. A lone surrogate is read as
// U+FFFD, and bytes that are not UTF-8 are written as U+FFFD.
func (c *Codec) String16(v *string) {
	if c.err != nil {
		return
	}
	if !c.decoding {
		if strings.IndexByte(*v, 0) >= 0 {
			c.Fail(ErrNUL)
			return
		}
		c.buf = append(AppendUTF16(c.buf, *v), 0, 0)
		return
	}
	rest := c.buf[c.off:]
	for n := 0; n+1 < len(rest); n += 2 {
		if rest[n] == 0 && rest[n+1] == 0 {
			*v = UTF16(c.next(n + 2)[:n])
			return
		}
	}
	c.Fail(ErrShort)
}

// AppendUTF16 appends s to b as UTF-16LE without a terminator.
func AppendUTF16(b []byte, s string) []byte {
	b = slices.Grow(b, 2*len(s))
	for _, r := range s {
		if r < 0x10000 {
			b = binary.LittleEndian.AppendUint16(b, uint16(r))
			continue
		}
		hi, lo := utf16.EncodeRune(r)
		b = binary.LittleEndian.AppendUint16(b, uint16(hi))
		b = binary.LittleEndian.AppendUint16(b, uint16(lo))
	}
	return b
}

// UTF16 reads b as UTF-16LE without a terminator; an odd last byte is ignored.
func UTF16(b []byte) string {
	var out strings.Builder
	out.Grow(len(b) / 2)
	for i := 0; i+1 < len(b); i += 2 {
		r := rune(binary.LittleEndian.Uint16(b[i:]))
		if r < utf8.RuneSelf {
			out.WriteByte(byte(r))
			continue
		}
		if utf16.IsSurrogate(r) {
			var next rune
			if i+3 < len(b) {
				next = rune(binary.LittleEndian.Uint16(b[i+2:]))
			}
			if r = utf16.DecodeRune(r, next); r != utf8.RuneError {
				i += 2
			}
		}
		out.WriteRune(r)
	}
	return out.String()
}

// Latin1 codes a NUL-terminated string whose bytes are the code points U+0001
// to U+00FF. Writing fails on any other.
func (c *Codec) Latin1(v *string) {
	if c.err != nil {
		return
	}
	if c.decoding {
		var raw string
		c.String8(&raw)
		*v = latin1(raw)
		return
	}
	for _, r := range *v {
		if r == 0 || r > 0xFF {
			c.Failf("U+%04X does not fit an 8-bit string", r)
			return
		}
		c.buf = append(c.buf, byte(r))
	}
	c.buf = append(c.buf, 0)
}

// latin1 gives each byte as the code point of its number.
func latin1(s string) string {
	out := make([]byte, 0, len(s)+len(s)/8)
	for i := range len(s) {
		out = utf8.AppendRune(out, rune(s[i]))
	}
	return string(out)
}
