package vcard

import (
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
	"github.com/mapigate/mapigate/mapping/contentline"
)

// A phonePlace is a telephone number of a contact: the types that a TEL must
// have for it. The first place that fits and is free takes the number.
// [MS-OXVCARD] 2.1.3.3.1
type phonePlace struct {
	types string
	tag   mapi.Tag[string]
	// name is what it is written as; TEL when empty. [MS-OXVCARD] 2.1.3.9.5
	name string
}

// phoneExtension is the name of the numbers that TEL has no types for.
const phoneExtension = "X-MS-TEL"

var phonePlaces = []phonePlace{
	{"FAX HOME", mapi.PidTagHomeFaxNumber, ""},
	{"FAX WORK", mapi.PidTagBusinessFaxNumber, ""},
	{"FAX", mapi.PidTagPrimaryFaxNumber, ""},
	{"PAGER", mapi.PidTagPagerTelephoneNumber, ""},
	{"CAR", mapi.PidTagCarTelephoneNumber, ""},
	{"ISDN", mapi.PidTagIsdnNumber, ""},
	{"RADIO", mapi.PidTagRadioTelephoneNumber, phoneExtension},
	{"TTYTDD", mapi.PidTagTelecommunicationsDeviceForDeafTelephoneNumber, phoneExtension},
	{"TEXTPHONE", mapi.PidTagTelecommunicationsDeviceForDeafTelephoneNumber, ""},
	{"CALLBACK", mapi.PidTagCallbackTelephoneNumber, phoneExtension},
	{"ASSISTANT", mapi.PidTagAssistantTelephoneNumber, phoneExtension},
	{"COMPANY", mapi.PidTagCompanyMainTelephoneNumber, phoneExtension},
	{"CELL", mapi.PidTagMobileTelephoneNumber, ""},
	{"HOME", mapi.PidTagHomeTelephoneNumber, ""},
	{"HOME", mapi.PidTagHome2TelephoneNumber, ""},
	{"WORK", mapi.PidTagBusinessTelephoneNumber, ""},
	{"WORK", mapi.PidTagBusiness2TelephoneNumber, ""},
	{"PREF", mapi.PidTagPrimaryTelephoneNumber, ""},
	{"", mapi.PidTagOtherTelephoneNumber, ""},
}

func readPhone(ps *mapi.Props, p *contentline.Property) bool {
	k := kinds(p)
	v := text(p)
	if rest, ok := strings.CutPrefix(v, "tel:"); ok { // vCard 4.0
		v = rest
	}
	for _, place := range phonePlaces {
		fits := true
		for _, t := range strings.Fields(place.types) {
			fits = fits && k[t]
		}
		if fits && claim(ps, place.tag, v) {
			return true
		}
	}
	return false
}

func writePhones(w *writer, ps mapi.Props) {
	written := map[mapi.Tag[string]]bool{}
	for _, place := range phonePlaces {
		v := place.tag.Get(ps)
		if v == "" || written[place.tag] {
			continue
		}
		written[place.tag] = true
		types := strings.Fields(place.types)
		switch place.types {
		case "HOME", "WORK", "":
			types = append(types, "VOICE")
		}
		name := place.name
		if name == "" {
			name = "TEL"
		}
		w.Line(name, contentline.Escape(v), contentline.Param{Name: "TYPE", Values: types})
	}
	if v := mapi.PidTagTelexNumber.Get(ps); v != "" {
		w.Line("EMAIL", contentline.Escape(v), contentline.P("TYPE", "TLX"))
	}
}

// An emailPlace is one of the three mail addresses of a contact.
// [MS-OXOCNTC] 2.2.1.2
type emailPlace struct {
	displayName, addressType, address, originalName mapi.Named[string]
	originalEntryID                                 mapi.Named[[]byte]
}

var emailPlaces = []emailPlace{
	{mapi.PidLidEmail1DisplayName, mapi.PidLidEmail1AddressType, mapi.PidLidEmail1EmailAddress, mapi.PidLidEmail1OriginalDisplayName, mapi.PidLidEmail1OriginalEntryId},
	{mapi.PidLidEmail2DisplayName, mapi.PidLidEmail2AddressType, mapi.PidLidEmail2EmailAddress, mapi.PidLidEmail2OriginalDisplayName, mapi.PidLidEmail2OriginalEntryId},
	{mapi.PidLidEmail3DisplayName, mapi.PidLidEmail3AddressType, mapi.PidLidEmail3EmailAddress, mapi.PidLidEmail3OriginalDisplayName, mapi.PidLidEmail3OriginalEntryId},
}

func readEmail(ps *mapi.Props, p *contentline.Property) bool {
	address := strings.TrimPrefix(text(p), "mailto:")
	if address == "" {
		return true
	}
	k := kinds(p)
	if k["TLX"] {
		return claim(ps, mapi.PidTagTelexNumber, address)
	}
	kind := "SMTP"
	if k["X400"] {
		kind = "X400"
	}
	for _, place := range emailPlaces {
		if place.address.Get(*ps) == address {
			return true
		}
		if _, taken := place.address.From(*ps); taken {
			continue
		}
		address = cut(address, 1024)
		for _, prop := range []mapi.Prop{place.address.Of(address), place.addressType.Of(kind), place.displayName.Of(address), place.originalName.Of(address)} {
			ps.Set(prop)
		}
		if id, ok := oneOff(address, kind, address); ok {
			ps.Set(place.originalEntryID.Of(id))
		}
		return true
	}
	return false
}

// oneOff gives the EntryID of someone who is in no address book.
func oneOff(name, kind, address string) ([]byte, bool) {
	id := mapi.NewOneOff(strings.ReplaceAll(name, "\x00", ""), strings.ReplaceAll(address, "\x00", ""))
	id.AddressType = kind
	b, err := wire.Marshal(id)
	return b, err == nil
}

func writeEmails(w *writer, ps mapi.Props) {
	for i, place := range emailPlaces {
		address := place.address.Get(ps)
		if address == "" {
			continue
		}
		kind := place.addressType.Get(ps)
		if !strings.EqualFold(kind, "SMTP") && !(kind == "" && strings.Contains(address, "@")) {
			smtp := ""
			if w.opts.SMTPAddress != nil {
				smtp = w.opts.SMTPAddress(kind, address)
			}
			if smtp == "" {
				w.lose(place.address.String(), address, "it has no SMTP address")
				continue
			}
			address = smtp
		}
		params := []contentline.Param{}
		switch {
		case w.version >= 4 && i == 0:
			params = append(params, contentline.P("PREF", "1"))
		case w.version < 4 && i == 0:
			params = append(params, contentline.Param{Name: "TYPE", Values: []string{"INTERNET", "PREF"}})
		case w.version < 4:
			params = append(params, contentline.P("TYPE", "INTERNET"))
		}
		w.Line("EMAIL", contentline.Escape(address), params...)
	}
	if v := mapi.PidLidInstantMessagingAddress.Get(ps); v != "" && w.version >= 4 && strings.Contains(v, ":") {
		w.Line("IMPP", v)
	}
}
