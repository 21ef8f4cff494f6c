package mapping

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

func toMAPI(t *testing.T, raw string, opts ToMAPIOptions) *MAPIResult {
	t.Helper()
	res, err := ToMAPI(context.Background(), strings.NewReader(strings.ReplaceAll(raw, "\n", "\r\n")), opts)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func toMIME(t *testing.T, msg *mapi.Message, opts ToMIMEOptions) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := ToMIME(context.Background(), &b, msg, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestEnvelopeIsAuthority holds that the envelope alone makes recipients and
// the header only tells their type and name.
func TestEnvelopeIsAuthority(t *testing.T) {
	raw := "From: a@example.com\nTo: Bob <BOB@example.net>, other@example.net\nCc: \"Carol\" <carol@example.net>\nSubject: x\n\nhi\n"
	res := toMAPI(t, raw, ToMAPIOptions{Recipients: []string{"bob@example.net", "carol@example.net", "hidden@example.net", "bob@example.net"}})
	want := []struct {
		addr, name string
		kind       mapi.RecipientType
	}{{"bob@example.net", "Bob", mapi.RecipientTo}, {"carol@example.net", "Carol", mapi.RecipientCc}, {"hidden@example.net", "hidden@example.net", mapi.RecipientBcc}}
	if len(res.Message.Recipients) != len(want) {
		t.Fatalf("%d recipients", len(res.Message.Recipients))
	}
	for i, w := range want {
		r := res.Message.Recipients[i]
		if r.Type != w.kind || mapi.PidTagSmtpAddress.Get(r.Props) != w.addr || mapi.PidTagDisplayName.Get(r.Props) != w.name {
			t.Errorf("recipient %d is type %d, %+v", i, r.Type, r.Props)
		}
	}
	if out := toMIME(t, res.Message, ToMIMEOptions{}); strings.Contains(out, "hidden@") {
		t.Errorf("Bcc left in:\n%s", out)
	}
	none := toMAPI(t, raw, ToMAPIOptions{Recipients: []string{}})
	if len(none.Message.Recipients) != 0 {
		t.Error("an empty envelope made recipients")
	}
}

// TestEditsFollow edits a message between the two ways: MIME is built from
// properties, not from what was kept.
func TestEditsFollow(t *testing.T) {
	raw := "From: a@example.com\nTo: Bob <bob@example.net>\nSubject: old\nImportance: high\nX-Other: kept\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nold text\n--b\nContent-Type: application/pdf; name=old.pdf\n\nold\n--b--\n"
	msg := toMAPI(t, raw, ToMAPIOptions{}).Message
	msg.Props.Set(mapi.PidTagSubject.Of("new"))
	msg.Props.Set(mapi.PidTagBody.Of("new text\r\n"))
	msg.Props.Delete(mapi.PidTagImportance.Tag())
	msg.Recipients[0] = smtpParty("Eve", "eve@example.org").recipient(mapi.RecipientTo)
	msg.Attachments[0].Props.Set(mapi.PidTagAttachLongFilename.Of("new.pdf"))
	msg.Attachments[0].Data = mapi.BytesStream("new data")
	out := toMIME(t, msg, ToMIMEOptions{})
	for _, want := range []string{"Subject: new\r\n", "\r\nnew text\r\n", "To: Eve <eve@example.org>\r\n", "filename=new.pdf", "bmV3IGRhdGE=", "X-Other: kept\r\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
	for _, stale := range []string{"Subject: old", "old text", "bob@", "old.pdf", "Importance", "X-Priority"} {
		if strings.Contains(out, stale) {
			t.Errorf("%q came back in:\n%s", stale, out)
		}
	}
}

// TestFirewall holds that what only the organisation may say never crosses, either way.
func TestFirewall(t *testing.T) {
	raw := "From: a@example.com\nX-MS-Exchange-Organization-AuthAs: Internal\nx-ms-exchange-forest-x: y\nBcc: secret@example.com\n\nhi\n"
	msg := toMAPI(t, raw, ToMAPIOptions{Headers: []string{"*"}, Recipients: []string{"b@example.com"}}).Message
	for _, p := range msg.Props {
		if v, ok := p.Value.(string); ok && (strings.Contains(v, "Internal") || strings.Contains(v, "secret@")) || p.Name != nil && firewalled(p.Name.Name) {
			t.Errorf("%v %v crossed", p.Tag, p.Value)
		}
	}
	msg.Props.Set(mapi.InternetHeader("X-MS-Exchange-Organization-SCL").Of("-1"))
	msg.Props.Set(mapi.InternetHeader("Bcc").Of("secret@example.com"))
	msg.Props.Set(mapi.PidTagTransportMessageHeaders.Of("X-MS-Exchange-Forest-A: b\r\nBcc: secret@example.com\r\nResent-Bcc: secret@example.com\r\n"))
	if out := toMIME(t, msg, ToMIMEOptions{}); strings.Contains(out, "Exchange") || strings.Contains(out, "secret") {
		t.Errorf("crossed:\n%s", out)
	}
}

// directory is a Resolver of tests.
type directory map[string]string

func (d directory) SMTPAddress(_ context.Context, kind, addr string) (string, error) {
	if addr == "broken" {
		return "", errors.New("directory is down")
	}
	return d[kind+":"+addr], nil
}

// TestEnvelope finds SMTP addresses in every place they can be in.
func TestEnvelope(t *testing.T) {
	dn := "/o=Org/ou=First/cn=Recipients/cn=joe"
	ex := mapi.AddressBookEntryID{DN: "/o=Org/cn=ann"}
	exID, err := mapi.EntryIDBytes(&ex)
	if err != nil {
		t.Fatal(err)
	}
	row := func(ps ...mapi.Prop) mapi.Recipient { return mapi.Recipient{Type: mapi.RecipientTo, Props: ps} }
	msg := &mapi.Message{Recipients: []mapi.Recipient{
		row(mapi.PidTagSmtpAddress.Of("a@example.com")),
		row(mapi.PidTagAddressType.Of("SMTP"), mapi.PidTagEmailAddress.Of("b@example.com")),
		row(mapi.PidTagAddressType.Of("EX"), mapi.PidTagEmailAddress.Of(dn)),
		row(mapi.PidTagEntryId.Of(oneOff("C", "SMTP", "c@example.com"))),
		row(mapi.PidTagEntryId.Of(exID)),
		row(mapi.PidTagAddressType.Of("FAX"), mapi.PidTagEmailAddress.Of("+49")),
		row(mapi.PidTagDisplayName.Of("nobody")),
		row(mapi.PidTagAddressType.Of("SMTP"), mapi.PidTagEmailAddress.Of("not an address")),
		row(mapi.PidTagSmtpAddress.Of("A@EXAMPLE.COM")),
	}}
	msg.Recipients = append(msg.Recipients, mapi.Recipient{Type: mapi.RecipientTo | mapi.RecipientSubmitted, Props: mapi.Props{mapi.PidTagSmtpAddress.Of("done@example.com")}})
	senderTags.set(&msg.Props, party{name: "Joe", kind: "EX", addr: dn})
	d := directory{"EX:" + dn: "joe@example.com", "EX:/o=Org/cn=ann": "ann@example.com"}
	env, err := Envelope(context.Background(), msg, d)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range env.Recipients {
		got = append(got, r.Address)
	}
	if s := strings.Join(got, " "); s != "a@example.com b@example.com joe@example.com c@example.com ann@example.com" {
		t.Errorf("recipients are %s", s)
	}
	if env.From != "joe@example.com" || len(env.Unresolved) != 3 {
		t.Errorf("from %q, unresolved %+v", env.From, env.Unresolved)
	}
	msg.Recipients = append(msg.Recipients, row(mapi.PidTagAddressType.Of("EX"), mapi.PidTagEmailAddress.Of("broken")))
	if _, err := Envelope(context.Background(), msg, d); err == nil {
		t.Error("the directory's error was swallowed")
	}
}

// TestImportancePrecedence holds which field counts when several speak. [MS-OXCMAIL] 2.2.3.2.5
func TestImportancePrecedence(t *testing.T) {
	for _, c := range []struct {
		fields string
		want   int32
	}{
		{"Importance: high\n", 2}, {"importance: LOW\nX-Priority: 1\n", 0}, {"X-Priority: 5 (Lowest)\n", 0}, {"X-Priority: 2\nPriority: non-urgent\n", 2},
		{"X-MSMail-Priority: High\n", 2}, {"Priority: urgent\n", 2}, {"Importance: nonsense\nX-Priority: 1\n", 2}, {"", 1},
	} {
		msg := toMAPI(t, "From: a@example.com\n"+c.fields+"\nhi\n", ToMAPIOptions{}).Message
		if got := mapi.PidTagImportance.Get(msg.Props); got != c.want {
			t.Errorf("%q: importance %d, want %d", c.fields, got, c.want)
		}
	}
}

// TestSubjectPrefix cuts subjects. [MS-OXCMSG] 2.2.1.9
func TestSubjectPrefix(t *testing.T) {
	for _, c := range []struct{ subject, prefix, rest string }{
		{"Re: x", "Re: ", "x"}, {"FW: Re: x", "FW: ", "Re: x"}, {"AW:", "AW:", ""}, {"Long: x", "", "Long: x"}, {"R2: x", "", "R2: x"}, {": x", "", ": x"}, {"no", "", "no"}, {"12:30", "", "12:30"}, {"回复: x", "回复: ", "x"},
	} {
		if p, r := splitSubject(c.subject); p != c.prefix || r != c.rest {
			t.Errorf("%q was cut into %q and %q", c.subject, p, r)
		}
	}
}

// TestLimits holds that every limit leaves a note and nothing fails.
func TestLimits(t *testing.T) {
	deep := strings.Repeat("Content-Type: message/rfc822\n\n", 1000) + "Subject: deep\n\nhi\n"
	var wide strings.Builder
	wide.WriteString("Content-Type: multipart/mixed; boundary=b\n\n")
	for range 3000 {
		wide.WriteString("--b\nContent-Type: application/x\n\nx\n")
	}
	for name, raw := range map[string]string{
		"depth": deep, "parts": wide.String(), "header": strings.Repeat("X-A: "+strings.Repeat("a", 1000)+"\n", 2000) + "\nhi\n",
		"body": "Subject: x\n\n" + strings.Repeat("line\n", 10000),
	} {
		res := toMAPI(t, raw, ToMAPIOptions{Limits: Limits{BodyBytes: 40000}})
		if len(res.Losses) == 0 {
			t.Errorf("%s: the limit left no note", name)
		}
		toMIME(t, res.Message, ToMIMEOptions{})
	}
}

// TestStable holds that the same message gives the same bytes.
func TestStable(t *testing.T) {
	raw := "From: a@example.com\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n--b\nContent-Type: a/b\n\nx\n--b--\n"
	msg := toMAPI(t, raw, ToMAPIOptions{}).Message
	if a, b := toMIME(t, msg, ToMIMEOptions{}), toMIME(t, msg, ToMIMEOptions{}); a != b {
		t.Errorf("two runs differ:\n%s\n%s", a, b)
	}
}

// TestRulesFit holds the size of the table that headers are collected in.
func TestRulesFit(t *testing.T) {
	if len(headerRules) > maxRules {
		t.Errorf("%d rules, room for %d", len(headerRules), maxRules)
	}
}

// A NUL would end a string on the wire, or fail the whole request.
func TestNoNULInStrings(t *testing.T) {
	src := "Subject: a =?utf-8?Q?b=00c?=\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nx=00y\r\n"
	res, err := ToMAPI(t.Context(), strings.NewReader(src), ToMAPIOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range res.Message.Props {
		if v, ok := p.Value.(string); ok && strings.Contains(v, "\x00") {
			t.Errorf("%v has a NUL: %q", p.Tag, v)
		}
	}
	if body := mapi.PidTagBody.Get(res.Message.Props); !strings.HasPrefix(body, "xy") {
		t.Errorf("body %q", body)
	}
}

// TestAddText derives text from HTML where it is asked for.
func TestAddText(t *testing.T) {
	raw := "From: a@example.com\nMIME-Version: 1.0\nContent-Type: text/html; charset=iso-8859-1\n\n<p>Gr\xfc\xdfe<br>x</p>\n"
	for _, add := range []bool{false, true} {
		msg := toMAPI(t, raw, ToMAPIOptions{AddText: add}).Message
		if got := mapi.PidTagBody.Get(msg.Props); (got == "Grüße\r\nx\r\n") != add {
			t.Errorf("AddText %v gives %q", add, got)
		}
		msg.Props.Delete(mapi.PidTagBody.Tag())
		if out := toMIME(t, msg, ToMIMEOptions{AddText: add}); strings.Contains(out, "text/plain") != add {
			t.Errorf("AddText %v writes:\n%s", add, out)
		}
	}
}

// TestKeptAndNamed holds that a field that is kept and promoted is written
// once for each time it came, and that an edited property wins.
func TestKeptAndNamed(t *testing.T) {
	raw := "Received: from a by b; Tue, 5 May 2026 10:11:14 +0200\nReceived: from c by a; Tue, 5 May 2026 10:11:13 +0200\nFrom: a@example.com\nX-Twice: one\nX-Twice: two\nX-Once: =?utf-8?Q?=C3=BC?=\n\nhi\n"
	msg := toMAPI(t, raw, ToMAPIOptions{Headers: []string{"*"}}).Message
	out := toMIME(t, msg, ToMIMEOptions{})
	for field, want := range map[string]int{"Received: ": 2, "X-Twice: ": 2, "X-Once: ": 1} {
		if got := strings.Count(out, "\r\n"+field) + strings.Count(out[:len(field)], field); got != want {
			t.Errorf("%q stands %d times in:\n%s", field, got, out)
		}
	}
	msg.Props.Set(mapi.InternetHeader("X-Twice").Of("three"))
	if out := toMIME(t, msg, ToMIMEOptions{}); strings.Contains(out, "X-Twice: one") || strings.Contains(out, "X-Twice: two") || !strings.Contains(out, "X-Twice: three") {
		t.Errorf("the edited property does not win in:\n%s", out)
	}
}

// TestUTF8Mode writes raw UTF-8 where the next host takes it, and nowhere else.
func TestUTF8Mode(t *testing.T) {
	raw := "From: J\u00f6hn <j\u00f6hn@m\u00e4chine.example>\nTo: b@example.com\nSubject: gr\u00fc\u00dfe\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n\u00fc\n"
	msg := toMAPI(t, raw, ToMAPIOptions{}).Message
	msg.Props.Set(mapi.PidTagSubject.Of("grüße"))
	for _, c := range []struct {
		opts     ToMIMEOptions
		has, not string
		utf8     bool
	}{
		{ToMIMEOptions{UTF8: true, EightBit: true}, "Subject: grüße\r\n", "quoted-printable", true},
		{ToMIMEOptions{}, "Subject: =?utf-8?", "8bit", true}, // the address has no other form
	} {
		var b bytes.Buffer
		res, err := ToMIME(context.Background(), &b, msg, c.opts)
		if err != nil {
			t.Fatal(err)
		}
		if out := b.String(); !strings.Contains(out, c.has) || strings.Contains(out, c.not) || res.UTF8 != c.utf8 || res.EightBit != c.opts.EightBit {
			t.Errorf("%+v gives %+v:\n%s", c.opts, res, out)
		}
	}
}
