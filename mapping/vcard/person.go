package vcard

import (
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/contentline"
)

// nameFields are the fields of N in their order. RFC 6350 6.2.2
var nameFields = []mapi.Tag[string]{mapi.PidTagSurname, mapi.PidTagGivenName, mapi.PidTagMiddleName, mapi.PidTagDisplayNamePrefix, mapi.PidTagGeneration}

func readName(ps *mapi.Props, p *contentline.Property) bool {
	for i, f := range fields(p, len(nameFields)) {
		if i < len(nameFields) && f != "" {
			ps.Set(nameFields[i].Of(cut(f, maxText)))
		}
	}
	return true
}

func writeName(w *writer, ps mapi.Props) {
	f := make([]string, len(nameFields))
	for i, tag := range nameFields {
		f[i] = tag.Get(ps)
	}
	if strings.Join(f, "") == "" { // vCard 3.0 must have one
		f[0] = mapi.PidTagDisplayName.Get(ps)
	}
	w.Line("N", contentline.EscapeFields(f...))
}

func readOrganization(ps *mapi.Props, p *contentline.Property) bool {
	f := fields(p, 2)
	return claim(ps, mapi.PidTagCompanyName, f[0]) && claim(ps, mapi.PidTagDepartmentName, strings.Join(notEmpty(f[1:]), ", "))
}

func notEmpty(list []string) []string {
	var out []string
	for _, s := range list {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

func writeOrganization(w *writer, ps mapi.Props) {
	company, department := mapi.PidTagCompanyName.Get(ps), mapi.PidTagDepartmentName.Get(ps)
	switch {
	case department != "":
		w.Line("ORG", contentline.EscapeFields(company, department))
	case company != "":
		w.Line("ORG", contentline.Escape(company))
	}
}

// An addressPlace is one of the three addresses of a contact. [MS-OXVCARD] 2.1.3.2.1
type addressPlace struct {
	kind string
	id   int32 // PidLidPostalAddressId
	full property[string]
	// The fields of ADR: box, extension (none), street, city, state, code, country.
	fields [7]property[string]
}

var addressPlaces = []addressPlace{
	{"WORK", workAddress, mapi.PidLidWorkAddress, [7]property[string]{mapi.PidLidWorkAddressPostOfficeBox, mapi.PidTagOfficeLocation, mapi.PidLidWorkAddressStreet,
		mapi.PidLidWorkAddressCity, mapi.PidLidWorkAddressState, mapi.PidLidWorkAddressPostalCode, mapi.PidLidWorkAddressCountry}},
	{"HOME", 1, mapi.PidLidHomeAddress, [7]property[string]{mapi.PidTagHomeAddressPostOfficeBox, nil, mapi.PidTagHomeAddressStreet,
		mapi.PidTagHomeAddressCity, mapi.PidTagHomeAddressStateOrProvince, mapi.PidTagHomeAddressPostalCode, mapi.PidTagHomeAddressCountry}},
	{"POSTAL", 3, mapi.PidLidOtherAddress, [7]property[string]{mapi.PidTagOtherAddressPostOfficeBox, nil, mapi.PidTagOtherAddressStreet,
		mapi.PidTagOtherAddressCity, mapi.PidTagOtherAddressStateOrProvince, mapi.PidTagOtherAddressPostalCode, mapi.PidTagOtherAddressCountry}},
}

// workAddress is the PidLidPostalAddressId of the address at work.
const workAddress = 2

// postalFields are the address for the post, in the order of ADR.
var postalFields = [7]mapi.Tag[string]{mapi.PidTagPostOfficeBox, 0, mapi.PidTagStreetAddress, mapi.PidTagLocality,
	mapi.PidTagStateOrProvince, mapi.PidTagPostalCode, mapi.PidTagCountry}

// place gives where an address belongs by its types.
func place(p *contentline.Property) *addressPlace {
	k := kinds(p)
	for i := range addressPlaces {
		if k[addressPlaces[i].kind] {
			return &addressPlaces[i]
		}
	}
	return &addressPlaces[2]
}

func (a *addressPlace) taken(ps mapi.Props) bool {
	for i, tag := range a.fields {
		if v, ok := fieldOf(tag, ps); ok && v != "" && i != 1 {
			return true
		}
	}
	return false
}

func fieldOf(tag property[string], ps mapi.Props) (string, bool) {
	if tag == nil {
		return "", false
	}
	return tag.From(ps)
}

func readAddress(ps *mapi.Props, p *contentline.Property) bool {
	a := place(p)
	if a.taken(*ps) {
		a = &addressPlaces[2]
		if a.taken(*ps) {
			return false
		}
	}
	f := fields(p, 7)
	if a.fields[1] == nil && f[1] != "" { // an apartment belongs to the street
		f[2] = strings.Join(notEmpty([]string{f[1], f[2]}), "\n")
	}
	for i, tag := range a.fields {
		if tag != nil && f[i] != "" {
			ps.Set(tag.Of(cut(strings.ReplaceAll(f[i], "\n", "\r\n"), maxText)))
		}
	}
	if kinds(p)["PREF"] {
		ps.SetDefault(mapi.PidLidPostalAddressId.Of(a.id))
	}
	if label := p.Param("LABEL"); label != "" { // vCard 4.0
		ps.SetDefault(a.full.Of(strings.ReplaceAll(label, "\n", "\r\n")))
	}
	return true
}

func readLabel(ps *mapi.Props, p *contentline.Property) bool {
	return claim(ps, place(p).full, strings.ReplaceAll(text(p), "\n", "\r\n"))
}

func writeAddresses(w *writer, ps mapi.Props) {
	for i := range addressPlaces {
		a := &addressPlaces[i]
		full, _ := a.full.From(ps)
		full = strings.ReplaceAll(full, "\r\n", "\n")
		f := make([]string, len(a.fields))
		for j, tag := range a.fields {
			v, _ := fieldOf(tag, ps)
			f[j] = strings.ReplaceAll(v, "\r\n", "\n")
		}
		params := []contentline.Param{contentline.P("TYPE", a.kind)}
		if mapi.PidLidPostalAddressId.Get(ps) == a.id && w.version >= 4 {
			params = append(params, contentline.P("PREF", "1"))
		}
		if w.version >= 4 {
			params = append(params, contentline.P("LABEL", full))
		}
		if a.id == workAddress && !a.taken(ps) { // a contact with the address for the post alone
			for j, tag := range postalFields {
				if v := tag.Get(ps); tag != 0 && f[j] == "" && mapi.PidLidPostalAddressId.Get(ps) == 0 {
					f[j] = strings.ReplaceAll(v, "\r\n", "\n")
				}
			}
		}
		if strings.Join(f, "") != "" || full != "" && w.version >= 4 {
			w.Line("ADR", contentline.EscapeFields(f...), params...)
		}
		if full != "" && w.version < 4 {
			w.Line("LABEL", contentline.Escape(full), contentline.P("TYPE", a.kind))
		}
	}
}
