package contentline

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

func parse(t *testing.T, s string) []*Component {
	t.Helper()
	roots, problems, err := Parse(strings.NewReader(s), Limits{})
	if err != nil || len(problems) > 0 {
		t.Fatalf("problems %v, error %v", problems, err)
	}
	return roots
}

func TestParseProperty(t *testing.T) {
	for _, c := range []struct {
		name, line string
		want       Property
	}{
		{"plain", "SUMMARY:Hello: world", Property{Name: "SUMMARY", Value: "Hello: world"}},
		{"lower case", "summary;language=en:x", Property{Name: "SUMMARY", Params: []Param{{"LANGUAGE", []string{"en"}}}, Value: "x"}},
		{"quoted", `ATTENDEE;CN="A; B: C, D";ROLE=CHAIR:mailto:a@b`, Property{Name: "ATTENDEE", Value: "mailto:a@b",
			Params: []Param{{"CN", []string{"A; B: C, D"}}, {"ROLE", []string{"CHAIR"}}}}},
		{"list", `X;MEMBER="a","b",c:v`, Property{Name: "X", Params: []Param{{"MEMBER", []string{"a", "b", "c"}}}, Value: "v"}},
		{"RFC 6868", `X;CN=A ^'B^' ^^ ^n:v`, Property{Name: "X", Params: []Param{{"CN", []string{"A \"B\" ^ \n"}}}, Value: "v"}},
		{"group", "item1.TEL:1", Property{Group: "item1", Name: "TEL", Value: "1"}},
		{"vCard 2.1", "TEL;HOME;VOICE:1", Property{Name: "TEL", Params: []Param{{"TYPE", []string{"HOME"}}, {"TYPE", []string{"VOICE"}}}, Value: "1"}},
		{"vCard 2.1 encoding", "NOTE;QUOTED-PRINTABLE:a=0A=\r\n  b", Property{Name: "NOTE", Params: []Param{{"ENCODING", []string{"QUOTED-PRINTABLE"}}}, Value: "a=0Ab"}},
		{"vCard 2.1 base64", "KEY;BASE64:\r\nQUJD\r\nREVG\r\n", Property{Name: "KEY", Params: []Param{{"ENCODING", []string{"BASE64"}}}, Value: "QUJDREVG"}},
		{"folded", "SUMM\r\n ARY:He\n\tllo\r\n  you", Property{Name: "SUMMARY", Value: "Hello you"}},
		{"folded within a character", "SUMMARY:\xC3\r\n \xA9", Property{Name: "SUMMARY", Value: "é"}},
		{"not UTF-8", "SUMMARY:caf\xe9", Property{Name: "SUMMARY", Value: "café"}},
		{"rubbish behind a quote", `X;CN="A"b:v`, Property{Name: "X", Params: []Param{{"CN", []string{"A"}}}, Value: "v"}},
		{"quote that does not end", `X;CN="A:v`, Property{Name: "X", Params: []Param{{"CN", []string{"A"}}}, Value: "v"}},
	} {
		got := parse(t, "BEGIN:C\r\n"+c.line+"\r\nEND:C\r\n")[0].Properties
		c.want.Line = 2
		if len(got) != 1 || !reflect.DeepEqual(got[0], c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

func TestComponents(t *testing.T) {
	roots := parse(t, "\xEF\xBB\xBFBEGIN:VCALENDAR\nBEGIN:vevent\nUID:1\nBEGIN:VALARM\nEND:VALARM\nEND:VEVENT\nBEGIN:VEVENT\nUID:2\nEND:VCALENDAR\nBEGIN:VCALENDAR\nEND:VCALENDAR")
	if len(roots) != 2 || len(roots[0].Components) != 2 || len(roots[0].Components[0].Components) != 1 || roots[0].Components[1].Value("UID") != "2" {
		t.Errorf("%+v", roots)
	}
}

func TestProblems(t *testing.T) {
	roots, problems, err := Parse(strings.NewReader("UID:outside\nBEGIN:C\nno colon here\n:x\nA:1\nEND:D\nEND:C\n"), Limits{})
	if err != nil || len(problems) != 4 || len(roots) != 1 || roots[0].Value("A") != "1" {
		t.Errorf("problems %v, error %v", problems, err)
	}
	for _, c := range []struct {
		name   string
		in     string
		limits Limits
	}{
		{"lines", strings.Repeat("A:1\n", 100), Limits{Lines: 10}},
		{"line", "A:" + strings.Repeat("x", 1000) + "\nB:2\n", Limits{Line: 100}},
		{"folded line", "A:" + strings.Repeat("x\n ", 1000) + "\nB:2\n", Limits{Line: 100}},
		{"bytes", strings.Repeat("A:1\n", 1000), Limits{Bytes: 100}},
		{"depth", strings.Repeat("BEGIN:X\n", 20), Limits{Depth: 20}},
	} {
		roots, problems, err := Parse(strings.NewReader("BEGIN:C\n"+c.in), c.limits)
		if err != nil || len(problems) != 1 || len(roots) != 1 {
			t.Errorf("%s: problems %v, error %v", c.name, problems, err)
		}
		if c.name == "line" && roots[0].Value("B") != "2" {
			t.Error("the line behind one that is too long is lost")
		}
	}
	broken := errors.New("broken")
	if _, _, err := Parse(iotest.ErrReader(broken), Limits{}); !errors.Is(err, broken) {
		t.Errorf("got %v, want the reader's error", err)
	}
}

func TestValues(t *testing.T) {
	if got := Text(`a\nb\, \; \\ \x`); got != "a\nb, ; \\ \\x" {
		t.Errorf("Text: %q", got)
	}
	if got := List(`a\,b, c,,d`); !reflect.DeepEqual(got, []string{"a,b", "c", "d"}) {
		t.Errorf("List: %q", got)
	}
	if got := Fields(`Doe;Jo\;hn;;Dr.`); !reflect.DeepEqual(got, []string{"Doe", "Jo;hn", "", "Dr."}) {
		t.Errorf("Fields: %q", got)
	}
	for _, s := range []string{"", "a;b,c\\d\ne"} {
		if got := Text(Escape(s)); got != s {
			t.Errorf("%q came back as %q", s, got)
		}
	}
}

func TestWriter(t *testing.T) {
	long := strings.Repeat("日本語 ", 100)
	var out strings.Builder
	w := NewWriter(&out)
	w.Begin("C")
	w.Text("A", long, P("CN", `q"u^o,t;e`), P("EMPTY", ""))
	w.Line("B", "x\x00\x07y")
	w.End("C")
	if w.Err() != nil {
		t.Fatal(w.Err())
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(out.String(), "\r\n"), "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) {
			t.Errorf("line of %d bytes, valid %v", len(line), utf8.ValidString(line))
		}
	}
	c := parse(t, out.String())[0]
	if c.Text("A") != long || c.Get("A").Param("CN") != `q"u^o,t;e` || len(c.Get("A").Params) != 1 || c.Value("B") != "xy" {
		t.Errorf("%+v", c)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nATTENDEE;CN=\"x\";A=^n,b:mailto:x\r\n y\r\nNOTE;QUOTED-PRINTABLE:=\r\nx\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
	f.Fuzz(func(t *testing.T, s string) {
		roots, _, err := Parse(strings.NewReader(s), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		var visit func(c *Component)
		visit = func(c *Component) {
			for _, p := range c.Properties {
				if !utf8.ValidString(p.Value) || p.Name == "" {
					t.Fatalf("%+v", p)
				}
			}
			for _, inner := range c.Components {
				visit(inner)
			}
		}
		for _, c := range roots {
			visit(c)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	s := "BEGIN:VCALENDAR\r\n" + strings.Repeat("BEGIN:VEVENT\r\nSUMMARY:Some words about it\r\nATTENDEE;CN=\"A B\";ROLE=REQ-PARTICIPANT:\r\n mailto:a@b.example\r\nEND:VEVENT\r\n", 1000) + "END:VCALENDAR\r\n"
	b.SetBytes(int64(len(s)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Parse(strings.NewReader(s), Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
