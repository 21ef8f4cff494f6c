package mapi

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A GUID as it lies on the wire: the first three groups little-endian, the
// rest in order. [MS-DTYP] 2.3.4.2
type GUID [16]byte

// Layout codes the 16 bytes.
func (g *GUID) Layout(c *wire.Codec) { c.Fixed(g[:]) }

// String gives the canonical form in lower case, without braces.
func (g GUID) String() string {
	return fmt.Sprintf("%08x-%04x-%04x-%x-%x", binary.LittleEndian.Uint32(g[0:]),
		binary.LittleEndian.Uint16(g[4:]), binary.LittleEndian.Uint16(g[6:]), g[8:10], g[10:16])
}

// IsZero tells whether all bytes are zero.
func (g GUID) IsZero() bool { return g == GUID{} }

// ParseGUID reads the canonical form, in either case, with or without braces.
func ParseGUID(s string) (GUID, error) {
	var g GUID
	t := s
	if strings.HasPrefix(t, "{") && strings.HasSuffix(t, "}") {
		t = t[1 : len(t)-1]
	}
	if len(t) != 36 || t[8] != '-' || t[13] != '-' || t[18] != '-' || t[23] != '-' {
		return g, fmt.Errorf("GUID %q is not of the form 01234567-89ab-cdef-0123-456789abcdef", s)
	}
	b, err := hex.DecodeString(strings.ReplaceAll(t, "-", ""))
	if err != nil || len(b) != 16 {
		return g, fmt.Errorf("GUID %q is not of the form 01234567-89ab-cdef-0123-456789abcdef", s)
	}
	copy(g[:], []byte{b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6]})
	copy(g[8:], b[8:])
	return g, nil
}

// MarshalText implements encoding.TextMarshaler.
func (g GUID) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (g *GUID) UnmarshalText(b []byte) error {
	v, err := ParseGUID(string(b))
	*g = v
	return err
}

// guid builds a constant GUID from its groups as the specifications print it.
func guid(a uint32, b, c uint16, d [8]byte) GUID {
	var g GUID
	binary.LittleEndian.PutUint32(g[0:], a)
	binary.LittleEndian.PutUint16(g[4:], b)
	binary.LittleEndian.PutUint16(g[6:], c)
	copy(g[8:], d[:])
	return g
}
