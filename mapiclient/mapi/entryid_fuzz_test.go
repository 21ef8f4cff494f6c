package mapi

import (
	"bytes"
	"reflect"
	"testing"
)

// FuzzEntryID holds that whatever is read as an EntryID can be written, and is
// the same when it is read again.
func FuzzEntryID(f *testing.F) {
	for _, id := range []EntryID{
		NewOneOff("Aé", "a@x"), &AddressBookEntryID{DN: "/o=F"}, NewFolderEntryID(testMailbox, LongTermID{Replica: testReplica}),
		&OneOffEntryID{DisplayName: "A\xe9", AddressType: "SMTP", EmailAddress: "a@x"}, &EphemeralEntryID{Server: testReplica, MID: 0x11},
	} {
		b, err := EntryIDBytes(id)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		id, err := ParseEntryID(b)
		if err != nil {
			return
		}
		written, err := EntryIDBytes(id)
		if err != nil {
			t.Fatalf("%#v cannot be written: %v", id, err)
		}
		again, err := ParseEntryID(written)
		if err != nil || !reflect.DeepEqual(id, again) {
			t.Errorf("%#v became %#v (%v)", id, again, err)
		}
	})
}

// FuzzFlatEntryList holds the same of lists of them.
func FuzzFlatEntryList(f *testing.F) {
	b, err := FlatEntryList{[]byte("one"), nil, []byte("three")}.Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := ParseFlatEntryList(b)
		if err != nil {
			return
		}
		written, err := list.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseFlatEntryList(written)
		if err != nil || len(again) != len(list) {
			t.Fatalf("%d entries became %d (%v)", len(list), len(again), err)
		}
		for i := range list {
			if !bytes.Equal(list[i], again[i]) {
				t.Errorf("entry %d differs", i)
			}
		}
	})
}
