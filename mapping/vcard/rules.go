package vcard

import (
	"strconv"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/contentline"
)

// A property is a tag or a named property with values of the type T.
type property[T any] interface {
	Of(T) mapi.Prop
	From(mapi.Props) (T, bool)
}

// A rule pairs a vCard property with MAPI, both ways.
type rule struct {
	name string
	// read sets properties; false means that there is no place for the value.
	read  func(ps *mapi.Props, p *contentline.Property) bool
	write func(w *writer, ps mapi.Props)
}

// maxText is how long a text may be that becomes a string.
const maxText = 32 << 10

// one is a text property; a second one finds its place taken.
func one(name string, tag property[string]) rule {
	return rule{name, func(ps *mapi.Props, p *contentline.Property) bool {
		return claim(ps, tag, text(p))
	}, func(w *writer, ps mapi.Props) {
		v, _ := tag.From(ps)
		w.Text(name, v)
	}}
}

// claim sets a string unless another one is there.
func claim(ps *mapi.Props, tag property[string], v string) bool {
	if v == "" {
		return true
	}
	if before, ok := tag.From(*ps); ok && before != "" {
		return before == v
	}
	ps.Set(tag.Of(cut(v, maxText)))
	return true
}

// maxList is how many values a list may have.
const maxList = 1000

// each is a list of texts, in one property or several.
func each(name string, tag property[[]string]) rule {
	return rule{name, func(ps *mapi.Props, p *contentline.Property) bool {
		list, _ := tag.From(*ps)
		more := contentline.List(plain(p))
		if len(list)+len(more) > maxList {
			return false
		}
		if list = append(list, more...); len(list) > 0 {
			ps.Set(tag.Of(list))
		}
		return true
	}, func(w *writer, ps mapi.Props) {
		if list, _ := tag.From(ps); len(list) > 0 {
			w.Line(name, contentline.EscapeList(list))
		}
	}}
}

// day is a complete date.
func day(name string, tags ...property[time.Time]) rule {
	return rule{name, func(ps *mapi.Props, p *contentline.Property) bool {
		t, ok := date(text(p))
		if ok {
			for _, tag := range tags {
				ps.Set(tag.Of(t))
			}
		}
		return ok
	}, func(w *writer, ps mapi.Props) {
		if t, ok := tags[0].From(ps); ok {
			w.Line(name, t.UTC().Format("2006-01-02"), contentline.P("VALUE", w.dateValue()))
		}
	}}
}

// named is a property of PS_PUBLIC_STRINGS.
func named(name string) mapi.Named[string] {
	return mapi.Named[string]{PropertyName: mapi.PropertyName{Set: mapi.PSPublicStrings, Name: name}, Type: mapi.PtypString}
}

// rules are the properties that are alike both ways. [MS-OXVCARD] 2.1.3
var rules = []rule{
	one("NICKNAME", mapi.PidTagNickname),
	one("TITLE", mapi.PidTagTitle),
	one("ROLE", mapi.PidTagProfession),
	one("UID", named("DAV:uid")),
	one("FBURL", mapi.PidLidFreeBusyLocation),
	one("X-MS-IMADDRESS", mapi.PidLidInstantMessagingAddress),
	one("X-MS-ASSISTANT", mapi.PidTagAssistant),
	one("X-MS-MANAGER", mapi.PidTagManagerName),
	one("X-MS-SPOUSE", mapi.PidTagSpouseName),
	one("X-MS-INTERESTS", mapi.PidTagHobbies),
	one("X-MS-REFERREDBY", mapi.PidTagReferredByName),
	one("X-PHONETIC-FIRST-NAME", mapi.PidLidYomiFirstName),
	one("X-PHONETIC-LAST-NAME", mapi.PidLidYomiLastName),
	one("X-PHONETIC-ORG", mapi.PidLidYomiCompanyName),
	each("X-MS-CHILD", mapi.PidTagChildrensNames),
	each("CATEGORIES", mapi.PidNameKeywords),
	day("BDAY", mapi.PidTagBirthday, mapi.PidLidBirthdayLocal),
	day("X-MS-ANNIVERSARY", mapi.PidTagWeddingAnniversary, mapi.PidLidWeddingAnniversaryLocal),
	{"ANNIVERSARY", func(ps *mapi.Props, p *contentline.Property) bool {
		t, ok := date(text(p))
		if ok {
			ps.Set(mapi.PidTagWeddingAnniversary.Of(t))
			ps.Set(mapi.PidLidWeddingAnniversaryLocal.Of(t))
		}
		return ok
	}, nothing},
	{"NOTE", notHere, writeNote},
	{"N", readName, writeName},
	{"ORG", readOrganization, writeOrganization},
	{"ADR", readAddress, writeAddresses},
	{"LABEL", readLabel, nothing},
	{"TEL", readPhone, writePhones},
	{"X-MS-TEL", readPhone, nothing},
	{"EMAIL", readEmail, writeEmails},
	{"IMPP", readIM, nothing},
	{"URL", readURL, writeURLs},
	{"CLASS", readClass, writeClass},
	{"GENDER", readGender, writeGender},
	{"KEY", readKey, writeKeys},
	{"REV", readRevision, writeRevision},
	{"X-MS-TEXT", readUserField, writeUserFields},
	{"X-MS-OL-DEFAULT-POSTAL-ADDRESS", readDefaultAddress, writeDefaultAddress},
}

// notHere reads nothing: all properties of the name are read at once elsewhere.
func notHere(*mapi.Props, *contentline.Property) bool { return true }

// nothing writes nothing: another rule writes what this one reads.
func nothing(*writer, mapi.Props) {}

func writeNote(w *writer, ps mapi.Props) {
	w.Text("NOTE", strings.TrimRight(mapi.PidTagBody.Get(ps), "\r\n \x00"))
}

// sensitivities are the values of PidTagSensitivity. [MS-OXVCARD] 2.1.3.7.1
var sensitivities = []string{"PUBLIC", "X-PERSONAL", "PRIVATE", "CONFIDENTIAL"}

func readClass(ps *mapi.Props, p *contentline.Property) bool {
	for i, s := range sensitivities {
		if strings.EqualFold(text(p), s) {
			ps.Set(mapi.PidTagSensitivity.Of(int32(i)))
			return true
		}
	}
	return false
}

func writeClass(w *writer, ps mapi.Props) {
	if n, ok := mapi.PidTagSensitivity.From(ps); ok && n >= 0 && int(n) < len(sensitivities) {
		w.Line("CLASS", sensitivities[n])
	}
}

func readGender(ps *mapi.Props, p *contentline.Property) bool {
	switch strings.ToUpper(fields(p, 1)[0]) {
	case "F":
		ps.Set(mapi.PidTagGender.Of(1))
	case "M":
		ps.Set(mapi.PidTagGender.Of(2))
	default:
		return false
	}
	return true
}

func writeGender(w *writer, ps mapi.Props) {
	if n := mapi.PidTagGender.Get(ps); n == 1 || n == 2 {
		w.Line("GENDER", []string{"F", "M"}[n-1])
	}
}

func readKey(ps *mapi.Props, p *contentline.Property) bool {
	data, _, ok := binary(p)
	if !ok {
		return false
	}
	list, _ := mapi.PidTagUserX509Certificate.From(*ps)
	if len(list) >= maxList {
		return false
	}
	ps.Set(mapi.PidTagUserX509Certificate.Of(append(list, data)))
	return true
}

func writeKeys(w *writer, ps mapi.Props) {
	for _, key := range mapi.PidTagUserX509Certificate.Get(ps) {
		w.binary("KEY", "X509", "application/pkix-cert", key)
	}
}

func readRevision(ps *mapi.Props, p *contentline.Property) bool {
	for _, layout := range []string{time.RFC3339, "20060102T150405Z", "2006-01-02T15:04:05", "20060102T150405", "2006-01-02"} {
		if t, err := time.Parse(layout, text(p)); err == nil {
			ps.Set(mapi.PidTagLastModificationTime.Of(t.UTC()))
			return true
		}
	}
	return false
}

func writeRevision(w *writer, ps mapi.Props) {
	if t, ok := mapi.PidTagLastModificationTime.From(ps); ok {
		w.Line("REV", t.UTC().Format("20060102T150405Z"))
	}
}

// userFields are the four free fields. [MS-OXVCARD] 2.1.3.8.12
var userFields = []mapi.Named[string]{mapi.PidLidContactUserField1, mapi.PidLidContactUserField2, mapi.PidLidContactUserField3, mapi.PidLidContactUserField4}

func readUserField(ps *mapi.Props, p *contentline.Property) bool {
	for _, tag := range userFields {
		if _, ok := tag.From(*ps); !ok {
			ps.Set(tag.Of(text(p)))
			return true
		}
	}
	return false
}

func writeUserFields(w *writer, ps mapi.Props) {
	for _, tag := range userFields {
		w.Text("X-MS-TEXT", tag.Get(ps))
	}
}

func readDefaultAddress(ps *mapi.Props, p *contentline.Property) bool {
	n, err := strconv.Atoi(text(p))
	if err != nil || n < 0 || n > 3 {
		return false
	}
	if n > 0 { // 0 is no address
		ps.Set(mapi.PidLidPostalAddressId.Of(int32(n)))
	}
	return true
}

func writeDefaultAddress(w *writer, ps mapi.Props) {
	if n := mapi.PidLidPostalAddressId.Get(ps); n > 0 {
		w.Line("X-MS-OL-DEFAULT-POSTAL-ADDRESS", strconv.Itoa(int(n)))
	}
}

func readURL(ps *mapi.Props, p *contentline.Property) bool {
	v := text(p)
	if kinds(p)["HOME"] {
		return claim(ps, mapi.PidTagPersonalHomePage, v)
	}
	ps.SetDefault(mapi.PidLidHtml.Of(v))
	return claim(ps, mapi.PidTagBusinessHomePage, v) || claim(ps, mapi.PidTagPersonalHomePage, v)
}

func writeURLs(w *writer, ps mapi.Props) {
	for _, u := range []struct {
		kind string
		url  string
	}{{"HOME", mapi.PidTagPersonalHomePage.Get(ps)}, {"WORK", mapi.PidTagBusinessHomePage.Get(ps)}} {
		if u.url != "" {
			w.Line("URL", contentline.Escape(u.url), contentline.P("TYPE", u.kind))
		}
	}
}

func readIM(ps *mapi.Props, p *contentline.Property) bool {
	return claim(ps, mapi.PidLidInstantMessagingAddress, text(p))
}
