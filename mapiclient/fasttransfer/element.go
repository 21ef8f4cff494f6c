package fasttransfer

import (
	"bytes"
	"fmt"
	"io"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

const (
	// maxName is how long the name of a named property may be, in bytes of
	// UTF-16 with its end. Servers allow some 254.
	maxName = 1024
	// maxDef is how long the definition of a property may be, in bytes.
	maxDef = 4 + 16 + 1 + maxName
	// codePageFlag marks a type that names the code page of a string.
	// [MS-OXCFXICS] 2.2.4.1.1.1
	codePageFlag mapi.PropType = 0x8000
	// codePageUTF16 is the code page of a string in UTF-16.
	codePageUTF16 = 1200
)

// An Element is one marker or one property of a stream.
type Element struct {
	// Marker is 0 for a property.
	Marker Marker
	// Prop is the property. A named one has its name and the id it has in the
	// mailbox it comes from. PidTagIdsetGiven holds a []byte in spite of its
	// type. [MS-OXCFXICS] 3.2.5.2.1
	Prop mapi.Prop
	// CodePage is the code page of a Prop of PtypString8, or 0 when the stream
	// does not tell.
	CodePage uint16
	// Large is set instead of Prop.Value when the value is longer than what the
	// Reader holds. It must be read before the next element is asked for, or is
	// passed over; a string is UTF-16 or 8-bit as the tag says, with its NUL.
	Large io.Reader
	// Size is how many bytes Large has.
	Size int64
}

// String gives the marker, or the tag of the property.
func (e *Element) String() string {
	if e.Marker != 0 {
		return e.Marker.String()
	}
	if e.Prop.Name != nil {
		return e.Prop.Name.String()
	}
	return e.Prop.Tag.String()
}

// A kind tells how a value lies in the stream. [MS-OXCFXICS] 2.2.4.1.1
type kind uint8

const (
	unknownKind kind = iota
	fixedKind        // fixedPropType
	variable         // varPropType: a length and that many bytes
	multiFixed       // mvPropType: a count and as many values of fixed size
	multiVar         // mvPropType: a count and as many lengths with bytes
)

// kindOf tells how the value of a property lies in the stream.
func kindOf(t mapi.PropTag) kind {
	if t == mapi.PidTagIdsetGiven.Tag() {
		return variable
	}
	switch p := t.Type(); {
	case p&codePageFlag != 0:
		return variable
	case p&mapi.MultiValue != 0:
		switch base := kindOf(t.WithType(p &^ mapi.MultiValue)); {
		case base == fixedKind && p != mapi.MultiValue|mapi.PtypBoolean && p != mapi.MultiValue|mapi.PtypErrorCode:
			return multiFixed
		case base == variable && p != mapi.MultiValue|mapi.PtypObject && p != mapi.MultiValue|mapi.PtypServerID:
			return multiVar
		}
		return unknownKind
	}
	switch t.Type() {
	case mapi.PtypString, mapi.PtypString8, mapi.PtypBinary, mapi.PtypServerID, mapi.PtypObject:
		return variable
	}
	if fixedSize(t.Type()) > 0 {
		return fixedKind
	}
	return unknownKind
}

// fixedSize is how many bytes a value of the type has, or 0 when that varies.
func fixedSize(t mapi.PropType) int {
	switch t {
	case mapi.PtypInteger16, mapi.PtypBoolean:
		return 2
	case mapi.PtypInteger32, mapi.PtypFloating32, mapi.PtypErrorCode:
		return 4
	case mapi.PtypFloating64, mapi.PtypCurrency, mapi.PtypAppTime, mapi.PtypInteger64, mapi.PtypTime:
		return 8
	case mapi.PtypGuid:
		return 16
	}
	return 0
}

// layoutDef codes a propDef: type, id and, of a named property, its name.
// [MS-OXCFXICS] 2.2.4.1
func layoutDef(c *wire.Codec, p *mapi.Prop) {
	tag := p.Tag
	if !c.Decoding() && p.Name != nil && tag.ID() < 0x8000 {
		// The reader goes by the name; the id has only to be one of a named property.
		tag = mapi.MakeTag(0x8000, tag.Type())
	}
	tag.Layout(c)
	if c.Decoding() {
		p.Tag = tag
	}
	if tag.ID() >= 0x8000 {
		layoutName(c, p)
	}
}

// layoutName codes a namedPropInfo. [MS-OXCFXICS] 2.2.4.1
func layoutName(c *wire.Codec, p *mapi.Prop) {
	name := p.Name
	if name == nil {
		if !c.Decoding() {
			c.Failf("property %v has no name", p.Tag)
			return
		}
		name = new(mapi.PropertyName)
	}
	name.Set.Layout(c)
	var byName uint8
	if name.Name != "" {
		byName = 1
	}
	c.Uint8(&byName)
	switch byName {
	case 0:
		c.Uint32(&name.LID)
	case 1:
		c.String16(&name.Name)
	default:
		c.Failf("name of a property is of kind 0x%02X", byName)
	}
	if !c.Decoding() && 2*len(name.Name) >= maxName {
		c.Failf("name of a property has %d bytes", len(name.Name))
	}
	p.Name = name
}

// layoutFixed codes a value of fixed size, or a list of such values with its
// count. They lie as in ROP buffers, but a Boolean has two bytes.
// [MS-OXCFXICS] 2.2.4.1.3
func layoutFixed(c *wire.Codec, t mapi.PropType, v *any) {
	if t != mapi.PtypBoolean {
		mapi.LayoutValue(c, t, v)
		return
	}
	var u uint16
	if b, ok := (*v).(bool); ok && b {
		u = 1
	} else if !ok && !c.Decoding() {
		c.Failf("property value is a %T, its type wants a bool", *v)
	}
	if c.Uint16(&u); c.Decoding() {
		*v = u != 0
	}
}

// bytesOf gives the bytes of a value of variable size.
func bytesOf(t mapi.PropType, v any) ([]byte, error) {
	switch v := v.(type) {
	case string:
		if bytes.IndexByte([]byte(v), 0) >= 0 {
			return nil, wire.ErrNUL
		}
		if t == mapi.PtypString {
			return append(wire.AppendUTF16(nil, v), 0, 0), nil
		}
	case mapi.String8:
		if bytes.IndexByte([]byte(v), 0) >= 0 {
			return nil, wire.ErrNUL
		}
		if t == mapi.PtypString8 {
			return append([]byte(v), 0), nil
		}
	case []byte:
		if t == mapi.PtypBinary || t == mapi.PtypInteger32 { // PidTagIdsetGiven
			return v, nil
		}
	case mapi.Object:
		if t == mapi.PtypObject {
			return v, nil
		}
	case mapi.ServerID:
		if t == mapi.PtypServerID {
			return v, nil
		}
	}
	return nil, fmt.Errorf("property value is a %T, which its type 0x%04X does not allow", v, uint16(t))
}

// valueOf is the opposite of bytesOf. A string ends at its first NUL, which
// servers may leave out.
func valueOf(t mapi.PropType, b []byte) (any, error) {
	switch t {
	case mapi.PtypString:
		if len(b)%2 != 0 {
			return nil, fmt.Errorf("a string in UTF-16 has %d bytes", len(b))
		}
		for i := 0; i < len(b); i += 2 {
			if b[i] == 0 && b[i+1] == 0 {
				b = b[:i]
				break
			}
		}
		return wire.UTF16(b), nil
	case mapi.PtypString8:
		s, _, _ := bytes.Cut(b, []byte{0})
		return mapi.String8(s), nil
	case mapi.PtypObject:
		return mapi.Object(append([]byte{}, b...)), nil
	case mapi.PtypServerID:
		return mapi.ServerID(append([]byte{}, b...)), nil
	}
	return append([]byte{}, b...), nil
}

// layoutMultiVar codes a list of values of variable size with its count. cut,
// if set, is called where the stream may be cut.
func layoutMultiVar(c *wire.Codec, t mapi.PropType, v *any, cut func()) {
	switch t {
	case mapi.PtypMultipleString:
		layoutList[string](c, t, v, cut)
	case mapi.PtypMultipleString8:
		layoutList[mapi.String8](c, t, v, cut)
	default:
		layoutList[[]byte](c, t, v, cut)
	}
}

func layoutList[T any](c *wire.Codec, t mapi.PropType, v *any, cut func()) {
	list, ok := (*v).([]T)
	if !ok && !c.Decoding() {
		c.Failf("property value is a %T, its type wants a %T", *v, list)
		return
	}
	wire.List32(c, &list, func(e *T, c *wire.Codec) {
		if cut != nil {
			cut()
		}
		layoutOne(c, t&^mapi.MultiValue, e, cut)
	})
	if c.Decoding() && c.Err() == nil {
		*v = list
	}
}

func layoutOne[T any](c *wire.Codec, t mapi.PropType, e *T, cut func()) {
	var b []byte
	if !c.Decoding() {
		var err error
		if b, err = bytesOf(t, *e); err != nil {
			c.Fail(err)
			return
		}
	}
	n := c.Count32(len(b))
	if cut != nil {
		cut()
	}
	c.Raw(&b, n)
	if !c.Decoding() || c.Err() != nil {
		return
	}
	v, err := valueOf(t, b)
	if err != nil {
		c.Fail(err)
		return
	}
	*e = v.(T)
}
