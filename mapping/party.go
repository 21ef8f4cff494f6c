package mapping

import (
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// A party is someone a message is from or to.
type party struct {
	name string
	// kind is the address type, "SMTP" or "EX" mostly.
	kind string
	// addr is the address of that type.
	addr string
	// smtp is the SMTP address, known even if kind is another.
	smtp string
	// entryID is kept when it was read and no better is known.
	entryID []byte
}

// empty tells whether nothing is known.
func (p party) empty() bool { return p.addr == "" && p.smtp == "" && p.name == "" }

// display is the name, else the address.
func (p party) display() string {
	switch {
	case p.name != "":
		return p.name
	case p.smtp != "":
		return p.smtp
	}
	return p.addr
}

// partyTags are the properties by which a message names one party.
type partyTags struct {
	entryID, searchKey      mapi.Tag[[]byte]
	name, kind, email, smtp mapi.Tag[string]
}

// The parties of a message. [MS-OXOMSG] 2.2.1.48 ff., 2.2.1.54 ff., 2.2.2.25 ff.
var (
	senderTags = partyTags{mapi.PidTagSenderEntryId, mapi.PidTagSenderSearchKey,
		mapi.PidTagSenderName, mapi.PidTagSenderAddressType, mapi.PidTagSenderEmailAddress, mapi.PidTagSenderSmtpAddress}
	representingTags = partyTags{mapi.PidTagSentRepresentingEntryId, mapi.PidTagSentRepresentingSearchKey,
		mapi.PidTagSentRepresentingName, mapi.PidTagSentRepresentingAddressType, mapi.PidTagSentRepresentingEmailAddress, mapi.PidTagSentRepresentingSmtpAddress}
	readReceiptTags = partyTags{mapi.PidTagReadReceiptEntryId, mapi.PidTagReadReceiptSearchKey,
		mapi.PidTagReadReceiptName, mapi.PidTagReadReceiptAddressType, mapi.PidTagReadReceiptEmailAddress, mapi.PidTagReadReceiptSmtpAddress}
	receivedByTags = partyTags{mapi.PidTagReceivedByEntryId, mapi.PidTagReceivedBySearchKey,
		mapi.PidTagReceivedByName, mapi.PidTagReceivedByAddressType, mapi.PidTagReceivedByEmailAddress, mapi.PidTagReceivedBySmtpAddress}
	receivedRepresentingTags = partyTags{mapi.PidTagReceivedRepresentingEntryId, mapi.PidTagReceivedRepresentingSearchKey,
		mapi.PidTagReceivedRepresentingName, mapi.PidTagReceivedRepresentingAddressType, mapi.PidTagReceivedRepresentingEmailAddress, mapi.PidTagReceivedRepresentingSmtpAddress}
)

// set puts a party's properties into a bag.
func (t partyTags) set(ps *mapi.Props, p party) {
	ps.Set(t.name.Of(p.display()))
	ps.Set(t.kind.Of(p.kind))
	ps.Set(t.email.Of(p.addr))
	if p.smtp != "" {
		ps.Set(t.smtp.Of(p.smtp))
	}
	ps.Set(t.entryID.Of(oneOff(p.display(), p.kind, p.addr)))
	ps.Set(t.searchKey.Of(mapi.SearchKey(p.kind, p.addr)))
}

// get reads a party out of a bag; what is missing is sought in its EntryID.
func (t partyTags) get(ps mapi.Props) party {
	p := party{name: t.name.Get(ps), kind: t.kind.Get(ps), addr: t.email.Get(ps), smtp: t.smtp.Get(ps), entryID: t.entryID.Get(ps)}
	p.complete()
	return p
}

// recipientTags are those of a row of the recipient table.
var recipientTags = partyTags{mapi.PidTagEntryId, mapi.PidTagSearchKey,
	mapi.PidTagDisplayName, mapi.PidTagAddressType, mapi.PidTagEmailAddress, mapi.PidTagSmtpAddress}

// complete fills what can be known without a directory.
func (p *party) complete() {
	if p.addr == "" && len(p.entryID) > 0 {
		if e, ok := parseEntryID(p.entryID); ok {
			p.kind, p.addr = e.kind, e.addr
			if p.name == "" {
				p.name = e.name
			}
		}
	}
	if p.kind == "" && strings.Contains(p.addr, "@") {
		p.kind = "SMTP"
	}
	if p.smtp == "" && strings.EqualFold(p.kind, "SMTP") {
		p.smtp = p.addr
	}
}

// smtpParty makes a party of an internet address; an encapsulated one is
// opened. [MS-OXCMAIL] 2.1.3.1
func smtpParty(name, addr string) party {
	p := party{name: name, kind: "SMTP", addr: addr, smtp: addr}
	if kind, inner, ok := decapsulate(addr); ok {
		p.kind, p.addr = kind, inner
	}
	return p
}

// recipient makes a row of the recipient table. Values that several properties
// have are made once, since a mail may be to thousands. [MS-OXCMSG] 2.2.3, [MS-OXOMSG] 3.2.4.1
func (p party) recipient(t mapi.RecipientType) mapi.Recipient {
	display := p.display()
	var name, kind, addr, smtp any = display, p.kind, p.addr, p.smtp
	if p.kind == "SMTP" {
		kind = "SMTP"
	}
	if p.smtp == p.addr {
		smtp = addr
	}
	return mapi.Recipient{Type: t, Props: mapi.Props{
		{Tag: mapi.PidTagDisplayName.Tag(), Value: name},
		{Tag: mapi.PidTagAddressType.Tag(), Value: kind},
		{Tag: mapi.PidTagEmailAddress.Tag(), Value: addr},
		{Tag: mapi.PidTagSmtpAddress.Tag(), Value: smtp},
		mapi.PidTagEntryId.Of(oneOff(display, p.kind, p.addr)),
		mapi.PidTagSearchKey.Of(mapi.SearchKey(p.kind, p.addr)),
		mapi.PidTagRecipientType.Of(int32(t)),
		{Tag: mapi.PidTagRecipientDisplayName.Tag(), Value: name},
		{Tag: mapi.PidTagTransmittableDisplayName.Tag(), Value: name},
		{Tag: mapi.PidTagAddressBookDisplayNamePrintable.Tag(), Value: name},
		mapi.PidTagObjectType.Of(6),  // MAPI_MAILUSER. [MS-OXCPRPT] 2.2.1.7
		mapi.PidTagDisplayType.Of(0), // DT_MAILUSER. [MS-OXOABK] 2.2.3.11
		mapi.PidTagSendRichInfo.Of(false),
		mapi.PidTagResponsibility.Of(true),
	}}
}

// oneOff makes a Unicode one-off EntryID that asks for no rich text; strings
// that can't stand in one are cut at their NUL. [MS-OXCDATA] 2.2.5.1
func oneOff(name, kind, addr string) []byte {
	id := mapi.OneOffEntryID{Flags: mapi.OneOffNoRichInfo | mapi.OneOffUnicode, DisplayName: noNUL(name), AddressType: noNUL(kind), EmailAddress: noNUL(addr)}
	b, err := mapi.EntryIDBytes(&id)
	if err != nil {
		return nil
	}
	return b
}

func noNUL(s string) string {
	s, _, _ = strings.Cut(s, "\x00")
	return s
}

// parseEntryID reads the address out of a one-off or an address book EntryID.
func parseEntryID(b []byte) (party, bool) {
	id, err := mapi.ParseEntryID(b)
	if err != nil {
		return party{}, false
	}
	switch id := id.(type) {
	case *mapi.OneOffEntryID:
		p := party{name: id.DisplayName, kind: id.AddressType, addr: id.EmailAddress}
		if id.Flags&mapi.OneOffUnicode == 0 {
			p.name, p.addr = text8([]byte(p.name)), text8([]byte(p.addr))
		}
		p.complete()
		return p, p.addr != ""
	case *mapi.AddressBookEntryID:
		return party{kind: "EX", addr: id.DN}, id.DN != ""
	}
	return party{}, false
}
