package mapi

import (
	"fmt"
	"time"
)

// A PropType is the type half of a property tag. [MS-OXCDATA] 2.11.1
type PropType uint16

// Property types. [MS-OXCDATA] 2.11.1
const (
	PtypUnspecified PropType = 0x0000
	PtypNull        PropType = 0x0001
	PtypInteger16   PropType = 0x0002
	PtypInteger32   PropType = 0x0003
	PtypFloating32  PropType = 0x0004
	PtypFloating64  PropType = 0x0005
	PtypCurrency    PropType = 0x0006
	PtypAppTime     PropType = 0x0007
	PtypErrorCode   PropType = 0x000A
	PtypBoolean     PropType = 0x000B
	PtypObject      PropType = 0x000D
	PtypInteger64   PropType = 0x0014
	PtypString8     PropType = 0x001E
	PtypString      PropType = 0x001F
	PtypTime        PropType = 0x0040
	PtypGuid        PropType = 0x0048
	PtypServerID    PropType = 0x00FB
	PtypRestriction PropType = 0x00FD
	PtypRuleAction  PropType = 0x00FE
	PtypBinary      PropType = 0x0102

	// MultiValue turns a type into the type of a list of it.
	MultiValue PropType = 0x1000
	// MultiValueInstance marks a table column that shows one value of a list a row. [MS-OXCTABL] 2.2.1.4.1
	MultiValueInstance PropType = 0x2000

	PtypMultipleInteger16  = MultiValue | PtypInteger16
	PtypMultipleInteger32  = MultiValue | PtypInteger32
	PtypMultipleFloating32 = MultiValue | PtypFloating32
	PtypMultipleFloating64 = MultiValue | PtypFloating64
	PtypMultipleCurrency   = MultiValue | PtypCurrency
	PtypMultipleAppTime    = MultiValue | PtypAppTime
	PtypMultipleInteger64  = MultiValue | PtypInteger64
	PtypMultipleString8    = MultiValue | PtypString8
	PtypMultipleString     = MultiValue | PtypString
	PtypMultipleTime       = MultiValue | PtypTime
	PtypMultipleGuid       = MultiValue | PtypGuid
	PtypMultipleBinary     = MultiValue | PtypBinary
)

// IsMulti tells whether values of the type are lists. A column of a
// multi-value instance holds a single value.
func (t PropType) IsMulti() bool { return t&(MultiValue|MultiValueInstance) == MultiValue }

// Values of property types that need a Go type of their own.
type (
	// Currency is a fixed-point number in units of 1/10000. PtypCurrency
	Currency int64
	// AppTime is days since 1899-12-30. PtypFloatingTime
	AppTime float64
	// String8 is a string in some 8-bit code page, kept as bytes. PtypString8
	String8 string
	// ServerID is the opaque content of a PtypServerId.
	ServerID []byte
	// Object is the content of a PtypObject, which is mostly opened as a stream.
	Object []byte
	// RuleActions is the undecoded content of a PtypRuleAction.
	RuleActions []byte
)

// Value is every Go type that a property value can have. Times are in UTC with
// a resolution of 100 ns.
type Value interface {
	int16 | int32 | int64 | float32 | float64 | Currency | AppTime | ErrorCode | bool |
		string | String8 | time.Time | GUID | ServerID | Object | []byte | RuleActions |
		[]int16 | []int32 | []int64 | []float32 | []float64 | []Currency | []AppTime |
		[]string | []String8 | []time.Time | []GUID | [][]byte
}

// A PropID is the id half of a property tag.
type PropID uint16

// IsNamed tells whether the id stands for a name, which holds only in the
// mailbox that resolved it. [MS-OXCPRPT] 3.2.5.9
func (id PropID) IsNamed() bool { return id >= 0x8000 && id <= 0xFFFE }

// A PropTag is a property id (high half) and a property type (low half).
// [MS-OXCDATA] 2.9
type PropTag uint32

// MakeTag puts the halves together.
func MakeTag(id PropID, t PropType) PropTag { return PropTag(id)<<16 | PropTag(t) }

// ID is the property id.
func (t PropTag) ID() PropID { return PropID(t >> 16) }

// Type is the property type.
func (t PropTag) Type() PropType { return PropType(t) }

// WithType is the same property as another type.
func (t PropTag) WithType(p PropType) PropTag { return MakeTag(t.ID(), p) }

// String gives the name of [MS-OXPROPS] where it has one, else the hex form.
func (t PropTag) String() string {
	if n := TagName(t); n != "" {
		return n
	}
	return fmt.Sprintf("0x%08X", uint32(t))
}

// A Tag is the tag of a well-known property whose values have the Go type T.
type Tag[T Value] uint32

// Tag is the tag without its Go type.
func (t Tag[T]) Tag() PropTag { return PropTag(t) }

// Of makes the property with the value v.
func (t Tag[T]) Of(v T) Prop { return Prop{Tag: PropTag(t), Value: v} }

// From finds the property's value in a bag. A value of another type (an
// error in a row, for example) counts as absent.
func (t Tag[T]) From(ps Props) (T, bool) {
	for i := range ps {
		if ps[i].Name == nil && ps[i].Tag == PropTag(t) {
			v, ok := ps[i].Value.(T)
			return v, ok
		}
	}
	var zero T
	return zero, false
}

// Get is From with the zero value for an absent property.
func (t Tag[T]) Get(ps Props) T {
	v, _ := t.From(ps)
	return v
}

// String gives the name of [MS-OXPROPS].
func (t Tag[T]) String() string { return PropTag(t).String() }
