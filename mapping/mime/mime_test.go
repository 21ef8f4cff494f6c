package mime

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

var wide = Limits{Depth: 32, Parts: 1000, HeaderBytes: 1 << 20}

func parse(t testing.TB, s string) *Part {
	t.Helper()
	p, err := Parse(strings.NewReader(s), int64(len(s)), wide)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDecodeText(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"plain", "plain"},
		{" folded\r\n value ", "folded value"},
		{"folded\nwithout", "folded without"},
		{"=?utf-8?Q?a_b=C3=BC?=", "a bü"},
		{"=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"},
		{"=?utf-8?Q?=E2=98?= =?UTF-8?Q?=BA?=", "☺"},
		{"=?iso-8859-1?q?J=FCrgen?= Test", "Jürgen Test"},
		{"x=?utf-8?Q?y?=z", "xyz"},
		{"=?utf-8?B?SGVsbG8?=", "Hello"},
		{"=?utf-8?B?SGVs==bG8=?=", "Hello"},
		{"=?utf-8?Q?with space inside?=", "with space inside"},
		{"=?nonsense?Q?=FC?=", "ü"},
		{"=?utf-8*en?Q?lang?=", "lang"},
		{"=?utf-8?X?no?=", "=?utf-8?X?no?="},
		{"=?utf-8?Q?open", "=?utf-8?Q?open"},
		{"=?", "=?"},
		{"Gr\xfc\xdfe", "Grüße"},
		{"Gr\xc3\xbc\xc3\x9fe", "Grüße"},
		{"=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"},
		{"=?utf-8?Q?a=0D=0ABcc:_x?=", "a  Bcc: x"},
		{"a =?utf-8?Q?b?= c", "a b c"},
	} {
		if got := DecodeText(c.in); got != c.want {
			t.Errorf("%q gives %q, want %q", c.in, got, c.want)
		}
	}
}

// TestEncodeText holds that what is encoded comes back, in lines that may travel.
func TestEncodeText(t *testing.T) {
	for _, s := range []string{"", "plain", "Grüße", "a  b", " leading", "trailing ", "=?utf-8?Q?x?=", strings.Repeat("ü", 300), strings.Repeat("long ", 100), strings.Repeat("x", 2000),
		"日本語の件名がとても長いので折り返される必要がありますよね本当に", "mixed ASCII and ümlauts in one 😀 line that is long enough to be folded somewhere", "tab\there", "a ü b", "ü", "\"quoted\" <x>"} {
		field := AppendText(nil, "Subject", s, false)
		for _, line := range strings.Split(strings.TrimSuffix(string(field), "\r\n"), "\r\n") {
			if len(line) > 998 || strings.ContainsAny(line, "\r\n") || !isASCII(line) {
				t.Errorf("%q: bad line %q", s, line)
			}
		}
		if got := DecodeText(strings.TrimPrefix(string(field), "Subject:")); got != s {
			t.Errorf("%q came back as %q by way of %q", s, got, field)
		}
	}
}

func TestInjection(t *testing.T) {
	for _, evil := range []string{"x\r\nBcc: y", "x\nBcc: y", "x\rBcc: y", "x\x00\r\n\r\nbody"} {
		for _, field := range [][]byte{AppendText(nil, "Subject", evil, true), AppendField(nil, "X", evil), AppendParams(nil, "X", evil), AppendField(nil, "To", FormatAddress(Address{Name: evil, Addr: evil}, true))} {
			if n := bytes.Count(field, []byte("\r\n")); bytes.Contains(field, []byte("\r\nBcc")) || bytes.Contains(field, []byte("\r\n\r\n")) || n != bytes.Count(field, []byte("\n")) {
				t.Errorf("%q became %q", evil, field)
			}
		}
	}
}

func TestParseAddresses(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []Address
	}{
		{"a@b", []Address{{Addr: "a@b"}}},
		{"A <a@b>, \"B, C\" <c@d>", []Address{{Name: "A", Addr: "a@b"}, {Name: "B, C", Addr: "c@d"}}},
		{"a@b (Name (nested))", []Address{{Name: "Name (nested)", Addr: "a@b"}}},
		{"G: a@b, C <c@d>;, e@f", []Address{{Addr: "a@b", Group: "G"}, {Name: "C", Addr: "c@d", Group: "G"}, {Addr: "e@f"}}},
		{"undisclosed-recipients:;", []Address{{Group: "undisclosed-recipients"}}},
		{"undisclosed-recipients: ;", []Address{{Group: "undisclosed-recipients"}}},
		{"a@b; c@d", []Address{{Addr: "a@b"}, {Addr: "c@d"}}},
		{"=?utf-8?Q?M=C3=BCller,_J?= <a@b>", []Address{{Name: "Müller, J", Addr: "a@b"}}},
		{"=?utf-8?Q?a,b?= <a@b>", []Address{{Name: "a,b", Addr: "a@b"}}},
		{"Joe Doe joe@example.com", []Address{{Name: "Joe Doe", Addr: "joe@example.com"}}},
		{"<@route,@x:a@b>", []Address{{Addr: "a@b"}}},
		{"\"a b\"@c", []Address{{Addr: "\"a b\"@c"}}},
		{"Name <a@b", []Address{{Name: "Name", Addr: "a@b"}}},
		{"'Quoted' <a@b>", []Address{{Name: "Quoted", Addr: "a@b"}}},
		{"<mailto:a@b>", []Address{{Addr: "a@b"}}},
		{"name@home <a@b>", []Address{{Name: "name@home", Addr: "a@b"}}},
		{"postmaster", []Address{{Addr: "postmaster"}}},
		{"Only A Name", []Address{{Name: "Only A Name"}}},
		{",,;", nil}, {"", nil}, {"<>", nil},
		{"user @ host", []Address{{Addr: "user@host"}}},
		{"[a@b]", []Address{{Addr: "[a@b]"}}},
	} {
		got, _ := ParseAddresses(c.in, 100)
		if len(got) != len(c.want) {
			t.Errorf("%q gives %+v, want %+v", c.in, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%q gives %+v, want %+v", c.in, got, c.want)
			}
		}
	}
	if _, more := ParseAddresses("a@b,c@d,e@f", 2); !more {
		t.Error("the limit was not told")
	}
}

// TestFormatAddress holds that what is written comes back.
func TestFormatAddress(t *testing.T) {
	for _, a := range []Address{{Name: "Ann", Addr: "a@b.c"}, {Name: "A, B", Addr: "a@b.c"}, {Name: "Jürgen \"J\" M.", Addr: "j@b.c"}, {Addr: "a@b.c"}, {Name: "back\\slash", Addr: "a@b.c"}, {Name: "(x)", Addr: "a@b.c"}, {Name: "=?utf-8?Q?x?=", Addr: "a@b.c"}, {Name: strings.Repeat("Langer Näme ", 20) + "x", Addr: "a@b.c"}} {
		field := string(AppendField(nil, "To", FormatAddress(a, false)))
		got, _ := ParseAddresses(strings.TrimPrefix(field, "To:"), 10)
		if len(got) != 1 || got[0] != a {
			t.Errorf("%+v came back as %+v by way of %q", a, got, field)
		}
	}
}

func TestParseParams(t *testing.T) {
	for _, c := range []struct{ in, value, name, want string }{
		{"text/plain; charset=utf-8", "text/plain", "charset", "utf-8"},
		{"text/plain; charset=\"utf-8\" (comment)", "text/plain", "charset", "utf-8"},
		{"attachment; filename*=utf-8''%C3%BC.txt; filename=u.txt", "attachment", "filename", "ü.txt"},
		{"attachment; filename*0*=utf-8''%C3; filename*1*=%BC; filename*2=.txt", "attachment", "filename", "ü.txt"},
		{"attachment; filename*1=b; filename*0=a", "attachment", "filename", "ab"},
		{"attachment; filename=\"=?utf-8?Q?=C3=BC?=\"", "attachment", "filename", "ü"},
		{"attachment; filename=a b c.txt", "attachment", "filename", "a b c.txt"},
		{"attachment; filename=\"C:\\temp\\a.txt\"", "attachment", "filename", "C:\\temp\\a.txt"},
		{"attachment; filename=\"a\\\"b\"", "attachment", "filename", "a\"b"},
		{"text/html charset=x", "text/html", "charset", "x"},
		{"; name=x", "", "name", "x"},
		{"x; a; b=c", "x", "b", "c"},
		{"multipart/mixed; boundary=\"a;b=c\"", "multipart/mixed", "boundary", "a;b=c"},
	} {
		value, ps := ParseParams(c.in)
		if value != c.value || ps.Get(c.name) != c.want {
			t.Errorf("%q gives %q %+v", c.in, value, ps)
		}
	}
}

func TestFormatParams(t *testing.T) {
	for _, v := range []string{"a.txt", "a b.txt", "ü.txt", "", "a\"b\\c", strings.Repeat("ü", 100) + ".txt", strings.Repeat("x", 500), "日本語.pdf", "50%.txt", "it's"} {
		field := string(AppendParams(nil, "Content-Disposition", FormatParams("attachment", Params{{"filename", v}, {"size", "5"}})))
		for _, line := range strings.Split(field, "\r\n") {
			if len(line) > 998 || !isASCII(line) {
				t.Errorf("bad line %q", line)
			}
		}
		_, ps := ParseParams(Unfold(strings.TrimPrefix(field, "Content-Disposition:")))
		if ps.Get("filename") != v || ps.Get("size") != "5" {
			t.Errorf("%q came back as %+v by way of %q", v, ps, field)
		}
	}
}

func TestParseDate(t *testing.T) {
	want := time.Date(2026, 5, 5, 8, 11, 12, 0, time.UTC)
	for _, s := range []string{
		"Tue, 5 May 2026 10:11:12 +0200", "5 May 26 08:11:12 GMT", "Tue, 05 May 2026 04:11:12 EDT", "Tue May  5 08:11:12 2026", "2026-05-05T08:11:12Z", "Tuesday, 05-May-26 08:11:12 GMT",
		"Tue, 5 May 2026 10:11:12 +0200 (CEST)", "5 May 2026 10:11:12 +02:00", "Tue,5 May 2026 08:11:12", "May 5, 2026 8:11:12 AM", "Tue, 5 May 2026 08:11:12 -0000", "2026-05-05 08:11:12",
	} {
		got, ok := ParseDate(s)
		if !ok || !got.Equal(want) {
			t.Errorf("%q gives %v, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "yesterday", "5 May", "99 Foo 2026", ":::", "+"} {
		if got, ok := ParseDate(s); ok {
			t.Errorf("%q gives %v", s, got)
		}
	}
}

func TestBase64Reader(t *testing.T) {
	data := make([]byte, 100_000)
	for i := range data {
		data[i] = byte(i * 7)
	}
	var b bytes.Buffer
	w := NewBase64Writer(&b)
	for i := 0; i < len(data); i += 1000 {
		w.Write(data[i : i+1000])
	}
	w.Close()
	for name, text := range map[string]string{
		"CRLF": b.String(), "LF": strings.ReplaceAll(b.String(), "\r\n", "\n"), "one line": strings.ReplaceAll(b.String(), "\r\n", ""),
		"spaces": strings.ReplaceAll(b.String(), "\r\n", " \r\n\t"), "junk": strings.ReplaceAll(b.String(), "\r\n", "!\r\n"), "no padding": strings.TrimRight(b.String(), "=\r\n"),
	} {
		for _, r := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
			got, err := io.ReadAll(NewBase64Reader(r))
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("%s: %d bytes, %v", name, len(got), err)
			}
		}
	}
	if got, _ := io.ReadAll(NewBase64Reader(strings.NewReader("QQ==QQ==\r\nQUI=Q"))); string(got) != "AAAB" {
		t.Errorf("padding in the middle gives %q", got)
	}
}

func TestQP(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"a=3Db", "a=b"}, {"soft=\r\nbreak", "softbreak"}, {"soft=\nbreak", "softbreak"}, {"trailing  \r\nx", "trailing\r\nx"}, {"bad=ZZ", "bad=ZZ"}, {"end=", "end"}, {"=e4", "\xe4"}, {"a= \r\nb", "ab"},
		{strings.Repeat("x", 8190) + "=41" + strings.Repeat("y", 9000), strings.Repeat("x", 8190) + "A" + strings.Repeat("y", 9000)},
	} {
		got, err := io.ReadAll(NewQPReader(strings.NewReader(c.in)))
		if err != nil || string(got) != c.want {
			t.Errorf("%.40q gives %.40q, %v", c.in, got, err)
		}
	}
	for _, s := range []string{"", "x", "ü\r\n", ".\r\nFrom me\r\n", strings.Repeat("ä", 200), "tab\t\r\nspace \r\n", "a=b"} {
		enc := AppendQP(nil, []byte(s))
		for _, line := range bytes.Split(enc, []byte("\r\n")) {
			if len(line) > 76 {
				t.Errorf("line of %d: %q", len(line), line)
			}
		}
		if got, _ := io.ReadAll(NewQPReader(bytes.NewReader(enc))); string(got) != s {
			t.Errorf("%q came back as %q", s, got)
		}
	}
}

func TestUU(t *testing.T) {
	got, err := io.ReadAll(NewUUReader(strings.NewReader("junk\nbegin 644 x\n#0V%T\n`\nend\n")))
	if err != nil || string(got) != "Cat" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestStructure cuts messages into parts, damaged ones too.
func TestStructure(t *testing.T) {
	for _, c := range []struct{ name, raw, want string }{
		{"single", "A: b\r\n\r\nbody", "text/plain[body]"},
		{"no header", "\r\nbody", "text/plain[body]"},
		{"header only", "A: b", "text/plain[]"},
		{"two", "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\na\r\n--x\r\n\r\nb\r\n--x--\r\n", "multipart/mixed(text/plain[a] text/plain[b])"},
		{"LF", "Content-Type: multipart/mixed; boundary=x\n\n--x\n\na\n--x--\n", "multipart/mixed(text/plain[a])"},
		{"CR", "Content-Type: multipart/mixed; boundary=x\r\r--x\r\ra\r--x--\r", "multipart/mixed(text/plain[a])"},
		{"unclosed", "Content-Type: multipart/mixed; boundary=x\n\n--x\n\na\n", "multipart/mixed(text/plain[a\n])"},
		{"prefix", "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/mixed; boundary=xy\n\n--xy\n\na\n--xy--\n--x--\n", "multipart/mixed(multipart/mixed(text/plain[a]))"},
		{"inner unclosed", "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/mixed; boundary=y\n\n--y\n\na\n--x\n\nb\n--x--\n", "multipart/mixed(multipart/mixed(text/plain[a]) text/plain[b])"},
		{"no boundary param", "Content-Type: multipart/mixed\n\n--guess\n\na\n--guess--\n", "multipart/mixed(text/plain[a])"},
		{"boundary never", "Content-Type: multipart/mixed; boundary=x\n\na\n", "multipart/mixed[a\n]"},
		{"message", "Content-Type: message/rfc822\n\nSubject: x\n\nbody", "message/rfc822(text/plain[body])"},
		{"digest", "Content-Type: multipart/digest; boundary=x\n\n--x\n\nA: b\n\nbody\n--x--", "multipart/digest(message/rfc822(text/plain[body]))"},
		{"mbox", "From a@b Mon\nA: b\n\nbody", "text/plain[body]"},
		{"blank start", "  \nSubject: x\nContent-Type: text/html\n\nbody", "text/html[body]"},
		{"space for empty line", "Content-Type: multipart/mixed; boundary=x\n \n--x\nA: b\n\na\n--x--", "multipart/mixed(text/plain[a])"},
		{"boundary in header", "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/html\n--x\n\nb\n--x--", "multipart/mixed(text/html[] text/plain[b])"},
		{"trailing space", "Content-Type: multipart/mixed; boundary=x\n\n--x  \n\na\n--x--  \n", "multipart/mixed(text/plain[a])"},
		{"odd field", "Content-Type: text/html\nX-a b\t!: c\n d\nX-a c: b\n e\n\nbody", "text/html[body]"},
	} {
		if got := shape(t, parse(t, c.raw)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func shape(t *testing.T, p *Part) string {
	if len(p.Parts) == 0 {
		b, err := io.ReadAll(p.Section())
		if err != nil {
			t.Fatal(err)
		}
		return p.Type + "[" + string(b) + "]"
	}
	var inner []string
	for _, c := range p.Parts {
		inner = append(inner, shape(t, c))
	}
	return p.Type + "(" + strings.Join(inner, " ") + ")"
}

// TestLongSource reads parts that lie far apart, across the window's ends.
func TestLongSource(t *testing.T) {
	for _, n := range []int{windowSize - 100, windowSize - 20, windowSize - 3, windowSize - 2, windowSize - 1, windowSize, windowSize + 1, 3*windowSize + 7} {
		raw := "Content-Type: multipart/mixed; boundary=xyz\r\n\r\n--xyz\r\n\r\n" + strings.Repeat("0123456\r\n", n/9) + strings.Repeat("z", n%9) + "\r\n--xyz\r\n\r\nlast\r\n--xyz--\r\n"
		p := parse(t, raw)
		if len(p.Parts) != 2 || p.Parts[0].End-p.Parts[0].Body != int64(n/9*9+n%9) {
			t.Errorf("%d: %d parts", n, len(p.Parts))
		}
	}
}

// TestSourceError holds that a source's failure is told.
func TestSourceError(t *testing.T) {
	if _, err := Parse(broken{}, 1000, wide); err == nil {
		t.Error("no error")
	}
}

type broken struct{}

func (broken) ReadAt([]byte, int64) (int, error) { return 0, io.ErrClosedPipe }

// FuzzAddresses holds that addresses written anew are the same addresses.
func FuzzAddresses(f *testing.F) {
	f.Add("A <a@b>, \"B, C\" <c@d>; G: e@f;")
	f.Add("=?utf-8?Q?x,y?= <a@b> (c")
	f.Fuzz(func(t *testing.T, s string) {
		list, _ := ParseAddresses(s, 1000)
		field := AppendField(nil, "To", FormatAddresses(list, false))
		if bytes.Count(field, []byte("\n")) != bytes.Count(field, []byte("\r\n")) {
			t.Errorf("%q gives %q", s, field)
		}
	})
}

// FuzzParse holds that parts lie within their parents and the source.
func FuzzParse(f *testing.F) {
	f.Add([]byte("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\na\r\n--x--\r\n"))
	f.Add([]byte("Content-Type: message/rfc822\n\nContent-Type: multipart/digest; boundary=\"a b\"\n\n--a b\n\nX: y\n--a b--"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := Parse(bytes.NewReader(raw), int64(len(raw)), Limits{Depth: 5, Parts: 20, HeaderBytes: 1000})
		if err != nil {
			t.Fatal(err)
		}
		within(t, p, 0, int64(len(raw)))
	})
}

func within(t *testing.T, p *Part, from, to int64) {
	if p.Start < from || p.Body < p.Start || p.End < p.Body || p.End > to {
		t.Errorf("part %q lies at %d, %d, %d in %d to %d", p.Number, p.Start, p.Body, p.End, from, to)
	}
	if _, err := io.Copy(io.Discard, p.Open()); err != nil {
		t.Error(err)
	}
	for _, c := range p.Parts {
		within(t, c, p.Body, to)
	}
}
