package mapi

import (
	"bytes"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/wire"
)

func TestValues(t *testing.T) {
	when := time.Date(2026, 11, 22, 20, 5, 0, 1234500, time.UTC)
	for _, tc := range []struct {
		tag   PropTag
		hex   string
		value any
	}{
		{0x00010002, "feff", int16(-2)},
		{0x00010003, "feffffff", int32(-2)},
		{0x00010004, "0000c03f", float32(1.5)},
		{0x00010005, "000000000000f83f", 1.5},
		{0x00010006, "1027000000000000", Currency(10000)},
		{0x00010007, "000000000000f83f", AppTime(1.5)},
		{0x0001000A, "0f010480", ErrNotFound},
		{0x0001000B, "01", true},
		{0x0001000D, "0200 0102", Object{1, 2}},
		{0x00010014, "feffffffffffffff", int64(-2)},
		{0x0001001E, "41e900", String8("A\xe9")},
		{0x0001001F, "4100e9000000", "Aé"},
		{0x00010040, "396eeac0bc7add01", when},
		{0x00010048, "0329060000000000c000000000000046", GUID{0x03, 0x29, 0x06, 8: 0xC0, 15: 0x46}},
		{0x000100FB, "0200 0102", ServerID{1, 2}},
		{0x000100FE, "0100 0200 0102", RuleActions{1, 0, 2, 0, 1, 2}},
		{0x00010102, "0300 010203", []byte{1, 2, 3}},
		{0x00011002, "02000000 0100 feff", []int16{1, -2}},
		{0x00011003, "01000000 feffffff", []int32{-2}},
		{0x00011004, "01000000 0000c03f", []float32{1.5}},
		{0x00011005, "01000000 000000000000f83f", []float64{1.5}},
		{0x00011006, "01000000 1027000000000000", []Currency{10000}},
		{0x00011007, "01000000 000000000000f83f", []AppTime{1.5}},
		{0x00011014, "01000000 feffffffffffffff", []int64{-2}},
		{0x0001101E, "02000000 4100 00", []String8{"A", ""}},
		{0x0001101F, "02000000 41000000 0000", []string{"A", ""}},
		{0x00011040, "01000000 396eeac0bc7add01", []time.Time{when}},
		{0x00011048, "00000000", []GUID{}},
		{0x00011102, "02000000 0100 07 0000", [][]byte{{7}, {}}},
	} {
		tag := wire.NewEncoder(nil)
		tc.tag.Layout(tag)
		golden(t, append(tag.Bytes(), unhex(t, tc.hex)...), Prop{Tag: tc.tag, Value: tc.value}, func(c *wire.Codec, p *Prop) { p.Layout(c) })
		if got := TypeOf(tc.value); got != tc.tag.Type() {
			t.Errorf("TypeOf(%T) is 0x%04X, want 0x%04X", tc.value, uint16(got), uint16(tc.tag.Type()))
		}
	}
}

func TestNSPIValues(t *testing.T) {
	for _, tc := range []struct {
		tag   PropTag
		hex   string
		value any
	}{
		{0x0001001F, "ff 41000000", "A"},
		{0x0001001F, "00", nil},
		{0x0001001E, "ff 00", String8("")},
		{0x00010102, "ff 01000000 07", []byte{7}},
		{0x00010003, "07000000", int32(7)},
		{0x0001000B, "01", true},
		{0x0001101F, "ff 02000000 ff 41000000 ff 0000", []string{"A", ""}},
		{0x00011102, "ff 01000000 ff 01000000 07", [][]byte{{7}}},
		{0x00011003, "ff 01000000 07000000", []int32{7}},
		{0x00011003, "00", nil},
	} {
		golden(t, unhex(t, tc.hex), tc.value, func(c *wire.Codec, v *any) { FormNSPI.LayoutValue(c, tc.tag.Type(), v) })
	}
	var v any
	c := wire.NewDecoder(unhex(t, "ff 02000000 00 ff 41000000"))
	if FormNSPI.LayoutValue(c, PtypMultipleString, &v); c.Err() != nil || !reflect.DeepEqual(v, []string{"", "A"}) {
		t.Errorf("a null element gives %#v, %v", v, c.Err())
	}
	c = wire.NewDecoder(unhex(t, "01 41000000"))
	if FormNSPI.LayoutValue(c, PtypString, &v); c.Err() == nil {
		t.Error("HasValue 1 is accepted")
	}
	golden(t, unhex(t, "01000000 07"), any([]byte{7}), func(c *wire.Codec, v *any) { FormExtended.LayoutValue(c, PtypBinary, v) })
	golden(t, unhex(t, "01 00 ff 4100 0000 0a 0f010480 01"), Props{{Tag: 0x3001001F, Value: "A"}, {Tag: 0x3002000A, Value: ErrNotFound}},
		func(c *wire.Codec, row *Props) {
			FormNSPI.LayoutRow(c, []PropTag{0x3001001F, 0x3002001F, 0x3003001F}, row)
		})
}

func TestValueRefuses(t *testing.T) {
	for _, p := range []Prop{
		{Tag: 0x0037001F, Value: 1},
		{Tag: 0x0037001F},
		{Tag: 0x00370099, Value: 1},
		{Tag: 0x0000001F, Name: &PropertyName{Set: PSPublicStrings, Name: "x"}, Value: "x"},
	} {
		if b, err := wire.Marshal(&p); err == nil {
			t.Errorf("%+v is written as %x", p, b)
		}
	}
	var v any
	for _, in := range []string{"0000", "1f30 0000"} {
		c := wire.NewDecoder(unhex(t, in))
		if LayoutValue(c, PtypUnspecified, &v); c.Err() == nil {
			t.Errorf("type %s of an Unspecified value is accepted", in)
		}
	}
}

func TestFileTime(t *testing.T) {
	for _, tc := range []struct {
		t    time.Time
		want uint64
	}{
		{time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC), 0},
		{time.Date(1601, 1, 1, 0, 0, 0, 100, time.UTC), 1},
		{time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), 116444736000000000},
		{time.Date(4501, 1, 1, 0, 0, 0, 0, time.UTC), 915151392000000000},
	} {
		if got := FileTime(tc.t); got != tc.want {
			t.Errorf("FileTime(%v) = %d, want %d", tc.t, got, tc.want)
		}
		if got := TimeOf(tc.want); !got.Equal(tc.t) || got.Location() != time.UTC {
			t.Errorf("TimeOf(%d) = %v, want %v", tc.want, got, tc.t)
		}
	}
	if got := FileTime(time.Time{}); got != 0 {
		t.Errorf("a time before 1601 gives %d", got)
	}
	if got := FileTime(TimeOf(math.MaxUint64)); got != math.MaxUint64 {
		t.Errorf("the last FILETIME gives %d", got)
	}
}

// FuzzProps reads any bytes as tagged values; what they give is written back and read again.
func FuzzProps(f *testing.F) {
	b, err := wire.Marshal((*taggedValues)(benchProps()))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("\x01\x00\xfd\x00\x79\x66\x0a\x01\x1f\x00\x37\x00A\x00\x00\x00\x01\x08\x1f\x00\x37\x00"))
	f.Fuzz(func(t *testing.T, in []byte) {
		var first taggedValues
		if wire.Unmarshal(in, &first) != nil {
			return
		}
		b, err := wire.Marshal(&first)
		if err != nil {
			t.Fatalf("what was read is not written: %v", err)
		}
		var second taggedValues
		if err := wire.Unmarshal(b, &second); err != nil {
			t.Fatalf("what was written is not read: %v", err)
		}
		if again, err := wire.Marshal(&second); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("written %x and again %x, %v", b, again, err)
		}
	})
}

// FuzzRecipientRow does so with recipient rows, over columns of every kind.
func FuzzRecipientRow(f *testing.F) {
	columns := []PropTag{0x39FE001F, 0x3A710000, 0x0FFF0102, 0x8012301F, 0x3A40000B}
	f.Add([]byte("\x1b\x02a\x00\x00\x00A\x00\x00\x00\x02\x00\x01\x01\x1f\x00\x00A\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, in []byte) {
		var first RecipientRow
		c := wire.NewDecoder(in)
		if first.Layout(c, columns); c.Err() != nil {
			return
		}
		e := wire.NewEncoder(nil)
		if first.Layout(e, columns); e.Err() != nil {
			t.Fatalf("what was read is not written: %v", e.Err())
		}
		r := first.Recipient(RecipientTo, "/o=prefix")
		row := MakeRecipientRow(r, RecipientColumns([]Recipient{r}))
		e = wire.NewEncoder(nil)
		if row.Layout(e, RecipientColumns([]Recipient{r})); e.Err() != nil {
			t.Fatalf("the recipient %+v is not written: %v", r, e.Err())
		}
	})
}

// taggedValues is a list of properties as RopSetProperties has it.
type taggedValues Props

func (v *taggedValues) Layout(c *wire.Codec) { wire.List16(c, (*[]Prop)(v), (*Prop).Layout) }

// benchProps is what a plain message sets: twenty properties.
func benchProps() *Props {
	when := time.Date(2026, 11, 22, 20, 5, 0, 0, time.UTC)
	return &Props{
		PidTagMessageClass.Of("IPM.Note"), PidTagSubjectPrefix.Of("Re: "), PidTagNormalizedSubject.Of("Quarterly figures"),
		PidTagConversationTopic.Of("Quarterly figures"), PidTagConversationIndex.Of(make([]byte, 27)), PidTagClientSubmitTime.Of(when),
		PidTagMessageDeliveryTime.Of(when), PidTagImportance.Of(1), PidTagPriority.Of(0), PidTagSensitivity.Of(0),
		PidTagMessageFlags.Of(9), PidTagSenderName.Of("Ann Example"), PidTagSenderAddressType.Of("SMTP"),
		PidTagSenderEmailAddress.Of("ann@example.test"), PidTagSenderEntryId.Of(make([]byte, 90)), PidTagSenderSearchKey.Of(make([]byte, 22)),
		PidTagInternetMessageId.Of("<1234567890@example.test>"), PidTagInternetCodepage.Of(65001),
		PidTagReadReceiptRequested.Of(false), PidTagBody.Of("Dear all,\r\n\r\nplease find the figures attached.\r\n"),
	}
}

func BenchmarkDecodeProps(b *testing.B) {
	in, err := wire.Marshal((*taggedValues)(benchProps()))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		var v taggedValues
		if err := wire.Unmarshal(in, &v); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeProps(b *testing.B) {
	v := (*taggedValues)(benchProps())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := wire.Marshal(v); err != nil {
			b.Fatal(err)
		}
	}
}
