package mapi

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/wire"
)

var (
	testMailbox = GUID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	testReplica = GUID{0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xAB, 0xAC, 0xAD, 0xAE, 0xAF}
)

func TestEntryIDs(t *testing.T) {
	folder := LongTermID{Replica: testReplica, Counter: [6]byte{0, 0, 0, 0, 0x10, 0x20}}
	message := LongTermID{Replica: testReplica, Counter: [6]byte{0, 0, 0, 0x30, 0x40, 0x50}}
	mailbox, replica := "0102030405060708090a0b0c0d0e0f10", "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
	for _, tc := range []struct {
		name string
		hex  string
		want EntryID
	}{
		{"folder", "00000000" + mailbox + "0100" + replica + "000000001020 0000", NewFolderEntryID(testMailbox, folder)},
		{"message", "00000000" + mailbox + "0700" + replica + "000000001020 0000" + replica + "000000304050 0000",
			NewMessageEntryID(testMailbox, folder, message)},
		{"one-off", "00000000 812b1fa4bea310199d6e00dd010f5402 0000 0180 4100 e900 0000 53004d00540050000000 6100400078000000",
			NewOneOff("Aé", "a@x")},
		{"one-off 8-bit", "00000000 812b1fa4bea310199d6e00dd010f5402 0000 0000 41e900 534d545000 61407800",
			&OneOffEntryID{DisplayName: "A\xe9", AddressType: "SMTP", EmailAddress: "a@x"}},
		// As [MS-OXCMSG] 4.7.1 prints it, the name shortened.
		{"address book", "00000000 dca740c8c042101ab4b908002b2fe182 01000000 00000000 2f6f3d4600",
			&AddressBookEntryID{DN: "/o=F"}},
		{"distribution list", "00000000 dca740c8c042101ab4b908002b2fe182 01000000 01000000 2f6f3d4600",
			&AddressBookEntryID{Type: DisplayDistributionList, DN: "/o=F"}},
		{"ephemeral", "87000000" + replica + "01000000 00000000 11000000", &EphemeralEntryID{Server: testReplica, MID: 0x11}},
		{"opaque", "00000000 fe42aa0a18c71a10e8850b651c240000 03", opaque(t, "00000000 fe42aa0a18c71a10e8850b651c240000 03")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := unhex(t, tc.hex)
			got, err := ParseEntryID(b)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tc.want) {
				t.Errorf("parsed %#v, want %#v", got, tc.want)
			}
			if back, err := EntryIDBytes(tc.want); err != nil || !bytes.Equal(back, b) {
				t.Errorf("wrote %x, %v, want %x", back, err, b)
			}
		})
	}
}

func opaque(t *testing.T, s string) EntryID {
	id := OpaqueEntryID(unhex(t, s))
	return &id
}

func TestParseEntryIDRefuses(t *testing.T) {
	oneOff, err := EntryIDBytes(NewOneOff("A", "a@x"))
	if err != nil {
		t.Fatal(err)
	}
	for n := range oneOff {
		if _, err := ParseEntryID(oneOff[:n]); err == nil {
			t.Errorf("the first %d of %d bytes parse", n, len(oneOff))
		}
	}
	if _, err := ParseEntryID(append(oneOff, 0, 0)); err != nil {
		t.Errorf("padding behind a one-off EntryID: %v", err)
	}
}

func TestFlatEntryList(t *testing.T) {
	layout := func(c *wire.Codec, l *FlatEntryList) { l.Layout(c) }
	golden(t, unhex(t, "02000000 14000000 05000000 0102030405 000000 01000000 09 000000"),
		FlatEntryList{{1, 2, 3, 4, 5}, {9}}, layout)
	golden(t, unhex(t, "00000000 00000000"), FlatEntryList{}, layout)

	var l FlatEntryList
	if err := wire.Unmarshal(unhex(t, "01000000 05000000 01000000 09"), &l); err != nil || !reflect.DeepEqual(l, FlatEntryList{{9}}) {
		t.Errorf("a last entry without padding gives %v, %v", l, err)
	}
	if err := wire.Unmarshal(unhex(t, "ffffffff 08000000 04000000 09090909"), &l); err == nil {
		t.Error("a count beyond the input is accepted")
	}
}

func TestSearchKey(t *testing.T) {
	if got, want := SearchKey("SMTP", "user@example.com"), []byte("SMTP:USER@EXAMPLE.COM\x00"); !bytes.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestStoreServerID(t *testing.T) {
	s := StoreServerID{Folder: FolderID(MakeID(1, 0x0D)), Message: MessageID(MakeID(1, 0x123456)), Instance: 7}
	b := unhex(t, "01 010000000000000d 0100000000123456 07000000")
	if got := s.ServerID(); !bytes.Equal(got, b) {
		t.Errorf("wrote %x, want %x", got, b)
	}
	if got, err := ServerID(b).Store(); err != nil || got != s {
		t.Errorf("parsed %+v, %v, want %+v", got, err, s)
	}
	for _, bad := range []string{"", "01", "00 0102", "01 010000000000000d 0100000000123456 07000000 00"} {
		if _, err := ServerID(unhex(t, bad)).Store(); err == nil {
			t.Errorf("%q parses", bad)
		}
	}
}

func TestIDs(t *testing.T) {
	id := FolderID(MakeID(3, 0x0000_0000_1020))
	long := id.LongTerm(testReplica)
	if want := (LongTermID{Replica: testReplica, Counter: [6]byte{0, 0, 0, 0, 0x10, 0x20}}); long != want {
		t.Errorf("long-term id is %+v, want %+v", long, want)
	}
	if got := FolderID(long.Short(3)); got != id {
		t.Errorf("short id is %v, want %v", got, id)
	}
	if got := id.String(); got != "3-1020" {
		t.Errorf("the id prints %s", got)
	}
	back, err := ParseSourceKey(long.SourceKey())
	if err != nil || back != long {
		t.Errorf("source key gives %+v, %v", back, err)
	}
	golden(t, unhex(t, "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf 000000001020 0000"), long,
		func(c *wire.Codec, id *LongTermID) { id.Layout(c) })
}

func TestPropertyNameLayout(t *testing.T) {
	layout := func(c *wire.Codec, n *PropertyName) { n.Layout(c) }
	golden(t, unhex(t, "00 0220060000000000c000000000000046 0d820000"), PidLidAppointmentStartWhole.PropertyName, layout)
	golden(t, unhex(t, "01 8603020000000000c000000000000046 06 7800 5900 0000"), PropertyName{Set: PSInternetHeaders, Name: "xY"}, layout)
	golden(t, unhex(t, "ff"), PropertyName{}, layout)

	var n PropertyName
	if err := wire.Unmarshal(unhex(t, "01 8603020000000000c000000000000046 02 0000"), &n); err != nil || !n.IsZero() {
		t.Errorf("an empty name gives %v, %v", n, err)
	}
	for _, bad := range []string{"02 8603020000000000c000000000000046 00000000", "01 8603020000000000c000000000000046 04 7800 5900 0000"} {
		if err := wire.Unmarshal(unhex(t, bad), &n); err == nil {
			t.Errorf("%s is accepted", bad)
		}
	}
	long := PropertyName{Set: PSPublicStrings, Name: string(bytes.Repeat([]byte("x"), 128))}
	if _, err := wire.Marshal(&long); err == nil {
		t.Error("a name of 128 characters is written")
	}
}
