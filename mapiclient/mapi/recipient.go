package mapi

import (
	"slices"
	"strings"
)

// Address types as PidTagAddressType spells them, by the type of a recipient
// row. [MS-OXCDATA] 2.8.3.1, [MS-OXOABK] 2.2.3.13
var addressTypes = [8]string{
	AddressX500DN:                "EX",
	AddressMsMail:                "MS",
	AddressSMTP:                  "SMTP",
	AddressFax:                   "FAX",
	AddressProfessionalOffice:    "PROFS",
	AddressPersonalDistribution:  "MAPIPDL",
	AddressPersonalDistribution2: "MAPIPDL",
}

// notColumns are the properties that must not be recipient columns of
// RopModifyRecipients, because the row has fields for them or the server sets
// them. gromox (3.10) answers ecInvalidParameter to most of them.
var notColumns = []PropTag{
	PropTag(PidTagAddressType), PropTag(PidTagDisplayName), PropTag(PidTagEmailAddress), PropTag(PidTagEntryId),
	PropTag(PidTagInstanceKey), PropTag(PidTagRecipientType), PropTag(PidTagSearchKey), PropTag(PidTagSendRichInfo),
	PropTag(PidTagTransmittableDisplayName), PropTag(PidTagResponsibility), PropTag(PidTagRowid),
}

// RecipientColumns gives the columns that RopModifyRecipients needs for these
// recipients: every property that some recipient has and no field of a
// [RecipientRow] carries, in order of appearance.
func RecipientColumns(rs []Recipient) []PropTag {
	var columns []PropTag
	seen := make(map[PropTag]bool)
	for _, r := range rs {
		for _, p := range r.Props {
			if p.Name != nil && p.Tag.ID() == 0 || p.Tag.Type() == PtypErrorCode || seen[p.Tag] {
				continue
			}
			seen[p.Tag] = true
			if !slices.ContainsFunc(notColumns, func(t PropTag) bool { return t.ID() == p.Tag.ID() }) {
				columns = append(columns, p.Tag)
			}
		}
	}
	return columns
}

// MakeRecipientRow gives the row that RopModifyRecipients writes for a
// recipient: UTF-16 strings, the whole distinguished name, and the columns'
// properties.
func MakeRecipientRow(r Recipient, columns []PropTag) RecipientRow {
	row := RecipientRow{Flags: RecipientUnicode, ColumnCount: uint16(len(columns))}
	row.setAddress(r.Props)
	field := func(flag RecipientFlags, tag Tag[string], to *string) {
		if v, ok := tag.From(r.Props); ok {
			*to = v
			row.Flags |= flag
		}
	}
	field(RecipientHasDisplayName, PidTagDisplayName, &row.DisplayName)
	field(RecipientHasSimpleDisplayName, PidTagAddressBookDisplayNamePrintable, &row.SimpleDisplayName)
	if v, ok := PidTagTransmittableDisplayName.From(r.Props); ok && v == row.DisplayName {
		row.Flags |= RecipientSameDisplayName
	} else if ok {
		row.TransmittableDisplayName = v
		row.Flags |= RecipientHasTransmittableDisplayName
	}
	if PidTagResponsibility.Get(r.Props) {
		row.Flags |= RecipientResponsible
	}
	if rich, ok := PidTagSendRichInfo.From(r.Props); ok && !rich {
		row.Flags |= RecipientNonRich
	}
	for i, column := range columns {
		if p := r.Props.cell(i, column); p != nil {
			row.Props = append(row.Props, *p)
		}
	}
	return row
}

// setAddress sets the fields of the address and their flags.
func (r *RecipientRow) setAddress(ps Props) {
	kind := PidTagAddressType.Get(ps)
	email, hasEmail := PidTagEmailAddress.From(ps)
	switch {
	case strings.EqualFold(kind, "EX"):
		r.Flags |= AddressX500DN
		r.X500DN = email
		r.DisplayType = uint8(PidTagDisplayType.Get(ps))
		return
	case strings.EqualFold(kind, "MAPIPDL"):
		r.Flags |= AddressPersonalDistribution
		r.EntryID, r.SearchKey = PidTagEntryId.Get(ps), PidTagSearchKey.Get(ps)
		return
	case strings.EqualFold(kind, "SMTP"):
		r.Flags |= AddressSMTP
		if !hasEmail {
			email, hasEmail = PidTagSmtpAddress.From(ps)
		}
	case kind != "":
		r.Flags |= RecipientHasAddressType
		r.AddressType = kind
	}
	if hasEmail {
		r.EmailAddress = email
		r.Flags |= RecipientHasEmailAddress
	}
}

// Recipient gives the recipient that the row describes. dnPrefix is the prefix
// of distinguished names that Connect gave. Properties of the row's columns win
// over its fields. A string that is neither Unicode nor ASCII becomes a String8,
// whose code page the ROP told.
func (r *RecipientRow) Recipient(t RecipientType, dnPrefix string) Recipient {
	out := Recipient{Type: t, Props: make(Props, 0, len(r.Props)+6)}
	r.putAddress(&out.Props, dnPrefix)
	field := func(flag RecipientFlags, tag Tag[string], v string) {
		if r.Flags&flag != 0 {
			out.Props.Set(r.text(tag, v))
		}
	}
	field(RecipientHasEmailAddress, PidTagEmailAddress, r.EmailAddress)
	field(RecipientHasDisplayName, PidTagDisplayName, r.DisplayName)
	field(RecipientHasSimpleDisplayName, PidTagAddressBookDisplayNamePrintable, r.SimpleDisplayName)
	field(RecipientHasTransmittableDisplayName, PidTagTransmittableDisplayName, r.TransmittableDisplayName)
	if r.Flags&RecipientSameDisplayName != 0 && r.Flags&RecipientHasTransmittableDisplayName == 0 {
		field(RecipientHasDisplayName, PidTagTransmittableDisplayName, r.DisplayName)
	}
	if r.Flags&RecipientResponsible != 0 {
		out.Props.Set(PidTagResponsibility.Of(true))
	}
	if r.Flags&RecipientNonRich != 0 {
		out.Props.Set(PidTagSendRichInfo.Of(false))
	}
	for _, p := range r.Props {
		if p.Tag.Type() != PtypErrorCode {
			out.Props.Set(p)
		}
	}
	return out
}

func (r *RecipientRow) putAddress(ps *Props, dnPrefix string) {
	kind := addressTypes[r.Flags&RecipientAddressMask]
	if r.Flags&RecipientAddressMask == AddressNone && r.Flags&RecipientHasAddressType != 0 {
		kind = r.AddressType
	}
	if kind != "" {
		*ps = append(*ps, PidTagAddressType.Of(kind))
	}
	switch r.Flags & RecipientAddressMask {
	case AddressX500DN:
		used := min(int(r.AddressPrefixUsed), len(dnPrefix))
		*ps = append(*ps, PidTagEmailAddress.Of(dnPrefix[:used]+r.X500DN), PidTagDisplayType.Of(int32(r.DisplayType)))
	case AddressPersonalDistribution, AddressPersonalDistribution2:
		*ps = append(*ps, PidTagEntryId.Of(r.EntryID), PidTagSearchKey.Of(r.SearchKey))
	}
}

// text makes a string property of a field.
func (r *RecipientRow) text(tag Tag[string], v string) Prop {
	if r.Flags&RecipientUnicode == 0 && strings.IndexFunc(v, func(c rune) bool { return c > 0x7E }) >= 0 {
		return Prop{Tag: tag.Tag().WithType(PtypString8), Value: String8(v)}
	}
	return tag.Of(v)
}
