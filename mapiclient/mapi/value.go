package mapi

import (
	"fmt"
	"time"

	"github.com/mapigate/mapigate/mapiclient/wire"
)

// LayoutValue codes the value of a property of type t as ROP buffers have it:
// Boolean is one byte, Binary and Object have a count of two bytes, lists a
// count of four. [MS-OXCDATA] 2.11.1, 2.11.2.1
//
// A value of type Unspecified is preceded by its type and becomes a Prop value
// of that type; the caller learns it from the returned type.
func LayoutValue(c *wire.Codec, t PropType, v *any) PropType {
	return FormROP.LayoutValue(c, t, v)
}

// LayoutValue is [LayoutValue] in the form f.
func (f Form) LayoutValue(c *wire.Codec, t PropType, v *any) PropType {
	if t&MultiValueInstance != 0 {
		t &^= MultiValue | MultiValueInstance
	}
	if t == PtypUnspecified {
		if t = layoutType(c, *v); t == PtypUnspecified {
			return t
		}
	}
	if nullable(t) && !f.present(c, *v != nil) {
		if c.Decoding() {
			*v = nil
		}
		return t
	}
	if t.IsMulti() {
		f.layoutList(c, t, v)
	} else {
		f.layoutScalar(c, t, v)
	}
	return t
}

// layoutType codes the type that precedes a value of a column of type
// Unspecified. [MS-OXCDATA] 2.11.3
func layoutType(c *wire.Codec, v any) PropType {
	t := TypeOf(v)
	wire.Uint16s(&t, c)
	if t == PtypUnspecified || t&MultiValueInstance != 0 {
		c.Failf("a value of type Unspecified says its type is 0x%04X", uint16(t))
		return PtypUnspecified
	}
	return t
}

// layoutScalar codes a value of fixed size or a string. The types that fill
// messages are spelt out: through value they would cost an allocation more.
func (f Form) layoutScalar(c *wire.Codec, t PropType, v *any) {
	switch t {
	case PtypNull:
	case PtypInteger16:
		value(c, v, (*wire.Codec).Int16)
	case PtypInteger32:
		x := load[int32](c, v)
		c.Int32(&x)
		store(c, v, x)
	case PtypFloating32:
		value(c, v, (*wire.Codec).Float32)
	case PtypFloating64:
		value(c, v, (*wire.Codec).Float64)
	case PtypCurrency:
		value(c, v, layoutCurrency)
	case PtypAppTime:
		value(c, v, layoutAppTime)
	case PtypErrorCode:
		value(c, v, layoutErrorCode)
	case PtypBoolean:
		x := load[bool](c, v)
		c.Bool(&x)
		store(c, v, x)
	case PtypInteger64:
		value(c, v, (*wire.Codec).Int64)
	case PtypString8:
		value(c, v, layoutString8)
	case PtypString:
		x := load[string](c, v)
		c.String16(&x)
		store(c, v, x)
	case PtypTime:
		x := load[time.Time](c, v)
		LayoutTime(&x, c)
		store(c, v, x)
	case PtypGuid:
		value(c, v, layoutGUID)
	default:
		f.layoutOpaque(c, t, v)
	}
}

// layoutOpaque codes the values that are counted bytes, and restrictions.
func (f Form) layoutOpaque(c *wire.Codec, t PropType, v *any) {
	switch t {
	case PtypServerID:
		value(c, v, func(c *wire.Codec, x *ServerID) { c.Bytes16((*[]byte)(x)) })
	case PtypObject:
		value(c, v, func(c *wire.Codec, x *Object) { f.bytes(c, (*[]byte)(x)) })
	case PtypBinary:
		x := load[[]byte](c, v)
		f.bytes(c, &x)
		store(c, v, x)
	case PtypRestriction:
		value(c, v, f.LayoutRestriction)
	case PtypRuleAction:
		value(c, v, f.layoutRuleActions)
	default:
		c.Failf("property type 0x%04X cannot stand in a buffer", uint16(t))
	}
}

func (f Form) layoutList(c *wire.Codec, t PropType, v *any) {
	switch t {
	case PtypMultipleInteger16:
		values(c, v, (*wire.Codec).Int16)
	case PtypMultipleInteger32:
		values(c, v, (*wire.Codec).Int32)
	case PtypMultipleFloating32:
		values(c, v, (*wire.Codec).Float32)
	case PtypMultipleFloating64:
		values(c, v, (*wire.Codec).Float64)
	case PtypMultipleCurrency:
		values(c, v, layoutCurrency)
	case PtypMultipleAppTime:
		values(c, v, layoutAppTime)
	case PtypMultipleInteger64:
		values(c, v, (*wire.Codec).Int64)
	case PtypMultipleString8:
		values(c, v, nullableElement(f, layoutString8))
	case PtypMultipleString:
		values(c, v, nullableElement(f, (*wire.Codec).String16))
	case PtypMultipleTime:
		values(c, v, layoutTime)
	case PtypMultipleGuid:
		values(c, v, layoutGUID)
	case PtypMultipleBinary:
		values(c, v, nullableElement(f, f.bytes))
	default:
		c.Failf("property type 0x%04X cannot stand in a buffer", uint16(t))
	}
}

// value codes one value through a variable of its Go type.
func value[T any](c *wire.Codec, v *any, layout func(*wire.Codec, *T)) {
	x := load[T](c, v)
	layout(c, &x)
	store(c, v, x)
}

// load gives the value to be written, or the zero value to be read into.
func load[T any](c *wire.Codec, v *any) T {
	var x T
	if c.Decoding() {
		return x
	}
	x, ok := (*v).(T)
	if !ok {
		c.Failf("property value is a %T, its type wants a %T", *v, x)
	}
	return x
}

// store takes over the value that was read.
func store[T any](c *wire.Codec, v *any, x T) {
	if c.Decoding() && c.Err() == nil {
		*v = x
	}
}

func values[T any](c *wire.Codec, v *any, one func(*wire.Codec, *T)) {
	value(c, v, func(c *wire.Codec, x *[]T) {
		wire.List32(c, x, func(e *T, c *wire.Codec) { one(c, e) })
	})
}

// nullableElement is one with the byte HasValue before it in the form that has
// one; a null element is read as the zero value. [MS-OXCMAPIHTTP] 2.2.1.1
func nullableElement[T any](f Form, one func(*wire.Codec, *T)) func(*wire.Codec, *T) {
	return func(c *wire.Codec, e *T) {
		if f.present(c, true) {
			one(c, e)
		}
	}
}

func layoutCurrency(c *wire.Codec, x *Currency)   { c.Int64((*int64)(x)) }
func layoutAppTime(c *wire.Codec, x *AppTime)     { c.Float64((*float64)(x)) }
func layoutString8(c *wire.Codec, x *String8)     { c.String8((*string)(x)) }
func layoutErrorCode(c *wire.Codec, x *ErrorCode) { wire.Uint32s(x, c) }
func layoutTime(c *wire.Codec, x *time.Time)      { LayoutTime(x, c) }
func layoutGUID(c *wire.Codec, x *GUID)           { x.Layout(c) }

// filetimeEpoch is the Unix time of 1601-01-01 in seconds.
const filetimeEpoch = -11644473600

// FileTime gives t as 100 ns units since 1601-01-01 UTC; times before are 0.
// [MS-DTYP] 2.3.3
func FileTime(t time.Time) uint64 {
	sec := t.Unix() - filetimeEpoch
	if sec < 0 {
		return 0
	}
	return uint64(sec)*1e7 + uint64(t.Nanosecond()/100)
}

// TimeOf is the opposite of [FileTime], in UTC.
func TimeOf(filetime uint64) time.Time {
	return time.Unix(int64(filetime/1e7)+filetimeEpoch, int64(filetime%1e7)*100).UTC()
}

// LayoutTime codes a FILETIME.
func LayoutTime(t *time.Time, c *wire.Codec) {
	u := FileTime(*t)
	c.Uint64(&u)
	if c.Decoding() {
		*t = TimeOf(u)
	}
}

// TypeOf gives the property type whose values have v's Go type, or PtypNull.
func TypeOf(v any) PropType {
	switch v.(type) {
	case int16:
		return PtypInteger16
	case int32:
		return PtypInteger32
	case float32:
		return PtypFloating32
	case float64:
		return PtypFloating64
	case Currency:
		return PtypCurrency
	case AppTime:
		return PtypAppTime
	case ErrorCode:
		return PtypErrorCode
	case bool:
		return PtypBoolean
	case int64:
		return PtypInteger64
	case String8:
		return PtypString8
	case string:
		return PtypString
	case time.Time:
		return PtypTime
	case GUID:
		return PtypGuid
	case ServerID:
		return PtypServerID
	case Object:
		return PtypObject
	case RuleActions:
		return PtypRuleAction
	case []byte:
		return PtypBinary
	case Restriction:
		return PtypRestriction
	}
	return typeOfList(v)
}

func typeOfList(v any) PropType {
	switch v.(type) {
	case []int16:
		return PtypMultipleInteger16
	case []int32:
		return PtypMultipleInteger32
	case []float32:
		return PtypMultipleFloating32
	case []float64:
		return PtypMultipleFloating64
	case []Currency:
		return PtypMultipleCurrency
	case []AppTime:
		return PtypMultipleAppTime
	case []int64:
		return PtypMultipleInteger64
	case []String8:
		return PtypMultipleString8
	case []string:
		return PtypMultipleString
	case []time.Time:
		return PtypMultipleTime
	case []GUID:
		return PtypMultipleGuid
	case [][]byte:
		return PtypMultipleBinary
	}
	return PtypNull
}

// Layout codes a PropertyTag. [MS-OXCDATA] 2.9
func (t *PropTag) Layout(c *wire.Codec) { wire.Uint32s(t, c) }

// Layout codes a TaggedPropertyValue. [MS-OXCDATA] 2.11.4
// Named properties must have been given the mailbox's id before.
func (p *Prop) Layout(c *wire.Codec) { FormROP.LayoutProp(c, p) }

// LayoutProp is [Prop.Layout] in the form f.
func (f Form) LayoutProp(c *wire.Codec, p *Prop) {
	if !c.Decoding() && p.Tag.ID() == 0 && p.Name != nil {
		c.Fail(fmt.Errorf("named property %v has no id in this mailbox yet", p.Name))
		return
	}
	p.Tag.Layout(c)
	f.LayoutValue(c, p.Tag.Type(), &p.Value)
}
