package mapi

// A Restriction is a condition on the rows of a table. [MS-OXCDATA] 2.12
// It is one of the types of this file, held by value.
type Restriction interface {
	kind() restrictionKind
}

type restrictionKind uint8

// Kinds of restrictions. [MS-OXCDATA] 2.12
const (
	kindAnd          restrictionKind = 0x00
	kindOr           restrictionKind = 0x01
	kindNot          restrictionKind = 0x02
	kindContent      restrictionKind = 0x03
	kindProperty     restrictionKind = 0x04
	kindCompareProps restrictionKind = 0x05
	kindBitMask      restrictionKind = 0x06
	kindSize         restrictionKind = 0x07
	kindExist        restrictionKind = 0x08
	kindSubObject    restrictionKind = 0x09
	kindComment      restrictionKind = 0x0A
	kindCount        restrictionKind = 0x0B
)

// A RelOp compares two values. [MS-OXCDATA] 2.12.5
type RelOp uint8

// Relational operators.
const (
	RelOpLessThan           RelOp = 0x00
	RelOpLessThanOrEqual    RelOp = 0x01
	RelOpGreaterThan        RelOp = 0x02
	RelOpGreaterThanOrEqual RelOp = 0x03
	RelOpEqual              RelOp = 0x04
	RelOpNotEqual           RelOp = 0x05
	RelOpMemberOfDL         RelOp = 0x64
)

// A FuzzyLevel tells how strings match: one of the low values, or'ed with high
// ones. It holds FuzzyLevelLow in its low half and FuzzyLevelHigh in its high
// half. [MS-OXCDATA] 2.12.4
type FuzzyLevel uint32

// Fuzzy levels.
const (
	FuzzyFullString FuzzyLevel = 0x0000_0000
	FuzzySubstring  FuzzyLevel = 0x0000_0001
	FuzzyPrefix     FuzzyLevel = 0x0000_0002

	FuzzyIgnoreCase     FuzzyLevel = 0x0001_0000
	FuzzyIgnoreNonSpace FuzzyLevel = 0x0002_0000
	FuzzyLoose          FuzzyLevel = 0x0004_0000
)

// A BitMaskOp tells which outcome of a bit test is wanted. [MS-OXCDATA] 2.12.7
type BitMaskOp uint8

// Bit mask operators.
const (
	BitMaskEqualZero BitMaskOp = 0x00
	BitMaskNotZero   BitMaskOp = 0x01
)

// Restrictions.
type (
	// AndRestriction holds if all of its parts hold. [MS-OXCDATA] 2.12.1
	AndRestriction []Restriction
	// OrRestriction holds if one of its parts holds. [MS-OXCDATA] 2.12.2
	OrRestriction []Restriction
	// NotRestriction holds if its part does not. [MS-OXCDATA] 2.12.3
	NotRestriction struct{ Restriction Restriction }
	// ContentRestriction searches a string or binary property. [MS-OXCDATA] 2.12.4
	ContentRestriction struct {
		FuzzyLevel FuzzyLevel
		// Tag is the column; a Value of another type tells the form of the value alone.
		Tag   PropTag
		Value Prop
	}
	// PropertyRestriction compares a property with a value. [MS-OXCDATA] 2.12.5
	PropertyRestriction struct {
		RelOp RelOp
		// Tag is the column, mostly the same as that of Value.
		Tag   PropTag
		Value Prop
	}
	// ComparePropsRestriction compares two properties. [MS-OXCDATA] 2.12.6
	ComparePropsRestriction struct {
		RelOp      RelOp
		Tag1, Tag2 PropTag
	}
	// BitMaskRestriction tests bits of a PtypInteger32. [MS-OXCDATA] 2.12.7
	BitMaskRestriction struct {
		Op   BitMaskOp
		Tag  PropTag
		Mask uint32
	}
	// SizeRestriction compares the size of a value in bytes. [MS-OXCDATA] 2.12.8
	SizeRestriction struct {
		RelOp RelOp
		Tag   PropTag
		Size  uint32
	}
	// ExistRestriction holds if the property exists. [MS-OXCDATA] 2.12.9
	ExistRestriction struct{ Tag PropTag }
	// SubObjectRestriction holds if its part holds for one row of a subtable:
	// PidTagMessageRecipients or PidTagMessageAttachments. [MS-OXCDATA] 2.12.10
	SubObjectRestriction struct {
		SubObject   PropTag
		Restriction Restriction
	}
	// CommentRestriction carries properties beside its part, which may be nil. [MS-OXCDATA] 2.12.11
	CommentRestriction struct {
		Props       Props
		Restriction Restriction
	}
	// CountRestriction limits its part to that many matches. [MS-OXCDATA] 2.12.12
	CountRestriction struct {
		Count       uint32
		Restriction Restriction
	}
)

func (AndRestriction) kind() restrictionKind          { return kindAnd }
func (OrRestriction) kind() restrictionKind           { return kindOr }
func (NotRestriction) kind() restrictionKind          { return kindNot }
func (ContentRestriction) kind() restrictionKind      { return kindContent }
func (PropertyRestriction) kind() restrictionKind     { return kindProperty }
func (ComparePropsRestriction) kind() restrictionKind { return kindCompareProps }
func (BitMaskRestriction) kind() restrictionKind      { return kindBitMask }
func (SizeRestriction) kind() restrictionKind         { return kindSize }
func (ExistRestriction) kind() restrictionKind        { return kindExist }
func (SubObjectRestriction) kind() restrictionKind    { return kindSubObject }
func (CommentRestriction) kind() restrictionKind      { return kindComment }
func (CountRestriction) kind() restrictionKind        { return kindCount }

// Equal is the restriction that p's property equals p's value.
func Equal(p Prop) Restriction { return Compare(RelOpEqual, p) }

// Compare is the restriction that p's property stands in the relation to p's value.
func Compare(op RelOp, p Prop) Restriction {
	return PropertyRestriction{RelOp: op, Tag: p.Tag, Value: p}
}

// Contains is the restriction that p's property matches p's value.
func Contains(level FuzzyLevel, p Prop) Restriction {
	return ContentRestriction{FuzzyLevel: level, Tag: p.Tag, Value: p}
}
