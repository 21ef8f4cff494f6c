package autodiscover

import (
	"encoding/xml"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestAppendRequest(t *testing.T) {
	got := string(AppendRequest(nil, "a&b@example.test", ""))
	want := xml.Header + `<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request>` +
		`<EMailAddress>a&amp;b@example.test</EMailAddress>` +
		`<AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a</AcceptableResponseSchema></Request></Autodiscover>`
	if got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := string(AppendRequest([]byte("x"), "", "/o=<A>")); !strings.HasPrefix(got, "x<?xml") ||
		!strings.Contains(got, "<LegacyDN>/o=&lt;A&gt;</LegacyDN>") || strings.Contains(got, "EMailAddress") {
		t.Errorf("%s", got)
	}
}

func TestParseResponseSettings(t *testing.T) {
	got, err := ParseResponse([]byte(account(`<Action> settings </Action>
		<Protocol Type="mapiHttp" Version="2"><MailStore><InternalUrl>https://new.a.test/</InternalUrl></MailStore></Protocol>
		<Protocol Type="mapiHttp" Version="1">
			<MailStore><InternalUrl>https://in.a.test/mapi/emsmdb/?MailboxId=1@a.test&amp;x=1</InternalUrl><ExternalUrl>https://out.a.test/mapi/emsmdb/</ExternalUrl></MailStore>
			<AddressBook><InternalUrl>http://in.a.test/mapi/nspi/</InternalUrl><ExternalUrl>https://user:password@out.a.test/</ExternalUrl></AddressBook>
		</Protocol>
		<AlternativeMailbox><Type>Delegate</Type><DisplayName>Sales</DisplayName><SmtpAddress>sales@a.test</SmtpAddress><OwnerSmtpAddress>sales@a.test</OwnerSmtpAddress></AlternativeMailbox>
		<AlternativeMailbox><Type>Archive</Type><LegacyDN>/o=A/cn=archive</LegacyDN><Server>s.a.test</Server></AlternativeMailbox>`)))
	if err != nil {
		t.Fatal(err)
	}
	want := &Response{Settings: &Settings{DisplayName: "Ann", LegacyDN: "/o=A/cn=ann",
		MailStore: Endpoint{Internal: "https://in.a.test/mapi/emsmdb/?MailboxId=1@a.test&x=1", External: "https://out.a.test/mapi/emsmdb/"},
		Mailboxes: []AlternativeMailbox{
			{Type: "Delegate", DisplayName: "Sales", SMTPAddress: "sales@a.test", OwnerSMTPAddress: "sales@a.test"},
			{Type: "Archive", LegacyDN: "/o=A/cn=archive", Server: "s.a.test"},
		}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got.Settings, want.Settings)
	}
	if urls := got.Settings.MailStore.URLs(); len(urls) != 2 || urls[0] != "https://out.a.test/mapi/emsmdb/" {
		t.Errorf("URLs %v, want the external one first", urls)
	}
}

func TestParseResponseRefused(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want error
	}{
		"empty":            {"", ErrResponse},
		"web page":         {"<html><body>Hello<br></body></html>", ErrResponse},
		"another document": {"<a/>", ErrResponse},
		"no action":        {account(""), ErrResponse},
		"unknown action":   {account("<Action>dance</Action>"), ErrResponse},
		"redirect nowhere": {account("<Action>redirectUrl</Action>"), ErrResponse},
		"cut off":          {settings("a.test")[:400], ErrResponse},
		"external entity": {`<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>` +
			strings.TrimPrefix(account("<Action>&x;</Action>"), `<?xml version="1.0" encoding="utf-8"?>`), ErrResponse},
		"other charset": {strings.Replace(settings("a.test"), "utf-8", "utf-7", 1), ErrResponse},
		"deep":          {strings.Repeat("<a>", 20000) + strings.Repeat("</a>", 20000), ErrResponse},
		"nested only":   {account("<Action>settings</Action><Protocol><Internal>" + settings("a.test")[40:] + "</Internal></Protocol>"), ErrResponse},
		"no DN":         {strings.Replace(settings("a.test"), "/o=A/cn=ann", "", 1), ErrNoMAPI},
		"http only":     {strings.ReplaceAll(settings("a.test"), "https://", "http://"), ErrNoMAPI},
	} {
		if r, err := ParseResponse([]byte(c.in)); !errors.Is(err, c.want) {
			t.Errorf("%s: %+v, %v, want %v", name, r, err, c.want)
		}
	}
}

// FuzzParseResponse reads anything: an answer or an error, and only https endpoints.
func FuzzParseResponse(f *testing.F) {
	f.Add([]byte(settings("mail.a.test")))
	f.Add([]byte(account("<Action>redirectAddr</Action><RedirectAddr>a@b</RedirectAddr>")))
	f.Add([]byte("<Autodiscover><Response><Error><ErrorCode>1</ErrorCode></Error></Response></Autodiscover>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseResponse(b)
		if err != nil {
			return
		}
		set := 0
		for _, there := range []bool{r.Settings != nil, r.RedirectAddr != "", r.RedirectURL != "", r.Refusal != nil} {
			if there {
				set++
			}
		}
		if set != 1 {
			t.Fatalf("%d parts of %+v are set", set, r)
		}
		if r.Settings != nil {
			for _, u := range append(r.Settings.MailStore.URLs(), r.Settings.AddressBook.URLs()...) {
				if !strings.HasPrefix(strings.ToLower(u), "https:") {
					t.Fatalf("endpoint %q", u)
				}
			}
		}
	})
}
