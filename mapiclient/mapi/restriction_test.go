package mapi

import (
	"errors"
	"reflect"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/wire"
)

func TestRestriction(t *testing.T) {
	for _, tc := range []struct {
		name string
		hex  string
		want Restriction
	}{
		{"and", "00 0200 08 1f003700 02 08 1f003700", AndRestriction{ExistRestriction{0x0037001F}, NotRestriction{ExistRestriction{0x0037001F}}}},
		{"or", "01 0000", OrRestriction{}},
		{"content", "03 0100 0100 1f003700 1f003700 4100 0000",
			ContentRestriction{FuzzySubstring | FuzzyIgnoreCase, 0x0037001F, PidTagSubject.Of("A")}},
		{"property", "04 04 03001700 03001700 02000000", Equal(PidTagImportance.Of(2))},
		{"binary", "04 04 0201ff0f 0201ff0f 0300 010203", Equal(PidTagEntryId.Of([]byte{1, 2, 3}))},
		{"compare", "05 01 40003900 4000060e", ComparePropsRestriction{RelOpLessThanOrEqual, 0x00390040, 0x0E060040}},
		{"bit mask", "06 01 0300070e 01000000", BitMaskRestriction{BitMaskNotZero, 0x0E070003, 1}},
		{"size", "07 02 0300080e 00040000", SizeRestriction{RelOpGreaterThan, 0x0E080003, 1024}},
		{"sub-object", "09 0d00120e 08 1f000330", SubObjectRestriction{0x0E12000D, ExistRestriction{0x3003001F}}},
		{"comment", "0a 01 1f003700 4100 0000 01 08 1f003700", CommentRestriction{Props{PidTagSubject.Of("A")}, ExistRestriction{0x0037001F}}},
		{"comment alone", "0a 01 1f003700 4100 0000 00", CommentRestriction{Props{PidTagSubject.Of("A")}, nil}},
		{"count", "0b 05000000 08 1f003700", CountRestriction{5, ExistRestriction{0x0037001F}}},
	} {
		t.Run(tc.name, func(t *testing.T) { golden(t, unhex(t, tc.hex), tc.want, LayoutRestriction) })
	}
}

func TestRestrictionForms(t *testing.T) {
	want := Restriction(AndRestriction{Equal(PidTagEntryId.Of([]byte{7})), Equal(PidTagImportance.Of(2))})
	golden(t, unhex(t, "00 02000000 04 04 0201ff0f 0201ff0f 01000000 07 04 04 03001700 03001700 02000000"), want, FormExtended.LayoutRestriction)
	golden(t, unhex(t, "00 02000000 04 04 0201ff0f ff 0201ff0f ff 01000000 07 04 04 03001700 ff 03001700 02000000"), want, FormNSPI.LayoutRestriction)
}

func TestRestrictionRefuses(t *testing.T) {
	for name, s := range map[string]string{
		"unknown type":        "0c",
		"count beyond input":  "00 ffff 08 1f003700",
		"unknown value type":  "04 04 99993700 99993700 00",
		"value of type Array": "04 04 0d103700 0d103700 00000000",
	} {
		var r Restriction
		c := wire.NewDecoder(unhex(t, s))
		if LayoutRestriction(c, &r); c.Err() == nil {
			t.Errorf("%s: decoded %#v", name, r)
		}
	}
	deep := make([]byte, 100_000)
	for i := range deep {
		deep[i] = 0x02 // not
	}
	var r Restriction
	c := wire.NewDecoder(deep)
	if LayoutRestriction(c, &r); !errors.Is(c.Err(), wire.ErrDepth) {
		t.Errorf("a nesting of 100000 gives %v", c.Err())
	}
	e := wire.NewEncoder(nil)
	r = NotRestriction{}
	if LayoutRestriction(e, &r); e.Err() == nil {
		t.Error("a missing restriction is written")
	}
}

// A restriction can be the value of a property, of a rule for example.
func TestRestrictionAsValue(t *testing.T) {
	golden(t, unhex(t, "fd007966 08 1f003700"), Prop{Tag: PidTagRuleCondition, Value: Restriction(ExistRestriction{0x0037001F})},
		func(c *wire.Codec, p *Prop) { p.Layout(c) })
}

func TestTypedString(t *testing.T) {
	layout := func(c *wire.Codec, s *TypedString) { s.Layout(c) }
	for _, tc := range []struct {
		hex  string
		want TypedString
	}{
		{"00", TypedString{}},
		{"01", MakeTypedString("")},
		{"02 41e900", TypedString{String8Bit, "A\xe9"}},
		{"03 41e900", MakeTypedString("Aé")},
		{"04 4100 3c26 0000", MakeTypedString("A☼")},
	} {
		golden(t, unhex(t, tc.hex), tc.want, layout)
	}
	var s TypedString
	if err := wire.Unmarshal([]byte{5}, &s); err == nil {
		t.Error("kind 5 is accepted")
	}
	if _, err := wire.Marshal(&TypedString{StringReduced, "☼"}); err == nil {
		t.Error("U+263C is written as a reduced string")
	}
}

func TestSortOrder(t *testing.T) {
	// [MS-OXCTABL] 4.3.1 sorts by PidTagMessageDeliveryTime, descending.
	golden(t, unhex(t, "4000060e 01"), SortOrder{PidTagMessageDeliveryTime.Tag(), SortDescending},
		func(c *wire.Codec, o *SortOrder) { o.Layout(c) })
}

func TestEncodingLeavesTheMessageAlone(t *testing.T) {
	r := Restriction(AndRestriction{Equal(PidTagImportance.Of(2)), ExistRestriction{0x0037001F}})
	before := Restriction(AndRestriction{Equal(PidTagImportance.Of(2)), ExistRestriction{0x0037001F}})
	c := wire.NewEncoder(nil)
	if LayoutRestriction(c, &r); c.Err() != nil || !reflect.DeepEqual(r, before) {
		t.Errorf("encoding gives %v and leaves %#v", c.Err(), r)
	}
}
