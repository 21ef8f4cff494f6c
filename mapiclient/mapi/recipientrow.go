package mapi

import "github.com/mapigate/mapigate/mapiclient/wire"

// RecipientFlags tells which fields a [RecipientRow] has. [MS-OXCDATA] 2.8.3.1
type RecipientFlags uint16

// Recipient flags.
const (
	// RecipientAddressMask covers the address type.
	RecipientAddressMask RecipientFlags = 0x0007

	RecipientHasEmailAddress             RecipientFlags = 0x0008 // E
	RecipientHasDisplayName              RecipientFlags = 0x0010 // D
	RecipientHasTransmittableDisplayName RecipientFlags = 0x0020 // T
	RecipientSameDisplayName             RecipientFlags = 0x0040 // S: transmittable name is the display name
	RecipientResponsible                 RecipientFlags = 0x0080 // R: delivery has been taken care of
	RecipientNonRich                     RecipientFlags = 0x0100 // N: cannot take rich text
	RecipientUnicode                     RecipientFlags = 0x0200 // U: strings are UTF-16
	RecipientHasSimpleDisplayName        RecipientFlags = 0x0400 // I
	RecipientHasAddressType              RecipientFlags = 0x8000 // O: the address type is spelt out
)

// Address types of a recipient row, the low three bits of its flags.
// [MS-OXCDATA] 2.8.3.1
const (
	AddressNone                 RecipientFlags = 0
	AddressX500DN               RecipientFlags = 1
	AddressMsMail               RecipientFlags = 2
	AddressSMTP                 RecipientFlags = 3
	AddressFax                  RecipientFlags = 4
	AddressProfessionalOffice   RecipientFlags = 5
	AddressPersonalDistribution RecipientFlags = 6
	// AddressPersonalDistribution2 is like AddressPersonalDistribution.
	AddressPersonalDistribution2 RecipientFlags = 7
)

// A RecipientRow is a recipient as ROP buffers have it: fields for the usual
// properties, and a row for the others. [MS-OXCDATA] 2.8.3.2
//
// Strings of a row without RecipientUnicode hold the bytes as they came.
type RecipientRow struct {
	Flags RecipientFlags

	// Fields of AddressX500DN: the address is that many characters of the
	// distinguished name prefix that Connect gave, followed by X500DN.
	AddressPrefixUsed uint8
	DisplayType       uint8
	X500DN            string

	// Fields of AddressPersonalDistribution.
	EntryID   []byte
	SearchKey []byte

	// AddressType is there with AddressNone and RecipientHasAddressType.
	AddressType string

	// Fields that flags announce.
	EmailAddress             string
	DisplayName              string
	SimpleDisplayName        string
	TransmittableDisplayName string

	// ColumnCount is how many of the ROP's columns Props is a row of.
	ColumnCount uint16
	// Props is the row of the first ColumnCount columns; see [LayoutRow].
	Props Props
}

// Layout codes the row in a ROP whose recipient columns are given.
func (r *RecipientRow) Layout(c *wire.Codec, columns []PropTag) {
	wire.Uint16s(&r.Flags, c)
	r.layoutAddress(c)
	text := c.String8
	if r.Flags&RecipientUnicode != 0 {
		text = c.String16
	}
	if r.Flags&RecipientHasEmailAddress != 0 {
		text(&r.EmailAddress)
	}
	if r.Flags&RecipientHasDisplayName != 0 {
		text(&r.DisplayName)
	}
	if r.Flags&RecipientHasSimpleDisplayName != 0 {
		text(&r.SimpleDisplayName)
	}
	if r.Flags&RecipientHasTransmittableDisplayName != 0 {
		text(&r.TransmittableDisplayName)
	}
	c.Uint16(&r.ColumnCount)
	if int(r.ColumnCount) > len(columns) {
		c.Failf("recipient has %d columns, the list of columns %d", r.ColumnCount, len(columns))
		return
	}
	LayoutRow(c, columns[:r.ColumnCount], &r.Props)
}

// layoutAddress codes the fields that depend on the address type. They are
// 8-bit strings whatever the flags say.
func (r *RecipientRow) layoutAddress(c *wire.Codec) {
	switch r.Flags & RecipientAddressMask {
	case AddressX500DN:
		c.Uint8(&r.AddressPrefixUsed)
		c.Uint8(&r.DisplayType)
		c.String8(&r.X500DN)
	case AddressPersonalDistribution, AddressPersonalDistribution2:
		c.Bytes16(&r.EntryID)
		c.Bytes16(&r.SearchKey)
	case AddressNone:
		if r.Flags&RecipientHasAddressType != 0 {
			c.String8(&r.AddressType)
		}
	}
}
