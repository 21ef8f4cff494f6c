package mapi

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/wire"
)

// A PropertyName is what a named property is called everywhere, whatever id a
// mailbox gave it. [MS-OXCDATA] 2.6.1
type PropertyName struct {
	// Set is the property set.
	Set GUID
	// LID is the name when it is a number, that is when Name is empty.
	LID uint32
	// Name is the name when it is a string. Servers compare it without regard to case in PS_INTERNET_HEADERS.
	Name string
}

// String gives {set}/name or {set}/0x00008205.
func (n PropertyName) String() string {
	if n.Name != "" {
		return "{" + n.Set.String() + "}/" + n.Name
	}
	return fmt.Sprintf("{%s}/0x%08X", n.Set, n.LID)
}

// ParsePropertyName reads the form that String gives. Eight hex digits behind
// 0x are a number, everything else a string.
func ParsePropertyName(s string) (PropertyName, error) {
	set, name, ok := strings.Cut(s, "/")
	if !ok || name == "" || !strings.HasPrefix(set, "{") {
		return PropertyName{}, fmt.Errorf("property name %q is not of the form {set}/name", s)
	}
	g, err := ParseGUID(set)
	if err != nil {
		return PropertyName{}, err
	}
	if len(name) == len("0x00008205") && strings.HasPrefix(name, "0x") {
		if id, err := strconv.ParseUint(name[2:], 16, 32); err == nil {
			return PropertyName{Set: g, LID: uint32(id)}, nil
		}
	}
	return PropertyName{Set: g, Name: name}, nil
}

// IsZero tells whether there is no name: a property that has none, or that the
// server does not know.
func (n PropertyName) IsZero() bool { return n == PropertyName{} }

// Kinds of names on the wire. [MS-OXCDATA] 2.6.1
const (
	nameLID    = 0x00
	nameString = 0x01
	nameNone   = 0xFF
)

// Layout codes a PropertyName. [MS-OXCDATA] 2.6.1
//
// The zero name is kind 0xFF, a single byte, as RopGetNamesFromPropertyIds has
// it. [MS-OXCPRPT] 3.2.5.9 An empty string is no name either.
func (n *PropertyName) Layout(c *wire.Codec) {
	kind := uint8(nameLID)
	switch {
	case n.IsZero():
		kind = nameNone
	case n.Name != "":
		kind = nameString
	}
	if c.Uint8(&kind); c.Decoding() {
		*n = PropertyName{}
	}
	if kind == nameNone {
		return
	}
	n.Set.Layout(c)
	switch kind {
	case nameLID:
		c.Uint32(&n.LID)
	case nameString:
		c.Sized8(func() { c.String16(&n.Name) })
		if n.Name == "" && c.Decoding() {
			*n = PropertyName{}
		}
	default:
		c.Failf("property name is of kind 0x%02X", kind)
	}
}

// Same tells whether both names mean one property. Names in
// PS_INTERNET_HEADERS are header names and compare without case.
func (n PropertyName) Same(o PropertyName) bool {
	if n.Set != o.Set || n.LID != o.LID {
		return false
	}
	return n.Name == o.Name || n.Set == PSInternetHeaders && strings.EqualFold(n.Name, o.Name)
}

// A Named is a well-known named property whose values have the Go type T.
type Named[T Value] struct {
	PropertyName
	// Type is the property type of its values.
	Type PropType
}

// Of makes the property, not yet bound to any mailbox's id.
func (n Named[T]) Of(v T) Prop {
	name := n.PropertyName
	return Prop{Tag: MakeTag(0, n.Type), Name: &name, Value: v}
}

// From finds the property's value in a bag by its name.
func (n Named[T]) From(ps Props) (T, bool) {
	for i := range ps {
		if ps[i].Name != nil && ps[i].Tag.Type() == n.Type && ps[i].Name.Same(n.PropertyName) {
			v, ok := ps[i].Value.(T)
			return v, ok
		}
	}
	var zero T
	return zero, false
}

// Get is From with the zero value for an absent property.
func (n Named[T]) Get(ps Props) T {
	v, _ := n.From(ps)
	return v
}

// InternetHeader is the named property that carries an arbitrary header field.
// [MS-OXCMAIL] 2.1.3.2.1, [MS-OXPROPS] 1.3.2
func InternetHeader(field string) Named[string] {
	return Named[string]{PropertyName{Set: PSInternetHeaders, Name: strings.ToLower(field)}, PtypString}
}

// Property sets. [MS-OXPROPS] 1.3.2
var (
	PSMAPI                     = guid(0x00020328, 0, 0, [8]byte{0xC0, 0, 0, 0, 0, 0, 0, 0x46})
	PSPublicStrings            = guid(0x00020329, 0, 0, [8]byte{0xC0, 0, 0, 0, 0, 0, 0, 0x46})
	PSInternetHeaders          = guid(0x00020386, 0, 0, [8]byte{0xC0, 0, 0, 0, 0, 0, 0, 0x46})
	PSETIDCommon               = guid(0x00062008, 0, 0, [8]byte{0xC0, 0, 0, 0, 0, 0, 0, 0x46})
	PSETIDAppointment          = guid(0x00062002, 0, 0, [8]byte{0xC0, 0, 0, 0, 0, 0, 0, 0x46})
	PSETIDTask                 = guid(0x00062003, 0, 0, [8]byte{0xC0, 0, 0, 0, 0, 0, 0, 0x46})
	PSETIDAddress              = guid(0x00062004, 0, 0, [8]byte{0xC0, 0, 0, 0, 0, 0, 0, 0x46})
	PSETIDLog                  = guid(0x0006200A, 0, 0, [8]byte{0xC0, 0, 0, 0, 0, 0, 0, 0x46})
	PSETIDNote                 = guid(0x0006200E, 0, 0, [8]byte{0xC0, 0, 0, 0, 0, 0, 0, 0x46})
	PSETIDSharing              = guid(0x00062040, 0, 0, [8]byte{0xC0, 0, 0, 0, 0, 0, 0, 0x46})
	PSETIDPostRss              = guid(0x00062041, 0, 0, [8]byte{0xC0, 0, 0, 0, 0, 0, 0, 0x46})
	PSETIDMeeting              = guid(0x6ED8DA90, 0x450B, 0x101B, [8]byte{0x98, 0xDA, 0, 0xAA, 0, 0x3F, 0x13, 0x05})
	PSETIDUnifiedMessaging     = guid(0x4442858E, 0xA9E3, 0x4E80, [8]byte{0xB9, 0, 0x31, 0x7A, 0x21, 0x0C, 0xC1, 0x5B})
	PSETIDAirSync              = guid(0x71035549, 0x0739, 0x4DCB, [8]byte{0x91, 0x63, 0, 0xF0, 0x58, 0x0D, 0xBB, 0xDF})
	PSETIDXmlExtractedEntities = guid(0x23239608, 0x685D, 0x4732, [8]byte{0x9C, 0x55, 0x4C, 0x95, 0xCB, 0x4E, 0x8E, 0x33})
	PSETIDAttachment           = guid(0x96357F7F, 0x59E1, 0x47D0, [8]byte{0x99, 0xA7, 0x46, 0x51, 0x5C, 0x18, 0x3B, 0x54})
	PSETIDCalendarAssistant    = guid(0x11000E07, 0xB51B, 0x40D6, [8]byte{0xAF, 0x21, 0xCA, 0xA8, 0x5E, 0xDA, 0xB1, 0xD0})
)

// lid is a named property whose name is a number.
func lid[T Value](set GUID, id uint32) Named[T] {
	var zero T
	return Named[T]{PropertyName{Set: set, LID: id}, TypeOf(zero)}
}

// named is a named property whose name is a string.
func named[T Value](set GUID, name string) Named[T] {
	var zero T
	return Named[T]{PropertyName{Set: set, Name: name}, TypeOf(zero)}
}
