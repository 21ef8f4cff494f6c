package tnef

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
	"github.com/mapigate/mapigate/mapping/charset"
)

// Interfaces that stand before the content of an object. [MS-OXTNEF] 2.1.3.4
var (
	iidIMessage = mapi.GUID{0x07, 0x03, 0x02, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46}
	iidIStorage = mapi.GUID{0x0B, 0, 0, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46}
)

// An object is the content of a PtypObject or of an attachment's data: where
// it is, and what it is.
type object struct {
	iid  mapi.GUID
	data section
}

// maxProperties is how many properties a list may have.
const maxProperties = 1 << 16

// A propertyReader reads the lists of attMsgProps, attAttachment and attRecipTable.
type propertyReader struct {
	*scanner
	codepage func() uint32
	// keep says which values stay in the source; they become objects.
	keep func(mapi.PropTag) bool
}

// propertyCost is what a property takes of the memory limit besides its value.
const propertyCost = 64

// list reads a MsgPropertyList into a bag, and gives the objects in it. What
// was read before damage is kept. [MS-OXTNEF] 2.1.3.4
func (r *propertyReader) list(into *bag) []object {
	var objects []object
	count := r.uint32()
	if count > maxProperties {
		r.failf("a list of %d properties", count)
	}
	for i := uint32(0); i < count && r.err == nil; i++ {
		if *r.budget -= propertyCost; *r.budget < 0 {
			r.failf("property %d is beyond the memory limit", i+1)
			break
		}
		p, o := r.property()
		switch {
		case r.err != nil:
			r.err = fmt.Errorf("property %d of %d, %v: %w", i+1, count, p.Tag, r.err)
		case o != nil:
			objects = append(objects, *o)
		case p.Value != nil:
			into.set(p)
		}
	}
	return objects
}

// property reads one property. [MS-OXTNEF] 2.1.3.4
func (r *propertyReader) property() (mapi.Prop, *object) {
	t := mapi.PropType(r.uint16())
	p := mapi.Prop{Tag: mapi.MakeTag(mapi.PropID(r.uint16()), t)}
	if p.Tag.ID() >= 0x8000 {
		p.Name = r.name()
		p.Tag = mapi.MakeTag(0, t)
	}
	if r.err != nil {
		return p, nil
	}
	if p.Name == nil && r.keep(p.Tag) {
		return p, r.object(t)
	}
	r.value(&p)
	return p, nil
}

// Kinds of property names. [MS-OXTNEF] 2.1.3.4
const (
	nameIsID     = 0
	nameIsString = 1
)

func (r *propertyReader) name() *mapi.PropertyName {
	var n mapi.PropertyName
	copy(n.Set[:], r.small(16))
	switch kind := r.uint32(); kind {
	case nameIsID:
		n.LID = r.uint32()
	case nameIsString:
		size := int64(r.uint32())
		if size > 1024 {
			r.failf("a property name of %d bytes", size)
			return &n
		}
		n.Name = strings.TrimRight(wire.UTF16(r.bytes(size)), "\x00")
		r.pad(size)
	default:
		r.failf("a property name of kind %d", kind)
	}
	return &n
}

// object reads a binary or object value that stays in the source.
func (r *propertyReader) object(t mapi.PropType) *object {
	count := r.uint32()
	var o object
	for i := range count { // [MS-OXTNEF] 2.1.3.4: the count of a single value is 1
		size := int64(r.uint32())
		whole := size
		if t == mapi.PtypObject && i == 0 && size >= 16 {
			copy(o.iid[:], r.small(16))
			size -= 16
		}
		part := r.section(size)
		if r.err != nil {
			break
		}
		if i == 0 {
			o.data = part
		}
		r.pad(whole)
	}
	return &o
}

// value reads a value. Strings become Unicode; a value of a type that no
// message can have is read over and listed.
func (r *propertyReader) value(p *mapi.Prop) {
	t := p.Tag.Type()
	multi := t&mapi.MultiValue != 0
	base := t &^ mapi.MultiValue
	switch {
	case !isVariable(base) && !multi:
		p.Value = r.fixed(base)
	case multi:
		r.multi(p, base)
	default:
		r.single(p, base)
	}
	if p.Value != nil && mapi.TypeOf(p.Value) != p.Tag.Type() {
		p.Tag = p.Tag.WithType(mapi.TypeOf(p.Value))
	}
}

func isVariable(t mapi.PropType) bool {
	return t == mapi.PtypString || t == mapi.PtypString8 || t == mapi.PtypBinary || t == mapi.PtypObject || t == mapi.PtypServerID
}

// fixed reads a value of fixed length, padded to four bytes.
func (r *propertyReader) fixed(t mapi.PropType) any {
	switch t {
	case mapi.PtypUnspecified, mapi.PtypNull:
		return nil
	case mapi.PtypInteger16:
		return int16(r.uint32())
	case mapi.PtypBoolean:
		return uint16(r.uint32()) != 0
	case mapi.PtypInteger32:
		return int32(r.uint32())
	case mapi.PtypErrorCode:
		r.uint32() // it was no value where it came from either
		return nil
	case mapi.PtypFloating32:
		return math.Float32frombits(r.uint32())
	case mapi.PtypFloating64:
		return math.Float64frombits(r.uint64())
	case mapi.PtypAppTime:
		return mapi.AppTime(math.Float64frombits(r.uint64()))
	case mapi.PtypCurrency:
		return mapi.Currency(r.uint64())
	case mapi.PtypInteger64:
		return int64(r.uint64())
	case mapi.PtypTime:
		return mapi.TimeOf(r.uint64())
	case mapi.PtypGuid:
		var g mapi.GUID
		copy(g[:], r.small(16))
		return g
	}
	r.failf("a value of type 0x%04X", uint16(t))
	return nil
}

// element reads one counted value.
func (r *propertyReader) element() []byte {
	size := int64(r.uint32())
	b := r.bytes(size)
	r.pad(size)
	return b
}

func (r *propertyReader) text(b []byte, t mapi.PropType) string {
	if t == mapi.PtypString {
		s := wire.UTF16(b)
		s, _, _ = strings.Cut(s, "\x00")
		return s
	}
	b, _, _ = bytes.Cut(b, []byte{0})
	s, _ := charset.Decode(b, charset.Label(r.codepage()))
	return s
}

func (r *propertyReader) single(p *mapi.Prop, t mapi.PropType) {
	count := r.uint32()
	if count == 0 || r.err != nil {
		return
	}
	b := r.element()
	if r.err == nil {
		p.Value = r.variable(b, t)
	}
	for range count - 1 { // more than one is damage, but readable
		if r.err != nil {
			return
		}
		r.element()
	}
}

func (r *propertyReader) variable(b []byte, t mapi.PropType) any {
	switch t {
	case mapi.PtypString, mapi.PtypString8:
		return r.text(b, t)
	case mapi.PtypServerID:
		return mapi.ServerID(b)
	case mapi.PtypObject:
		return mapi.Object(b)
	}
	return b
}

// multi reads a list of values.
func (r *propertyReader) multi(p *mapi.Prop, t mapi.PropType) {
	count := int(r.uint32())
	if int64(count) > r.left()/2 {
		r.failf("a list of %d values in %d bytes", count, r.left())
	}
	if *r.budget -= int64(count) * 16; *r.budget < 0 {
		r.failf("a list of %d values is beyond the memory limit", count)
	}
	if r.err != nil {
		return
	}
	switch t {
	case mapi.PtypString, mapi.PtypString8:
		p.Value = many(r, count, func() string { return r.text(r.element(), t) })
	case mapi.PtypBinary:
		p.Value = many(r, count, r.element)
	case mapi.PtypInteger16:
		p.Value = many(r, count, func() int16 { return int16(r.uint32()) })
	case mapi.PtypInteger32:
		p.Value = many(r, count, func() int32 { return int32(r.uint32()) })
	case mapi.PtypFloating32:
		p.Value = many(r, count, func() float32 { return math.Float32frombits(r.uint32()) })
	case mapi.PtypFloating64:
		p.Value = many(r, count, func() float64 { return math.Float64frombits(r.uint64()) })
	case mapi.PtypAppTime:
		p.Value = many(r, count, func() mapi.AppTime { return mapi.AppTime(math.Float64frombits(r.uint64())) })
	case mapi.PtypCurrency:
		p.Value = many(r, count, func() mapi.Currency { return mapi.Currency(r.uint64()) })
	case mapi.PtypInteger64:
		p.Value = many(r, count, func() int64 { return int64(r.uint64()) })
	case mapi.PtypTime:
		p.Value = many(r, count, func() time.Time { return mapi.TimeOf(r.uint64()) })
	case mapi.PtypGuid:
		p.Value = many(r, count, func() (g mapi.GUID) { copy(g[:], r.small(16)); return g })
	default:
		r.failf("a list of type 0x%04X", uint16(t))
	}
}

func many[T any](r *propertyReader, count int, one func() T) []T {
	list := make([]T, 0, min(count, 1024))
	for range count {
		v := one()
		if r.err != nil {
			return nil
		}
		list = append(list, v)
	}
	return list
}
