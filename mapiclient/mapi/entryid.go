package mapi

import (
	"errors"
	"fmt"

	"github.com/mapigate/mapigate/mapiclient/wire"
)

// An EntryID is a parsed EntryID: *FolderEntryID, *MessageEntryID,
// *OneOffEntryID, *AddressBookEntryID, *EphemeralEntryID or *OpaqueEntryID.
// [MS-OXCDATA] 2.2
type EntryID interface {
	wire.Coder
	isEntryID()
}

// Providers that EntryIDs name after their flags.
var (
	// oneOffProvider marks one-off EntryIDs. [MS-OXCDATA] 2.2.5.1
	oneOffProvider = GUID{0x81, 0x2B, 0x1F, 0xA4, 0xBE, 0xA3, 0x10, 0x19, 0x9D, 0x6E, 0x00, 0xDD, 0x01, 0x0F, 0x54, 0x02}
	// addressBookProvider marks permanent EntryIDs of the address book. [MS-OXCDATA] 2.2.5.2
	addressBookProvider = GUID{0xDC, 0xA7, 0x40, 0xC8, 0xC0, 0x42, 0x10, 0x1A, 0xB4, 0xB9, 0x08, 0x00, 0x2B, 0x2F, 0xE1, 0x82}
)

// ephemeralFlag is the first byte of an EntryID that holds in one session
// only. [MS-OXNSPI] 2.2.9.2
const ephemeralFlag = 0x87

// errEntryIDShort says that an EntryID lacks even its provider.
var errEntryIDShort = errors.New("EntryID is shorter than 20 bytes")

// ParseEntryID tells what kind of EntryID b is and parses it. Kinds that this
// package does not know come back as *OpaqueEntryID. Address book EntryIDs may
// be followed by bytes that mean nothing, as some clients write them.
func ParseEntryID(b []byte) (EntryID, error) {
	if len(b) < 20 {
		return nil, errEntryIDShort
	}
	provider := GUID(b[4:20])
	switch {
	case b[0] == ephemeralFlag && len(b) == ephemeralSize:
		return parseEntryID(b, new(EphemeralEntryID))
	case provider == oneOffProvider:
		return parseEntryID(b, new(OneOffEntryID))
	case provider == addressBookProvider:
		return parseEntryID(b, new(AddressBookEntryID))
	case len(b) == folderEntryIDSize:
		return parseEntryID(b, new(FolderEntryID))
	case len(b) == messageEntryIDSize:
		return parseEntryID(b, new(MessageEntryID))
	}
	return parseEntryID(b, new(OpaqueEntryID))
}

func parseEntryID(b []byte, id EntryID) (EntryID, error) {
	c := wire.NewDecoder(b)
	if id.Layout(c); c.Err() != nil {
		return nil, fmt.Errorf("parsing %T: %w", id, c.Err())
	}
	return id, nil
}

// EntryIDBytes gives the bytes of an EntryID, as the properties hold it.
func EntryIDBytes(id EntryID) ([]byte, error) {
	b, err := wire.Marshal(id)
	if err != nil {
		return nil, fmt.Errorf("writing %T: %w", id, err)
	}
	return b, nil
}

// An OpaqueEntryID is an EntryID of a kind that only its provider knows.
type OpaqueEntryID []byte

// Layout codes the bytes.
func (id *OpaqueEntryID) Layout(c *wire.Codec) { c.Rest((*[]byte)(id)) }

func (*OpaqueEntryID) isEntryID() {}

// layoutProvider codes the start of an EntryID that names a fixed provider:
// four bytes of flags, zero but for EntryIDs that do not last, and the provider.
func layoutProvider(c *wire.Codec, flags uint32, provider GUID) {
	f, p := flags, provider
	c.Uint32(&f)
	p.Layout(c)
	if p != provider {
		c.Failf("EntryID is of the provider %v, want %v", p, provider)
	}
}
