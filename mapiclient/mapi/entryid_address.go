package mapi

import (
	"github.com/mapigate/mapigate/mapiclient/wire"
)

// OneOffFlags are the flags of a [OneOffEntryID], as a little-endian number:
// the figure in the document is drawn the other way round. [MS-OXCDATA] 2.2.5.1
type OneOffFlags uint16

// One-off flags.
const (
	// OneOffNoRichInfo says that the recipient cannot take rich text.
	OneOffNoRichInfo OneOffFlags = 0x0001
	// OneOffUnicode says that the strings are UTF-16.
	OneOffUnicode OneOffFlags = 0x8000
)

// A OneOffEntryID names someone who is in no address book. [MS-OXCDATA] 2.2.5.1
//
// Strings of an EntryID without OneOffUnicode hold the bytes as they came.
type OneOffEntryID struct {
	Flags        OneOffFlags
	DisplayName  string
	AddressType  string
	EmailAddress string
}

// NewOneOff names an SMTP address.
func NewOneOff(displayName, smtpAddress string) *OneOffEntryID {
	return &OneOffEntryID{
		Flags:       OneOffUnicode | OneOffNoRichInfo,
		DisplayName: displayName, AddressType: "SMTP", EmailAddress: smtpAddress,
	}
}

// Layout codes the EntryID.
func (id *OneOffEntryID) Layout(c *wire.Codec) {
	layoutProvider(c, 0, oneOffProvider)
	var version uint16
	c.Uint16(&version)
	wire.Uint16s(&id.Flags, c)
	text := c.String8
	if id.Flags&OneOffUnicode != 0 {
		text = c.String16
	}
	text(&id.DisplayName)
	text(&id.AddressType)
	text(&id.EmailAddress)
}

func (*OneOffEntryID) isEntryID() {}

// A DisplayType is a type of address book object, as EntryIDs and
// PidTagDisplayType have it. [MS-OXOABK] 2.2.3.11
type DisplayType uint32

// Display types.
const (
	DisplayMailUser         DisplayType = 0x00000000
	DisplayDistributionList DisplayType = 0x00000001
	DisplayForum            DisplayType = 0x00000002
	DisplayAgent            DisplayType = 0x00000003
	DisplayOrganization     DisplayType = 0x00000004
	DisplayPrivateList      DisplayType = 0x00000005
	DisplayRemoteMailUser   DisplayType = 0x00000006
	DisplayContainer        DisplayType = 0x00000100
	DisplayTemplate         DisplayType = 0x00000101
	DisplayAddressTemplate  DisplayType = 0x00000102
	DisplaySearch           DisplayType = 0x00000200
)

// An AddressBookEntryID names an object of the server's address book for good.
// [MS-OXNSPI] 2.2.9.3
type AddressBookEntryID struct {
	Type DisplayType
	// DN is the legacy distinguished name.
	DN string
}

// Layout codes the EntryID.
func (id *AddressBookEntryID) Layout(c *wire.Codec) {
	layoutProvider(c, 0, addressBookProvider)
	version := uint32(1)
	c.Uint32(&version)
	wire.Uint32s(&id.Type, c)
	c.String8(&id.DN)
}

func (*AddressBookEntryID) isEntryID() {}

// ephemeralSize is the size of an EphemeralEntryID in bytes.
const ephemeralSize = 32

// An EphemeralEntryID names an object of the address book in one session with
// one server. [MS-OXNSPI] 2.2.9.2
type EphemeralEntryID struct {
	Server GUID
	Type   DisplayType
	// MID is the Minimal Entry ID.
	MID uint32
}

// Layout codes 32 bytes.
func (id *EphemeralEntryID) Layout(c *wire.Codec) {
	flags, version := uint32(ephemeralFlag), uint32(1)
	c.Uint32(&flags)
	id.Server.Layout(c)
	c.Uint32(&version)
	wire.Uint32s(&id.Type, c)
	c.Uint32(&id.MID)
}

func (*EphemeralEntryID) isEntryID() {}
