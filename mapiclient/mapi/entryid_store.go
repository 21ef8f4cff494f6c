package mapi

import (
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// Sizes of EntryIDs of stores, in bytes. [MS-OXCDATA] 2.2.4
const (
	folderEntryIDSize  = 46
	messageEntryIDSize = 70
)

// A StoreObjectType tells what an EntryID of a store names. [MS-OXCDATA] 2.2.4
type StoreObjectType uint16

// Store object types: eitLTPrivateFolder and so on. [MS-OXCDATA] 2.2.4
const (
	PrivateFolder  StoreObjectType = 0x0001
	PublicFolder   StoreObjectType = 0x0003
	MappedFolder   StoreObjectType = 0x0005
	PrivateMessage StoreObjectType = 0x0007
	PublicMessage  StoreObjectType = 0x0009
	MappedMessage  StoreObjectType = 0x000B
)

// A FolderEntryID names a folder. [MS-OXCDATA] 2.2.4.1
type FolderEntryID struct {
	Flags uint32
	// Provider is the mailbox's GUID, as the logon gave it, for private folders.
	Provider GUID
	Type     StoreObjectType
	Folder   LongTermID
}

// NewFolderEntryID names a folder of a mailbox.
func NewFolderEntryID(mailbox GUID, folder LongTermID) *FolderEntryID {
	return &FolderEntryID{Provider: mailbox, Type: PrivateFolder, Folder: folder}
}

// Layout codes 46 bytes.
func (id *FolderEntryID) Layout(c *wire.Codec) {
	c.Uint32(&id.Flags)
	id.Provider.Layout(c)
	wire.Uint16s(&id.Type, c)
	id.Folder.Layout(c)
}

func (*FolderEntryID) isEntryID() {}

// A MessageEntryID names a message. [MS-OXCDATA] 2.2.4.2
type MessageEntryID struct {
	Flags uint32
	// Provider is the mailbox's GUID, as the logon gave it, for private messages.
	Provider GUID
	Type     StoreObjectType
	Folder   LongTermID
	Message  LongTermID
}

// NewMessageEntryID names a message in a folder of a mailbox.
func NewMessageEntryID(mailbox GUID, folder, message LongTermID) *MessageEntryID {
	return &MessageEntryID{Provider: mailbox, Type: PrivateMessage, Folder: folder, Message: message}
}

// Layout codes 70 bytes.
func (id *MessageEntryID) Layout(c *wire.Codec) {
	c.Uint32(&id.Flags)
	id.Provider.Layout(c)
	wire.Uint16s(&id.Type, c)
	id.Folder.Layout(c)
	id.Message.Layout(c)
}

func (*MessageEntryID) isEntryID() {}
