package mapi

import "github.com/mapigate/mapigate/mapiclient/wire"

// A StringKind tells how a [TypedString] is written. [MS-OXCDATA] 2.11.7
type StringKind uint8

// Kinds of typed strings.
const (
	StringNone    StringKind = 0 // there is no string
	StringEmpty   StringKind = 1 // the empty string
	String8Bit    StringKind = 2 // 8-bit characters of some code page
	StringReduced StringKind = 3 // UTF-16 whose high bytes, all zero, are left out
	StringUTF16   StringKind = 4 // UTF-16
)

// A TypedString is a string with a byte that tells its encoding.
// [MS-OXCDATA] 2.11.7
type TypedString struct {
	Kind StringKind
	// Text is the string; with String8Bit the bytes as they are.
	Text string
}

// MakeTypedString gives s in the shortest lossless kind.
func MakeTypedString(s string) TypedString {
	if s == "" {
		return TypedString{Kind: StringEmpty}
	}
	for _, r := range s {
		if r > 0xFF {
			return TypedString{Kind: StringUTF16, Text: s}
		}
	}
	return TypedString{Kind: StringReduced, Text: s}
}

// Layout codes the kind and the string.
func (s *TypedString) Layout(c *wire.Codec) {
	kind := uint8(s.Kind)
	c.Uint8(&kind)
	text := s.Text
	switch StringKind(kind) {
	case StringNone, StringEmpty:
		text = ""
	case String8Bit:
		c.String8(&text)
	case StringReduced:
		c.Latin1(&text)
	case StringUTF16:
		c.String16(&text)
	default:
		c.Failf("typed string has kind 0x%02X", kind)
	}
	if c.Decoding() {
		*s = TypedString{Kind: StringKind(kind), Text: text}
	}
}
