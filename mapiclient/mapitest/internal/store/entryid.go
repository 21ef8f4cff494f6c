package store

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// folderEntryID makes a Folder EntryID. [MS-OXCDATA] 2.2.4.1
func (m *Mailbox) folderEntryID(id mapi.FolderID) []byte {
	return m.entryID(1, uint64(id))
}

// messageEntryID makes a Message EntryID. [MS-OXCDATA] 2.2.4.2
func (m *Mailbox) messageEntryID(f *Folder, id mapi.MessageID) []byte {
	return m.entryID(7, uint64(f.ID), uint64(id))
}

// entryID makes an EntryID of the types of private mailboxes.
func (m *Mailbox) entryID(kind uint16, ids ...uint64) []byte {
	c := wire.NewEncoder(nil)
	var flags uint32
	c.Uint32(&flags)
	m.GUID.Layout(c)
	c.Uint16(&kind)
	for _, id := range ids {
		_, counter := mapi.SplitID(id)
		long := m.longTerm(counter)
		long.Layout(c)
	}
	return c.Bytes()
}

// AddressBookEntryID makes the permanent EntryID of a mail user. [MS-OXCDATA] 2.2.5.2
func AddressBookEntryID(dn string) []byte {
	c := wire.NewEncoder(nil)
	var flags, version, kind uint32 = 0, 1, 0
	provider := [16]byte{0xDC, 0xA7, 0x40, 0xC8, 0xC0, 0x42, 0x10, 0x1A, 0xB4, 0xB9, 0x08, 0x00, 0x2B, 0x2F, 0xE1, 0x82}
	c.Uint32(&flags)
	c.Fixed(provider[:])
	c.Uint32(&version)
	c.Uint32(&kind)
	c.String8(&dn)
	return c.Bytes()
}
