package store

import "github.com/mapigate/mapigate/mapiclient/mapi"

// folderEntryID makes a Folder EntryID. [MS-OXCDATA] 2.2.4.1
func (m *Mailbox) folderEntryID(id mapi.FolderID) []byte {
	folder, _ := m.LongTermID(uint64(id))
	return entryIDBytes(mapi.NewFolderEntryID(m.GUID, folder))
}

// messageEntryID makes a Message EntryID. [MS-OXCDATA] 2.2.4.2
func (m *Mailbox) messageEntryID(f *Folder, id mapi.MessageID) []byte {
	folder, _ := m.LongTermID(uint64(f.ID))
	message, _ := m.LongTermID(uint64(id))
	return entryIDBytes(mapi.NewMessageEntryID(m.GUID, folder, message))
}

// AddressBookEntryID makes the permanent EntryID of a mail user. [MS-OXNSPI] 2.2.9.3
func AddressBookEntryID(dn string) []byte {
	return entryIDBytes(&mapi.AddressBookEntryID{Type: mapi.DisplayMailUser, DN: dn})
}

// entryIDBytes gives the bytes of an EntryID of our own making, which can't
// fail: a DN has no NUL.
func entryIDBytes(id mapi.EntryID) []byte {
	b, err := mapi.EntryIDBytes(id)
	if err != nil {
		return nil
	}
	return b
}
