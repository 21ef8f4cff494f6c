package vcard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/wire"
)

func lines(l ...string) string {
	return strings.Join(append(append([]string{"BEGIN:VCARD"}, l...), "END:VCARD"), "\r\n") + "\r\n"
}

func read(t *testing.T, s string) *Result {
	t.Helper()
	r, err := ToMAPI(strings.NewReader(s), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func write(t *testing.T, m *mapi.Message, version int) string {
	t.Helper()
	var out bytes.Buffer
	losses, err := FromMAPI(context.Background(), &out, m, FromOptions{Version: version})
	if err != nil || len(losses) > 0 {
		t.Fatalf("losses %v, error %v", losses, err)
	}
	return strings.ReplaceAll(out.String(), "\r\n ", "")
}

// has tells whether props have the wanted ones with their very values.
func has(t *testing.T, ps mapi.Props, wanted ...mapi.Prop) {
	t.Helper()
	for _, w := range wanted {
		found := false
		var got any
		for _, p := range ps {
			if p.Name == nil && w.Name == nil && p.Tag == w.Tag || p.Name != nil && w.Name != nil && p.Name.Same(*w.Name) {
				got = p.Value
				found = reflect.DeepEqual(p.Value, w.Value)
			}
		}
		if !found {
			t.Errorf("%v %v is %v, want %v", w.Tag, w.Name, got, w.Value)
		}
	}
}

const jpeg = "/9j/4AAQSkZJRgABAQ=="

func full() string {
	return lines("VERSION:3.0", "FN:Dr. John Q. Doe Jr.", "N:Doe;John;Quinlan;Dr.;Jr.", "NICKNAME:Joe", "ORG:Company\\, The;Department;Team", "TITLE:Boss", "ROLE:Engineer",
		"TEL;TYPE=WORK,VOICE:1", "TEL;TYPE=WORK:2", "TEL;TYPE=HOME,VOICE:3", "TEL;TYPE=HOME:4", "TEL;TYPE=CELL:5", "TEL;TYPE=WORK,FAX:6", "TEL;TYPE=FAX,HOME:7", "TEL;TYPE=PAGER:8", "TEL;TYPE=CAR:9", "TEL:10",
		"EMAIL;TYPE=INTERNET:a@a.example", "EMAIL:b@b.example", "EMAIL:c@c.example", "ADR;TYPE=WORK,PREF:PO 1;Room 2;Street 3;City;State;12345;Country", "ADR;TYPE=HOME:;;Home street;Town;;999;Land",
		"LABEL;TYPE=HOME:Home street\\nTown", "URL;TYPE=WORK:http://work.example", "URL;TYPE=HOME:http://home.example", "BDAY:1980-03-21", "X-MS-ANNIVERSARY:20010203",
		"NOTE:first\\nsecond", "CATEGORIES:Red,Blue", "UID:card-1", "CLASS:PRIVATE", "REV:20240101T020304Z", "X-MS-SPOUSE:Jane", "X-MS-CHILD:Tim,Tom", "X-MS-MANAGER:Chief", "X-MS-ASSISTANT:Helper",
		"X-MS-IMADDRESS:sip:joe@a.example", "X-MS-TEXT:one", "X-MS-TEXT:two", "PHOTO;ENCODING=b;TYPE=JPEG:"+jpeg, "KEY;TYPE=X509;ENCODING=b:QUJD", "GENDER:M")
}

func TestContact(t *testing.T) {
	r := read(t, full())
	if len(r.Losses) > 0 || len(r.Messages) != 1 {
		t.Fatalf("%d messages, losses %v", len(r.Messages), r.Losses)
	}
	day := func(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }
	m := r.Messages[0]
	id, _ := oneOff("a@a.example", "SMTP", "a@a.example")
	has(t, m.Props, mapi.PidTagMessageClass.Of(classContact), mapi.PidTagDisplayName.Of("Dr. John Q. Doe Jr."), mapi.PidTagSurname.Of("Doe"), mapi.PidTagGivenName.Of("John"),
		mapi.PidTagMiddleName.Of("Quinlan"), mapi.PidTagDisplayNamePrefix.Of("Dr."), mapi.PidTagGeneration.Of("Jr."), mapi.PidTagNickname.Of("Joe"), mapi.PidLidFileUnder.Of("Doe, John Quinlan"),
		mapi.PidTagCompanyName.Of("Company, The"), mapi.PidTagDepartmentName.Of("Department, Team"), mapi.PidTagTitle.Of("Boss"), mapi.PidTagProfession.Of("Engineer"),
		mapi.PidTagBusinessTelephoneNumber.Of("1"), mapi.PidTagBusiness2TelephoneNumber.Of("2"), mapi.PidTagHomeTelephoneNumber.Of("3"), mapi.PidTagHome2TelephoneNumber.Of("4"),
		mapi.PidTagMobileTelephoneNumber.Of("5"), mapi.PidTagBusinessFaxNumber.Of("6"), mapi.PidTagHomeFaxNumber.Of("7"), mapi.PidTagPagerTelephoneNumber.Of("8"),
		mapi.PidTagCarTelephoneNumber.Of("9"), mapi.PidTagOtherTelephoneNumber.Of("10"), mapi.PidLidEmail1EmailAddress.Of("a@a.example"), mapi.PidLidEmail1AddressType.Of("SMTP"),
		mapi.PidLidEmail1OriginalEntryId.Of(id), mapi.PidLidEmail1DisplayName.Of("Dr. John Q. Doe Jr. (a@a.example)"), mapi.PidLidEmail2EmailAddress.Of("b@b.example"), mapi.PidLidEmail3EmailAddress.Of("c@c.example"),
		mapi.PidLidWorkAddressPostOfficeBox.Of("PO 1"), mapi.PidTagOfficeLocation.Of("Room 2"), mapi.PidLidWorkAddressStreet.Of("Street 3"), mapi.PidLidWorkAddressCity.Of("City"),
		mapi.PidLidWorkAddressState.Of("State"), mapi.PidLidWorkAddressPostalCode.Of("12345"), mapi.PidLidWorkAddressCountry.Of("Country"), mapi.PidLidPostalAddressId.Of(2),
		mapi.PidLidWorkAddress.Of("Street 3\r\nPO 1\r\nCity, State 12345\r\nCountry"), mapi.PidTagStreetAddress.Of("Street 3"), mapi.PidTagHomeAddressStreet.Of("Home street"), mapi.PidLidHomeAddress.Of("Home street\r\nTown"),
		mapi.PidTagBusinessHomePage.Of("http://work.example"), mapi.PidTagPersonalHomePage.Of("http://home.example"), mapi.PidTagBirthday.Of(day(1980, 3, 21)), mapi.PidTagWeddingAnniversary.Of(day(2001, 2, 3)),
		mapi.PidTagBody.Of("first\r\nsecond"), mapi.PidNameKeywords.Of([]string{"Red", "Blue"}), mapi.PidTagSensitivity.Of(2), mapi.PidTagSpouseName.Of("Jane"),
		mapi.PidTagChildrensNames.Of([]string{"Tim", "Tom"}), mapi.PidTagGender.Of(2), mapi.PidTagUserX509Certificate.Of([][]byte{[]byte("ABC")}), mapi.PidLidHasPicture.Of(true))
	if len(m.Attachments) != 1 || !mapi.PidTagAttachmentContactPhoto.Get(m.Attachments[0].Props) || mapi.PidTagAttachLongFilename.Get(m.Attachments[0].Props) != "ContactPicture.jpg" {
		t.Errorf("attachments %+v", m.Attachments)
	}
}

// What a contact says is the same after either version.
func TestRoundTrip(t *testing.T) {
	for _, version := range []int{3, 4} {
		m := read(t, full()).Messages[0]
		text := write(t, m, version)
		again := read(t, text)
		if len(again.Losses) > 0 {
			t.Errorf("version %d: losses %v\n%s", version, again.Losses, text)
		}
		has(t, again.Messages[0].Props, m.Props...)
		if !reflect.DeepEqual(again.Messages[0].Attachments, m.Attachments) {
			t.Errorf("version %d: the picture differs", version)
		}
		if want := fmt.Sprintf("VERSION:%d.0\r\n", version); !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestVersion21(t *testing.T) {
	m := read(t, lines("VERSION:2.1", "N;CHARSET=windows-1252;ENCODING=QUOTED-PRINTABLE:M=FCller;J=F6rg", "TEL;WORK;FAX:1", "TEL;CELL:2",
		"ADR;WORK:;;Street;City;;1;Land", "NOTE;ENCODING=QUOTED-PRINTABLE:one=0D=0A=", "two", "BDAY:19800321", "EMAIL;PREF;INTERNET:a@a.example", "PHOTO;JPEG;BASE64:", " "+jpeg, "")).Messages[0]
	has(t, m.Props, mapi.PidTagSurname.Of("Müller"), mapi.PidTagGivenName.Of("Jörg"), mapi.PidTagDisplayName.Of("Jörg Müller"), mapi.PidTagBusinessFaxNumber.Of("1"),
		mapi.PidTagMobileTelephoneNumber.Of("2"), mapi.PidLidWorkAddressStreet.Of("Street"), mapi.PidTagBody.Of("one\r\ntwo"), mapi.PidLidEmail1EmailAddress.Of("a@a.example"), mapi.PidLidHasPicture.Of(true))
}

func TestVersion4(t *testing.T) {
	m := read(t, lines("VERSION:4.0", "FN:A B", "TEL;VALUE=uri;TYPE=\"voice,home\";PREF=1:tel:+1-555", "EMAIL;PREF=1:a@a.example",
		`ADR;TYPE=home;LABEL="Street\nTown":;;Street;Town;;;`, "PHOTO:data:image/png;base64,iVBORw0KGgo=", "ANNIVERSARY:20010203", "KIND:individual")).Messages[0]
	has(t, m.Props, mapi.PidTagHomeTelephoneNumber.Of("+1-555"), mapi.PidTagHomeAddressStreet.Of("Street"), mapi.PidTagDisplayName.Of("A B"))
	if name := mapi.PidTagAttachLongFilename.Get(m.Attachments[0].Props); name != "ContactPicture.png" {
		t.Errorf("picture %q", name)
	}
}

func TestLosses(t *testing.T) {
	r := read(t, lines("VERSION:3.0", "FN:x", "EMAIL:1@x", "EMAIL:2@x", "EMAIL:3@x", "EMAIL:4@x", "PHOTO;VALUE=uri:http://x.example/p.jpg", "GEO:1;2", "BDAY:--0321"))
	if len(r.Losses) != 4 {
		t.Errorf("losses %v, want 4", r.Losses)
	}
	for _, s := range []string{"", "BEGIN:VCALENDAR\nEND:VCALENDAR"} {
		if _, err := ToMAPI(strings.NewReader(s), Options{}); !errors.Is(err, ErrNoCard) {
			t.Errorf("%q: %v", s, err)
		}
	}
	if r, err := ToMAPI(strings.NewReader(strings.Repeat(lines("FN:x"), 9)), Options{Cards: 3}); err != nil || len(r.Messages) != 3 || len(r.Losses) != 1 {
		t.Errorf("%d cards, losses %v, %v", len(r.Messages), r.Losses, err)
	}
	m := &mapi.Message{Props: mapi.Props{mapi.PidTagMessageClass.Of(classContact), mapi.PidLidEmail1AddressType.Of("EX"), mapi.PidLidEmail1EmailAddress.Of("/o=x/cn=y")}}
	if losses, err := FromMAPI(context.Background(), &bytes.Buffer{}, m, FromOptions{}); err != nil || len(losses) != 1 {
		t.Errorf("losses %v, %v", losses, err)
	}
	resolve := func(kind, address string) string { return "y@x.example" }
	var out bytes.Buffer
	if losses, err := FromMAPI(context.Background(), &out, m, FromOptions{SMTPAddress: resolve}); err != nil || len(losses) != 0 || !strings.Contains(out.String(), ":y@x.example") {
		t.Errorf("losses %v, %v\n%s", losses, err, out.Bytes())
	}
	if _, err := FromMAPI(context.Background(), &out, &mapi.Message{}, FromOptions{}); !errors.Is(err, ErrClass) {
		t.Errorf("no class: %v", err)
	}
}

// The example of the specification. [MS-OXVCARD] 3.2
func TestExample(t *testing.T) {
	m := &mapi.Message{Props: mapi.Props{mapi.PidTagMessageClass.Of(classContact), mapi.PidTagDisplayName.Of("Dan Fennell"),
		mapi.PidLidEmail1EmailAddress.Of("dan.fennell@contoso.com"), mapi.PidLidEmail2EmailAddress.Of("dfennell@fabrikam.com"), mapi.PidTagAssistant.Of("Jeff Price"),
		mapi.PidTagAssistantTelephoneNumber.Of("+1-206-555-0188"), mapi.PidTagBusinessTelephoneNumber.Of("+1-206-555-0102"), mapi.PidTagCompanyMainTelephoneNumber.Of("+1-206-555-0100"),
		mapi.PidTagCompanyName.Of("Contoso, Ltd."), mapi.PidTagCountry.Of("USA"), mapi.PidTagGivenName.Of("Dan"), mapi.PidTagSurname.Of("Fennell"),
		mapi.PidTagHomeAddressCountry.Of("USA"), mapi.PidTagHomeAddressCity.Of("Boulder"), mapi.PidTagHomeAddressPostalCode.Of("33041"),
		mapi.PidTagHomeAddressStateOrProvince.Of("CO"), mapi.PidTagHomeAddressStreet.Of("345 Aspen Street"), mapi.PidTagLocality.Of("Boulder"),
		mapi.PidTagMobileTelephoneNumber.Of("+1-425-555-0199"), mapi.PidTagPostalCode.Of("33041"), mapi.PidTagStateOrProvince.Of("CO"), mapi.PidTagStreetAddress.Of("7890 Elm Street")}}
	text := strings.ToUpper(write(t, m, 3))
	for _, want := range []string{"VERSION:3.0", "FN:Dan Fennell", "N:Fennell;Dan;;;", "ORG:Contoso\\, Ltd.", "ADR;TYPE=work:;;7890 Elm Street;Boulder;CO;33041;USA",
		"ADR;TYPE=home:;;345 Aspen Street;Boulder;CO;33041;USA", "EMAIL;TYPE=internet,pref:dan.fennell@contoso.com", "EMAIL;TYPE=internet:dfennell@fabrikam.com",
		"TEL;TYPE=work,voice:+1-206-555-0102", "TEL;TYPE=cell:+1-425-555-0199", "X-MS-TEL;TYPE=COMPANY:+1-206-555-0100", "X-MS-ASSISTANT:Jeff Price", "X-MS-TEL;TYPE=ASSISTANT:+1-206-555-0188"} {
		if !strings.Contains(text, strings.ToUpper(want)+"\r\n") {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestGroup(t *testing.T) {
	r := read(t, lines("VERSION:4.0", "FN:Friends", "KIND:group", "MEMBER:mailto:a@a.example", "MEMBER:urn:uuid:0001", "MEMBER:urn:uuid:gone")+
		lines("VERSION:4.0", "FN:Bob", "UID:urn:uuid:0001", "EMAIL:bob@b.example"))
	m := r.Messages[0]
	has(t, m.Props, mapi.PidTagMessageClass.Of(classDistList), mapi.PidLidDistributionListName.Of("Friends"))
	members := mapi.PidLidDistributionListOneOffMembers.Get(m.Props)
	if len(members) != 2 || len(r.Losses) != 1 {
		t.Fatalf("%d members, losses %v", len(members), r.Losses)
	}
	var id mapi.OneOffEntryID
	if err := wire.Unmarshal(members[1], &id); err != nil || id.DisplayName != "Bob" || id.EmailAddress != "bob@b.example" {
		t.Errorf("member %+v, %v", id, err)
	}
	for _, version := range []int{3, 4} {
		text := write(t, m, version)
		again := read(t, text).Messages[0]
		has(t, again.Props, mapi.PidTagMessageClass.Of(classDistList), mapi.PidLidDistributionListName.Of("Friends"))
		if n := len(mapi.PidLidDistributionListMembers.Get(again.Props)); n != 2 {
			t.Errorf("version %d: %d members\n%s", version, n, text)
		}
	}
}

func TestCorpus(t *testing.T) {
	root := os.Getenv("MAPIGATE_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	files, _ := filepath.Glob(filepath.Join(root, "corpus", "vcard", "*"))
	if len(files) == 0 {
		t.Skip("no corpus beside the checkout (MAPIGATE_SHARED)")
	}
	cards, equal, none, losses := 0, 0, 0, 0
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		r, err := ToMAPI(bytes.NewReader(b), Options{})
		if errors.Is(err, ErrNoCard) {
			none++
			if bytes.HasPrefix(bytes.ToUpper(b), []byte("BEGIN:VCARD")) {
				t.Errorf("%s: %v %v", filepath.Base(path), err, r.Losses)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(path), err)
			continue
		}
		losses += len(r.Losses)
		for i, m := range r.Messages {
			cards++
			if survives(t, fmt.Sprintf("%s, card %d", filepath.Base(path), i), m) {
				equal++
			}
		}
	}
	t.Logf("%d files: %d without a card; %d cards, %d equal after round trips; %d losses", len(files), none, cards, equal, losses)
	if equal*100 < cards*99 {
		t.Error("less than 99 % of the cards survive")
	}
}

// survives tells whether all of a contact is there after a round trip.
func survives(t *testing.T, name string, m *mapi.Message) bool {
	ok := true
	for _, version := range []int{3, 4} {
		var out bytes.Buffer
		if _, err := FromMAPI(context.Background(), &out, m, FromOptions{Version: version}); err != nil {
			t.Errorf("%s: %v", name, err)
			return false
		}
		again, err := ToMAPI(&out, Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return false
		}
		for _, w := range m.Props {
			found := false
			var got any
			for _, p := range again.Messages[0].Props {
				if p.Name == nil && w.Name == nil && p.Tag == w.Tag || p.Name != nil && w.Name != nil && p.Name.Same(*w.Name) {
					got, found = p.Value, reflect.DeepEqual(p.Value, w.Value)
				}
			}
			if s, isText := w.Value.(string); !found && !(isText && strings.TrimSpace(s) == strings.TrimSpace(fmt.Sprint(got))) && w.Value != "" {
				t.Logf("%s, version %d: %v %v is %.100v, was %.100v", name, version, w.Tag, w.Name, got, w.Value)
				ok = false
			}
		}
		if len(again.Messages[0].Attachments) != len(m.Attachments) {
			t.Logf("%s: the picture is lost", name)
			ok = false
		}
	}
	return ok
}

func FuzzToMAPI(f *testing.F) {
	f.Add(full())
	f.Add(lines("VERSION:2.1", "N;ENCODING=QUOTED-PRINTABLE:=C3=BC;x", "KIND:group", "MEMBER:mailto:x@y"))
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ToMAPI(strings.NewReader(s), Options{})
		if err != nil {
			return
		}
		for _, m := range r.Messages {
			if _, err := FromMAPI(context.Background(), &bytes.Buffer{}, m, FromOptions{Version: 4}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func BenchmarkToMAPI(b *testing.B) {
	s := full()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ToMAPI(strings.NewReader(s), Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFromMAPI(b *testing.B) {
	r, err := ToMAPI(strings.NewReader(full()), Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := FromMAPI(context.Background(), &bytes.Buffer{}, r.Messages[0], FromOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
