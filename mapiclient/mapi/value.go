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
	if t&MultiValueInstance != 0 {
		t &^= MultiValue | MultiValueInstance
	}
	if t == PtypUnspecified {
		if !c.Decoding() {
			t = TypeOf(*v)
		}
		wire.Uint16s(&t, c)
		if t == PtypUnspecified {
			c.Failf("a value of type Unspecified says its type is Unspecified")
			return t
		}
	}
	if t.IsMulti() {
		layoutList(c, t, v)
	} else {
		layoutScalar(c, t, v)
	}
	return t
}

func layoutScalar(c *wire.Codec, t PropType, v *any) {
	switch t {
	case PtypNull:
	case PtypInteger16:
		value(c, v, func(x *int16) { c.Int16(x) })
	case PtypInteger32:
		value(c, v, func(x *int32) { c.Int32(x) })
	case PtypFloating32:
		value(c, v, func(x *float32) { c.Float32(x) })
	case PtypFloating64:
		value(c, v, func(x *float64) { c.Float64(x) })
	case PtypCurrency:
		value(c, v, func(x *Currency) { layoutCurrency(x, c) })
	case PtypAppTime:
		value(c, v, func(x *AppTime) { layoutAppTime(x, c) })
	case PtypErrorCode:
		value(c, v, func(x *ErrorCode) { wire.Uint32s(x, c) })
	case PtypBoolean:
		value(c, v, func(x *bool) { c.Bool(x) })
	case PtypInteger64:
		value(c, v, func(x *int64) { c.Int64(x) })
	case PtypString8:
		value(c, v, func(x *String8) { layoutString8(x, c) })
	case PtypString:
		value(c, v, func(x *string) { c.String16(x) })
	case PtypTime:
		value(c, v, func(x *time.Time) { LayoutTime(x, c) })
	case PtypGuid:
		value(c, v, func(x *GUID) { x.Layout(c) })
	case PtypServerID:
		value(c, v, func(x *ServerID) { c.Bytes16((*[]byte)(x)) })
	case PtypObject:
		value(c, v, func(x *Object) { c.Bytes16((*[]byte)(x)) })
	case PtypBinary:
		value(c, v, func(x *[]byte) { c.Bytes16(x) })
	default:
		c.Failf("property type 0x%04X cannot stand in a ROP buffer", uint16(t))
	}
}

func layoutList(c *wire.Codec, t PropType, v *any) {
	switch t {
	case PtypMultipleInteger16:
		values(c, v, func(x *int16, c *wire.Codec) { c.Int16(x) })
	case PtypMultipleInteger32:
		values(c, v, func(x *int32, c *wire.Codec) { c.Int32(x) })
	case PtypMultipleFloating32:
		values(c, v, func(x *float32, c *wire.Codec) { c.Float32(x) })
	case PtypMultipleFloating64:
		values(c, v, func(x *float64, c *wire.Codec) { c.Float64(x) })
	case PtypMultipleCurrency:
		values(c, v, layoutCurrency)
	case PtypMultipleAppTime:
		values(c, v, layoutAppTime)
	case PtypMultipleInteger64:
		values(c, v, func(x *int64, c *wire.Codec) { c.Int64(x) })
	case PtypMultipleString8:
		values(c, v, layoutString8)
	case PtypMultipleString:
		values(c, v, func(x *string, c *wire.Codec) { c.String16(x) })
	case PtypMultipleTime:
		values(c, v, LayoutTime)
	case PtypMultipleGuid:
		values(c, v, (*GUID).Layout)
	case PtypMultipleBinary:
		values(c, v, func(x *[]byte, c *wire.Codec) { c.Bytes16(x) })
	default:
		c.Failf("property type 0x%04X cannot stand in a ROP buffer", uint16(t))
	}
}

// value codes one value through a variable of its Go type.
func value[T any](c *wire.Codec, v *any, layout func(*T)) {
	var x T
	if !c.Decoding() {
		var ok bool
		if x, ok = (*v).(T); !ok {
			c.Failf("property value is a %T, its type wants a %T", *v, x)
			return
		}
	}
	layout(&x)
	if c.Decoding() {
		*v = x
	}
}

func values[T any](c *wire.Codec, v *any, one wire.Layout[T]) {
	value(c, v, func(x *[]T) { wire.List32(c, x, one) })
}

func layoutCurrency(x *Currency, c *wire.Codec) { c.Int64((*int64)(x)) }
func layoutAppTime(x *AppTime, c *wire.Codec)   { c.Float64((*float64)(x)) }
func layoutString8(x *String8, c *wire.Codec)   { c.String8((*string)(x)) }

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
func (p *Prop) Layout(c *wire.Codec) {
	if !c.Decoding() && p.Tag.ID() == 0 && p.Name != nil {
		c.Fail(fmt.Errorf("named property %v has no id in this mailbox yet", p.Name))
		return
	}
	p.Tag.Layout(c)
	LayoutValue(c, p.Tag.Type(), &p.Value)
}
