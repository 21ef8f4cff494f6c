package mapping

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"

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
	ps.Set(t.searchKey.Of(searchKey(p.kind, p.addr)))
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
// opened. [MS-OXCMAIL] 2.1.3.1? IMCEA
func smtpParty(name, addr string) party {
	p := party{name: name, kind: "SMTP", addr: addr, smtp: addr}
	if kind, inner, ok := decapsulate(addr); ok {
		p.kind, p.addr = kind, inner
	}
	return p
}

// recipient makes a row of the recipient table. [MS-OXCMSG] 2.2.3, [MS-OXOMSG] 3.2.4.1
func (p party) recipient(t mapi.RecipientType) mapi.Recipient {
	name := p.display()
	return mapi.Recipient{Type: t, Props: mapi.Props{
		mapi.PidTagDisplayName.Of(name),
		mapi.PidTagAddressType.Of(p.kind),
		mapi.PidTagEmailAddress.Of(p.addr),
		mapi.PidTagSmtpAddress.Of(p.smtp),
		mapi.PidTagEntryId.Of(oneOff(name, p.kind, p.addr)),
		mapi.PidTagSearchKey.Of(searchKey(p.kind, p.addr)),
		mapi.PidTagRecipientType.Of(int32(t)),
		mapi.PidTagRecipientDisplayName.Of(name),
		mapi.PidTagTransmittableDisplayName.Of(name),
		mapi.PidTagAddressBookDisplayNamePrintable.Of(name),
		mapi.PidTagObjectType.Of(6),  // MAPI_MAILUSER. [MS-OXCPRPT] 2.2.1.7
		mapi.PidTagDisplayType.Of(0), // DT_MAILUSER. [MS-OXOABK] 2.2.3.11
		mapi.PidTagSendRichInfo.Of(false),
		mapi.PidTagResponsibility.Of(true),
	}}
}

// oneOffProvider marks an EntryID that holds its address itself. [MS-OXCDATA] 2.2.5.1
var oneOffProvider = [16]byte{0x81, 0x2B, 0x1F, 0xA4, 0xBE, 0xA3, 0x10, 0x19, 0x9D, 0x6E, 0x00, 0xDD, 0x01, 0x0F, 0x54, 0x02}

// addressBookProvider marks an EntryID that holds a distinguished name. [MS-OXCDATA] 2.2.5.2
var addressBookProvider = [16]byte{0xDC, 0xA7, 0x40, 0xC8, 0xC0, 0x42, 0x10, 0x1A, 0xB4, 0xB9, 0x08, 0x00, 0x2B, 0x2F, 0xE1, 0x82}

// oneOff makes a Unicode one-off EntryID that asks for no rich text. [MS-OXCDATA] 2.2.5.1
func oneOff(name, kind, addr string) []byte {
	b := make([]byte, 24, 24+2*(len(name)+len(kind)+len(addr)+3))
	copy(b[4:], oneOffProvider[:])
	b[22], b[23] = 0x01, 0x80 // no rich info, Unicode
	for _, s := range [...]string{name, kind, addr} {
		b = appendUTF16(b, s)
	}
	return b
}

func appendUTF16(b []byte, s string) []byte {
	for _, r := range s {
		if r < 0x10000 {
			b = append(b, byte(r), byte(r>>8))
			continue
		}
		hi, lo := utf16.EncodeRune(r)
		b = append(b, byte(hi), byte(hi>>8), byte(lo), byte(lo>>8))
	}
	return append(b, 0, 0)
}

// searchKey makes a PidTagSearchKey of an address. [MS-OXCMSG] 2.2.3? [MS-OXOABK] 2.2.3.5? TYPE:ADDRESS in upper case with a NUL
func searchKey(kind, addr string) []byte {
	b := make([]byte, 0, len(kind)+len(addr)+2)
	b = append(b, strings.ToUpper(kind)...)
	b = append(b, ':')
	b = append(b, strings.ToUpper(addr)...)
	return append(b, 0)
}

// parseEntryID reads the address out of a one-off or an address book EntryID.
func parseEntryID(b []byte) (party, bool) {
	if len(b) < 28 {
		return party{}, false
	}
	switch [16]byte(b[4:20]) {
	case oneOffProvider:
		return parseOneOff(b[22:])
	case addressBookProvider:
		dn, _, _ := strings.Cut(string(b[28:]), "\x00")
		return party{kind: "EX", addr: dn}, dn != ""
	}
	return party{}, false
}

func parseOneOff(b []byte) (party, bool) {
	unicode := binary.LittleEndian.Uint16(b)&0x8000 != 0
	b = b[2:]
	var s [3]string
	for i := range s {
		var ok bool
		if s[i], b, ok = cutString(b, unicode); !ok && i < 2 {
			return party{}, false
		}
	}
	p := party{name: s[0], kind: s[1], addr: s[2]}
	p.complete()
	return p, p.addr != ""
}

// cutString reads a terminated string.
func cutString(b []byte, wide bool) (s string, rest []byte, ok bool) {
	if !wide {
		for i, c := range b {
			if c == 0 {
				return text8(b[:i]), b[i+1:], true
			}
		}
		return text8(b), nil, false
	}
	var u []uint16
	for len(b) >= 2 {
		c := binary.LittleEndian.Uint16(b)
		b = b[2:]
		if c == 0 {
			return string(utf16.Decode(u)), b, true
		}
		u = append(u, c)
	}
	return string(utf16.Decode(u)), nil, false
}
