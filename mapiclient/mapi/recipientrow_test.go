package mapi

import (
	"reflect"
	"sync"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/wire"
)

func TestRecipientRow(t *testing.T) {
	columns := []PropTag{0x39FE001F, 0x3A710003}
	for _, tc := range []struct {
		name string
		hex  string
		row  RecipientRow
	}{
		// The fields before the row of values are those of [MS-OXCMSG] 4.7.1.
		{"X500DN", "5106 5a 00 557365723200 75007300650072003200 0000 75007300650072003200 0000 0000 00", RecipientRow{
			Flags:             AddressX500DN | RecipientHasDisplayName | RecipientSameDisplayName | RecipientUnicode | RecipientHasSimpleDisplayName,
			AddressPrefixUsed: 0x5A, X500DN: "User2", DisplayName: "user2", SimpleDisplayName: "user2", Props: Props{}}},
		{"SMTP", "1b02 6100400078000000 41000000 0200 00 6100400078000000 01000000", RecipientRow{
			Flags:        AddressSMTP | RecipientHasEmailAddress | RecipientHasDisplayName | RecipientUnicode,
			EmailAddress: "a@x", DisplayName: "A", ColumnCount: 2,
			Props: Props{PidTagSmtpAddress.Of("a@x"), PidTagSendInternetEncoding.Of(1)}}},
		{"8-bit", "3b80 61407800 4100 4200 0100 01 01", RecipientRow{
			Flags:        AddressSMTP | RecipientHasEmailAddress | RecipientHasDisplayName | RecipientHasTransmittableDisplayName | RecipientHasAddressType,
			EmailAddress: "a@x", DisplayName: "A", TransmittableDisplayName: "B", ColumnCount: 1, Props: Props{}}},
		{"spelt-out type", "0882 46415800 3100320000 00 0000 00", RecipientRow{
			Flags: RecipientHasAddressType | RecipientHasEmailAddress | RecipientUnicode, AddressType: "FAX", EmailAddress: "12", Props: Props{}}},
		{"personal list", "0602 0200 0102 0100 03 0000 00", RecipientRow{
			Flags: AddressPersonalDistribution | RecipientUnicode, EntryID: []byte{1, 2}, SearchKey: []byte{3}, Props: Props{}}},
		{"nothing", "0000 0000 00", RecipientRow{Props: Props{}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			golden(t, unhex(t, tc.hex), tc.row, func(c *wire.Codec, r *RecipientRow) { r.Layout(c, columns) })
		})
	}
	var r RecipientRow
	c := wire.NewDecoder(unhex(t, "0000 0300 00"))
	if r.Layout(c, columns); c.Err() == nil {
		t.Error("a row of more columns than there are is accepted")
	}
}

func TestRecipientOfRow(t *testing.T) {
	prefix := "/o=First/ou=Group/cn=Recipients/cn="
	for _, tc := range []struct {
		name string
		row  RecipientRow
		want Props
	}{
		{"X500DN with prefix", RecipientRow{Flags: AddressX500DN | RecipientHasDisplayName | RecipientSameDisplayName | RecipientResponsible,
			AddressPrefixUsed: uint8(len(prefix)), X500DN: "User2", DisplayName: "user2"},
			Props{PidTagAddressType.Of("EX"), PidTagEmailAddress.Of(prefix + "User2"), PidTagDisplayType.Of(0),
				PidTagDisplayName.Of("user2"), PidTagTransmittableDisplayName.Of("user2"), PidTagResponsibility.Of(true)}},
		{"prefix longer than known", RecipientRow{Flags: AddressX500DN, AddressPrefixUsed: 255, X500DN: "U"},
			Props{PidTagAddressType.Of("EX"), PidTagEmailAddress.Of(prefix + "U"), PidTagDisplayType.Of(0)}},
		{"columns win, errors don't", RecipientRow{Flags: AddressSMTP | RecipientHasDisplayName | RecipientUnicode | RecipientNonRich, DisplayName: "A",
			Props: Props{PidTagDisplayName.Of("B"), {Tag: 0x39FE000A, Value: ErrNotFound}}},
			Props{PidTagAddressType.Of("SMTP"), PidTagDisplayName.Of("B"), PidTagSendRichInfo.Of(false)}},
		{"8-bit", RecipientRow{Flags: AddressSMTP | RecipientHasDisplayName | RecipientHasEmailAddress, DisplayName: "A\xe9", EmailAddress: "a@x"},
			Props{PidTagAddressType.Of("SMTP"), PidTagEmailAddress.Of("a@x"), {Tag: 0x3001001E, Value: String8("A\xe9")}}},
		{"no type", RecipientRow{Flags: RecipientHasAddressType, AddressType: "FAX"}, Props{PidTagAddressType.Of("FAX")}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := tc.row.Recipient(RecipientCc, prefix)
			if want := (Recipient{Type: RecipientCc, Props: tc.want}); !reflect.DeepEqual(got, want) {
				t.Errorf("got\n %+v, want\n %+v", got, want)
			}
		})
	}
}

func TestMakeRecipientRow(t *testing.T) {
	rs := []Recipient{
		{Type: RecipientTo, Props: Props{PidTagAddressType.Of("SMTP"), PidTagEmailAddress.Of("a@x"), PidTagDisplayName.Of("A"),
			PidTagTransmittableDisplayName.Of("A"), PidTagSmtpAddress.Of("a@x"), PidTagEntryId.Of([]byte{1}), PidTagSearchKey.Of([]byte{2})}},
		{Type: RecipientBcc, Props: Props{PidTagAddressType.Of("EX"), PidTagEmailAddress.Of("/o=F/cn=U"), PidTagDisplayName.Of("U"),
			PidTagSendInternetEncoding.Of(0), PidTagSendRichInfo.Of(false), PidTagResponsibility.Of(true)}},
		{Type: RecipientTo, Props: Props{PidTagAddressType.Of("smtp"), PidTagSmtpAddress.Of("b@x"), PidTagTransmittableDisplayName.Of("T")}},
	}
	columns := RecipientColumns(rs)
	if want := []PropTag{PidTagSmtpAddress.Tag(), PidTagSendInternetEncoding.Tag()}; !reflect.DeepEqual(columns, want) {
		t.Fatalf("columns are %v, want %v", columns, want)
	}
	want := []RecipientRow{
		{Flags: AddressSMTP | RecipientUnicode | RecipientHasEmailAddress | RecipientHasDisplayName | RecipientSameDisplayName,
			EmailAddress: "a@x", DisplayName: "A", ColumnCount: 2, Props: Props{PidTagSmtpAddress.Of("a@x")}},
		{Flags: AddressX500DN | RecipientUnicode | RecipientHasDisplayName | RecipientNonRich | RecipientResponsible,
			X500DN: "/o=F/cn=U", DisplayName: "U", ColumnCount: 2, Props: Props{PidTagSendInternetEncoding.Of(0)}},
		{Flags: AddressSMTP | RecipientUnicode | RecipientHasEmailAddress | RecipientHasTransmittableDisplayName,
			EmailAddress: "b@x", TransmittableDisplayName: "T", ColumnCount: 2, Props: Props{PidTagSmtpAddress.Of("b@x")}},
	}
	for i, r := range rs {
		row := MakeRecipientRow(r, columns)
		if !reflect.DeepEqual(row, want[i]) {
			t.Errorf("row %d is\n %+v, want\n %+v", i, row, want[i])
		}
		c := wire.NewEncoder(nil)
		if row.Layout(c, columns); c.Err() != nil {
			t.Errorf("row %d: %v", i, c.Err())
		}
	}
}

// Encoding only reads: the race detector sees two goroutines writing one row.
func TestEncodingIsReadOnly(t *testing.T) {
	columns := []PropTag{0x39FE001F, 0x3A710003, 0x0FFF0102}
	row := MakeRecipientRow(Recipient{Props: Props{PidTagAddressType.Of("SMTP"), PidTagEmailAddress.Of("a@x"),
		PidTagSmtpAddress.Of("a@x"), PidTagSendInternetEncoding.Of(1)}}, columns)
	name, id := PidNameKeywords.PropertyName, NewMessageEntryID(testMailbox, LongTermID{}, LongTermID{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			c := wire.NewEncoder(nil)
			row.Layout(c, columns)
			name.Layout(c)
			id.Layout(c)
			if c.Err() != nil {
				t.Error(c.Err())
			}
		})
	}
	wg.Wait()
}
