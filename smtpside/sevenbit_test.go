package smtpside

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/smtpside/smtptest"
)

var sevenBitTests = []struct {
	name, in    string
	convertible bool
	want        string // "" for unchanged
}{
	{"nothing to do", "Subject: x\r\n\r\nplain\r\n", true, ""},
	{"text", "Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\nX: y\r\n\r\nbödy =\r\nnext \r\n", true,
		"Content-Transfer-Encoding: quoted-printable\r\nSubject: x\r\nContent-Type: text/plain; charset=utf-8\r\nX: y\r\n\r\nb=C3=B6dy =3D\r\nnext=20\r\n"},
	{"no MIME at all", "Subject: x\n\nb\xf6dy\n", true,
		"Content-Transfer-Encoding: quoted-printable\r\nSubject: x\n\nb=F6dy\r\n"},
	{"one part of two", "Content-Type: multipart/mixed;\r\n boundary=\"b b\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\npreamble ü\r\n--b b\r\n\r\nplain\r\n--b b \r\nContent-Type: text/html\r\n\r\n<ü>\r\n--b b--\r\nepilogue\r\n", true,
		"Content-Transfer-Encoding: 7bit\r\nContent-Type: multipart/mixed;\r\n boundary=\"b b\"\r\n\r\npreamble ??\r\n--b b\r\n\r\nplain\r\n--b b \r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Type: text/html\r\n\r\n<=C3=BC>\r\n--b b--\r\nepilogue\r\n"},
	{"nested message", "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\nSubject: in\r\n\r\nü\r\n", true,
		"Content-Transfer-Encoding: 7bit\r\nContent-Type: message/rfc822\r\n\r\nContent-Transfer-Encoding: quoted-printable\r\nSubject: in\r\n\r\n=C3=BC\r\n"},
	{"inner multipart without end", "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n--i\r\n\r\nü\r\n--o\r\n\r\nä\r\n--o--\r\n", true,
		"Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n--i\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C3=BC\r\n--o\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A4\r\n--o--\r\n"},
	{"base64 beside it", "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--o\r\n\r\nä\r\n--o--", true,
		"Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--o\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A4\r\n--o--"},
	{"header", "Subject: ü\r\n\r\nx\r\n", false, ""},
	{"header of a part", "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: x/y; name=ü\r\n\r\nx\r\n--o--\r\n", false, ""},
	{"signed", "Content-Type: multipart/signed; boundary=o\r\n\r\n--o\r\n\r\nü\r\n--o--\r\n", false, ""},
	{"signed, inside", "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/signed; boundary=i\r\n\r\n--i\r\n\r\nü\r\n--i--\r\n--o--\r\n", false, ""},
	{"8 bits in what says it has none", "Content-Transfer-Encoding: base64\r\n\r\nü\r\n", false, ""},
	{"endless header", strings.Repeat("X: y\r\n", maxMIMEHeader/6+2), true, ""},
	{"endless header with 8 bits", strings.Repeat("X: y\r\n", maxMIMEHeader/6+2) + "ü\r\n", false, ""},
	{"internationalised report", "Content-Type: message/global-delivery-status\r\nContent-Transfer-Encoding: 8bit\r\n\r\nü\r\n", true,
		"Content-Transfer-Encoding: quoted-printable\r\nContent-Type: message/global-delivery-status\r\n\r\n=C3=BC\r\n"},
	{"internationalised message", "Content-Type: message/global\r\n\r\nSubject: ü\r\n\r\nü\r\n", true,
		"Content-Transfer-Encoding: quoted-printable\r\nContent-Type: message/global\r\n\r\nSubject: =C3=BC\r\n\r\n=C3=BC\r\n"},
	{"report", "Content-Type: message/delivery-status\r\n\r\nü\r\n", false, ""},
}

func TestSevenBit(t *testing.T) {
	for _, tt := range sevenBitTests {
		s, err := surveyMessage(strings.NewReader(tt.in))
		if err != nil || s.convertible() != tt.convertible {
			t.Errorf("%s: convertible %v, error %v", tt.name, s.convertible(), err)
			continue
		}
		if !tt.convertible {
			if !s.eightBit() {
				t.Errorf("%s: 8-bit octets were not seen", tt.name)
			}
			continue
		}
		want := tt.want
		if want == "" {
			want = tt.in
		}
		var out bytes.Buffer
		if err := s.write(&out, strings.NewReader(tt.in)); err != nil || out.String() != want {
			t.Errorf("%s: error %v, got\n%q, want\n%q", tt.name, err, out.String(), want)
		}
	}
}

// decoded collects the bodies of all parts, decoded, with the standard library's MIME reader.
func decoded(t *testing.T, header map[string][]string, body io.Reader, into *bytes.Buffer) {
	get := func(name string) string {
		if v := header[name]; len(v) > 0 {
			return v[0]
		}
		return ""
	}
	kind, params, _ := mime.ParseMediaType(get("Content-Type"))
	if strings.HasPrefix(kind, "multipart/") && params["boundary"] != "" {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if err != nil {
				return
			}
			decoded(t, p.Header, p, into)
		}
	}
	if strings.EqualFold(get("Content-Transfer-Encoding"), "quoted-printable") {
		body = quotedprintable.NewReader(body)
	}
	io.Copy(into, body)
	into.WriteString("\n=====\n")
}

// Real mails: after the conversion they have 7 bits, and everybody who decodes them sees the same.
func TestSevenBitCorpus(t *testing.T) {
	shared := os.Getenv("MAPIGATE_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "shared")
	}
	files, _ := filepath.Glob(filepath.Join(shared, "corpus", "mime", "*"))
	if len(files) == 0 {
		t.Skip("no corpus in", shared, "(set MAPIGATE_SHARED)")
	}
	converted := 0
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		s, err := surveyMessage(bytes.NewReader(raw))
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(name), err)
			continue
		}
		if s.eightBit() == isASCII(raw) {
			t.Errorf("%s: 8-bit octets were not seen, or seen where none are", filepath.Base(name))
		}
		if !s.eightBit() || !s.convertible() {
			continue
		}
		var out bytes.Buffer
		if err := s.write(&out, bytes.NewReader(raw)); err != nil {
			t.Errorf("%s: %v", filepath.Base(name), err)
		}
		converted++
		if !isASCII(out.Bytes()) {
			t.Errorf("%s: 8-bit octets are left", filepath.Base(name))
		}
		before, err1 := mail.ReadMessage(bytes.NewReader(canonical(raw)))
		after, err2 := mail.ReadMessage(bytes.NewReader(out.Bytes()))
		if err1 != nil || err2 != nil {
			continue // not even the header can be read by others
		}
		var a, b bytes.Buffer
		decoded(t, before.Header, before.Body, &a)
		decoded(t, after.Header, after.Body, &b)
		if strings.Contains(filepath.Base(name), "rfc822") || strings.Contains(a.String(), "\n\n") && strings.Contains(strings.ToLower(string(raw)), "message/rfc822") {
			continue // decoded does not look into messages in messages
		}
		if !bytes.Equal(trimmed(a.Bytes()), trimmed(b.Bytes())) {
			t.Errorf("%s: decodes differently", filepath.Base(name))
		}
	}
	t.Logf("%d of %d converted", converted, len(files))
	if converted < 20 {
		t.Errorf("only %d mails converted: the corpus has more 8-bit text", converted)
	}
}

// canonical gives every line CR LF.
func canonical(b []byte) []byte {
	b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n"))
}

// trimmed drops what quoted-printable may not keep: white space at line ends (RFC 2045 6.7 rule 3) of parts that were
// quoted-printable before, and the last line end.
func trimmed(b []byte) []byte {
	lines := bytes.Split(b, []byte("\n"))
	for i := range lines {
		lines[i] = bytes.TrimRight(lines[i], " \t\r")
	}
	return bytes.TrimSpace(bytes.Join(lines, []byte("\n")))
}

func FuzzSevenBit(f *testing.F) {
	for _, tt := range sevenBitTests {
		f.Add([]byte(tt.in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		s, err := surveyMessage(bytes.NewReader(in))
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := s.write(&out, bytes.NewReader(in)); err != nil {
			t.Fatal(err)
		}
		if s.convertible() && !isASCII(out.Bytes()) {
			t.Fatalf("8-bit octets left in %q from %q", out.Bytes(), in)
		}
	})
}

func TestSendSevenBit(t *testing.T) {
	sink := newSink(t, smtptest.Options{Without: []string{"8BITMIME"}})
	s := newTestSender(t, SenderOptions{})
	job := jobTo(sink.Addr, "a@y.example")
	job.Params.Size = 20
	job.Open = textOf("Subject: x\n\nbödy\n.\n")
	if got := mustSend(t, s, job); codes(got) != "250" {
		t.Fatalf("outcome %+v", got)
	}
	m := sink.Mails()[0]
	if want := "Content-Transfer-Encoding: quoted-printable\r\nSubject: x\r\n\r\nb=C3=B6dy\r\n.\r\n"; string(m.Raw) != want {
		t.Errorf("got %q", m.Raw)
	}
	if m.FromParams != "" {
		t.Errorf("MAIL with %q", m.FromParams)
	}
	job.Open = textOf("Subject: ü\n\nbody\n")
	if got := mustSend(t, s, job); codes(got) != "554" || got[0].Status.Detail != "6.3" {
		t.Errorf("outcome %+v", got)
	}
}
