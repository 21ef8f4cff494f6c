package mapi

import "github.com/mapigate/mapigate/mapiclient/wire"

// A Form is how property values, rows and restrictions are written in one kind
// of buffer. They differ only in the width of counts and in bytes that say
// whether a value is there.
type Form uint8

const (
	// FormROP is the form of ROP buffers: counts of two bytes. [MS-OXCDATA] 2.11.1
	FormROP Form = iota
	// FormExtended is the form of extended rules and search folder definitions:
	// counts of four bytes. [MS-OXCDATA] 2.11.1, 2.12
	FormExtended
	// FormNSPI is the form of the address book over MAPI/HTTP: counts of four
	// bytes, and a byte HasValue (0xFF or 0) before every value that can be
	// null, which has no bytes then and is nil in Go. [MS-OXCMAPIHTTP] 2.2.1.1
	FormNSPI
)

// count codes a count of the form's width.
func (f Form) count(c *wire.Codec, n int) int {
	if f == FormROP {
		return c.Count16(n)
	}
	return c.Count32(n)
}

// bytes codes a counted binary value.
func (f Form) bytes(c *wire.Codec, v *[]byte) { c.Raw(v, f.count(c, len(*v))) }

// present codes the byte that tells whether a value follows, in the form that
// has one, and gives it.
func (f Form) present(c *wire.Codec, there bool) bool {
	if f != FormNSPI {
		return true
	}
	var has uint8
	if there {
		has = 0xFF
	}
	c.Uint8(&has)
	if has != 0 && has != 0xFF {
		c.Failf("HasValue is 0x%02X, want 0x00 or 0xFF", has)
	}
	return has != 0
}

// nullable tells whether the form puts HasValue before values of the type.
// [MS-OXCMAPIHTTP] 2.2.1.1
func nullable(t PropType) bool {
	return t.IsMulti() || t == PtypString || t == PtypString8 || t == PtypBinary
}
