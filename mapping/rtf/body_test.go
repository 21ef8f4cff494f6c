package rtf

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestDetect(t *testing.T) {
	for doc, want := range map[string]Kind{
		`{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl}}`: EncapsulatedHTML,
		`{\rtf1\ANSI\ansicpg1251\fromtext \deff0}`:            EncapsulatedText,
		`{\rtf1\ansi\deff0{\fonttbl{\f0 Arial;}}\fromhtml1}`:  Native,
		`{\rtf1\ansi\pard hello \fromhtml1}`:                  Native,
		`{\rtf1\fromhtml0}`:                                   Native,
		``:                                                    Native,
	} {
		if got := Detect([]byte(doc)); got != want {
			t.Errorf("%s: kind %d, want %d", doc, got, want)
		}
	}
}

func TestToText(t *testing.T) {
	for _, c := range []struct{ name, doc, want string }{
		{"words for characters", `{\rtf1\ansi \lquote a\rquote \ldblquote b\rdblquote \endash\emdash\bullet\~x\_y}`, "‘a’“b”–—•\u00A0x\u2011y"},
		{"lines", `{\rtf1 a\par b\line c\tab d\` + "\n" + `e}`, "a\nb\nc\td\ne"},
		{"escapes", `{\rtf1 \{\}\\\'e4}`, `{}\ä`},
		{"document code page", `{\rtf1\ansi\ansicpg1251 \'cf\'f0\'e8}`, "При"},
		{"font code page", `{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 A;}{\f1\fcharset204 B;}}\f1\'cf\f0\'e4}`, "Пä"},
		{"double bytes", `{\rtf1\ansi{\fonttbl{\f0\fcharset128 MS Gothic;}}\f0\'93\'fa\'96{}{\'7b}}`, "日\uFFFD{"},
		{"double byte with plain trail", `{\rtf1\ansi\ansicpg932 \'83A\'83\'43}`, "アイ"},
		{"Unicode with fallback", `{\rtf1\uc1 \u8364?\u8364\'80x}`, "€€x"},
		{"Unicode with two bytes", `{\rtf1\uc2 \u26085\'93\'fax{\uc0\u26412}y}`, "日x本y"},
		{"Unicode negative and pairs", `{\rtf1\uc1 \u-10179?\u-8704?.}`, "😀."},
		{"half a pair", `{\rtf1\uc1 \u-10179?x}`, "\uFFFDx"},
		{"fallback that is missing", `{\rtf1\uc1\u8364\par x}`, "€\nx"},
		{"unknown destination", `{\rtf1 a{\*\whatever hidden {\b too}}b}`, "ab"},
		{"hidden text", `{\rtf1 a{\v hidden}b}`, "ab"},
		{"symbol font", `{\rtf1{\fonttbl{\f3\fcharset2 Symbol;}}{\f3\'b7} x}`, "• x"},
		{"hyperlink", `{\rtf1 {\field{\*\fldinst{HYPERLINK "http://a.example/"}}{\fldrslt{\ul here}}}.}`, "here <http://a.example/> ."},
		{"hyperlink that says its target", `{\rtf1 {\field{\*\fldinst HYPERLINK "mailto:a@b.example"}{\fldrslt a@b.example}}.}`, "a@b.example."},
		{"binary", `{\rtf1 a{\pict\bin5 }}}}}}b}`, "ab"},
		{"both forms", `{\rtf1 {\upr{ansi}{\*\ud{\u8364?}}}}`, "€"},
		{"not closed", `{\rtf1 a{\b b`, "ab"},
		{"closed too often", `{\rtf1 a}}} {\b b}`, "a b"},
		{"padding behind", "{\\rtf1 a}\x00ve", "a"},
		{"line break in an escape", "{\\rtf1 \\'\r\ne4}", "ä"},
		{"cells", `{\rtf1\trowd\intbl a\cell b\cell\row\pard c}`, "a\tb\t\nc"},
	} {
		body, err := ToText([]byte(c.doc), Options{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if body.Content != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, body.Content, c.want)
		}
	}
}

// inBody cuts the head away that every rendering has.
func inBody(s string) string {
	_, s, _ = strings.Cut(s, "<body")
	_, s, _ = strings.Cut(s, ">\n")
	return strings.TrimSuffix(s, "</body>\n</html>\n")
}

func TestToHTMLNative(t *testing.T) {
	for _, c := range []struct{ name, doc, want string }{
		{"formats", `{\rtf1 {\b a}{\i b}{\ul c}{\strike d}{\super e}{\sub f}}`,
			`<p style="margin:0"><b>a</b><i>b</i><u>c</u><s>d</s><sup>e</sup><sub>f</sub></p>` + "\n"},
		{"escaped", `{\rtf1 <&>  x}`, `<p style="margin:0">&lt;&amp;&gt;&nbsp; x</p>` + "\n"},
		{"color and size", `{\rtf1{\colortbl;\red255\green0\blue16;}a{\cf1\fs40 b}}`,
			`<p style="margin:0">a<span style="font-size:20pt;color:#ff0010">b</span></p>` + "\n"},
		{"paragraph", `{\rtf1\pard\qc\li720\fi-360 a\par\pard b}`,
			`<p style="margin:0;text-align:center;margin-left:36pt;text-indent:-18pt">a</p>` + "\n" + `<p style="margin:0">b</p>` + "\n"},
		{"link", `{\rtf1{\field{\*\fldinst HYPERLINK "http://a.example/?x=1&y=2"}{\fldrslt z}}}`,
			`<p style="margin:0"><a href="http://a.example/?x=1&amp;y=2">z</a></p>` + "\n"},
		{"script link", `{\rtf1{\field{\*\fldinst HYPERLINK "javascript:alert(1)"}{\fldrslt z}}}`, `<p style="margin:0">z</p>` + "\n"},
		{"table", `{\rtf1\trowd\pard\intbl a\cell b\cell\row\pard c\par}`,
			`<table border="1" cellspacing="0" cellpadding="3" style="border-collapse:collapse">` + "\n<tr>\n" +
				`<td valign="top"><p style="margin:0">a</p>` + "\n</td>\n" + `<td valign="top"><p style="margin:0">b</p>` + "\n</td>\n</tr>\n</table>\n" +
				`<p style="margin:0">c</p>` + "\n"},
		{"old bullets", `{\rtf1\pard{\pntext\'b7\tab}{\*\pn\pnlvlblt}a\par{\pntext\'b7\tab}b\par\pard c\par}`,
			"<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n" + `<p style="margin:0">c</p>` + "\n"},
		{"numbers from three", `{\rtf1\pard\ls1{\listtext 3.\tab}a\par{\listtext 4.\tab}b\par\pard}`,
			"<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>\n"},
	} {
		body, err := ToHTML([]byte(c.doc), Options{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := inBody(body.Content); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestNotRTF(t *testing.T) {
	for _, doc := range []string{"", "hello", "{\\html}", "\x00\x01"} {
		if _, err := ToHTML([]byte(doc), Options{}); !errors.Is(err, ErrNotRTF) {
			t.Errorf("%q: %v", doc, err)
		}
		if _, err := ToText([]byte(doc), Options{}); !errors.Is(err, ErrNotRTF) {
			t.Errorf("%q: %v", doc, err)
		}
	}
}

func TestLimitAndLosses(t *testing.T) {
	doc := []byte(`{\rtf1 {\pict\pngblip 89504e47}` + strings.Repeat(`line\par `, 1000) + `}`)
	for _, show := range []func([]byte, Options) (*Body, error){ToHTML, ToText} {
		body, err := show(doc, Options{Limit: 500})
		if err != nil || len(body.Content) > 1000 || len(body.Losses) != 2 {
			t.Errorf("%d bytes, losses %v, %v", len(body.Content), body.Losses, err)
		}
	}
	deep := []byte(`{\rtf1 ` + strings.Repeat(`{\b `, 100000) + "x" + strings.Repeat("}", 100000) + " y}")
	if body, err := ToText(deep, Options{}); err != nil || body.Content != "x y" {
		t.Errorf("deep groups: %v, %v", body, err)
	}
}

func TestFromText(t *testing.T) {
	for _, text := range []string{"", "one line", "a\nb\n\nc\n", "\ttabs {and} \\braces", "Grüße, 日本 😀\n", strings.Repeat("long ", 5000)} {
		doc := FromText(text)
		body, err := ToText(doc, Options{})
		if err != nil || body.Kind != EncapsulatedText || body.Content != text {
			t.Errorf("%.40q came back as kind %d, %.60q, %v", text, body.Kind, body.Content, err)
		}
	}
}

func TestFromHTML(t *testing.T) {
	for _, source := range []string{
		"", "plain", "<html><head><title>T &amp; t</title>\n<style>p {color: red}</style></head>\n<body>\n<p class=\"x\">a <b>b</b> &nbsp;&lt; ü 😀<br>\nc\td</p>\n</body></html>\n",
		"<p>a & b < c &unknown; &#8364;</p><!-- {comment} \\ --><script>if (a<b) {}</script>", "<div\nclass=x>\n\n\n</div>",
	} {
		body, err := ToHTML(FromHTML(source), Options{})
		if err != nil || body.Kind != EncapsulatedHTML || body.Content != source {
			t.Errorf("came back as kind %d, %v:\n%q\n%q", body.Kind, err, body.Content, source)
		}
	}
	body, err := ToText(FromHTML("<html><head><title>no</title></head><body><p>a <b>b</b>&nbsp;&lt;</p><p>c</p></body></html>"), Options{})
	if want := "a b\u00A0<\nc\n"; err != nil || body.Content != want {
		t.Errorf("shown as %q, want %q", body.Content, want)
	}
}

func FuzzBody(f *testing.F) {
	f.Add([]byte(`{\rtf1\ansi\ansicpg932\fromhtml1{\fonttbl{\f0\fcharset128 A;}}{\*\htmltag64 <p>}\u-10179?\'83A\htmlrtf x\htmlrtf0}`))
	f.Add([]byte(`{\rtf1{\field{\*\fldinst HYPERLINK "x"}{\fldrslt y}}\trowd\intbl a\cell\row{\listtext 1.}\ls1\ilvl3 b\par}`))
	f.Add(FromHTML("<b>x</b>&amp;"))
	f.Fuzz(func(t *testing.T, doc []byte) {
		for _, show := range []func([]byte, Options) (*Body, error){ToHTML, ToText} {
			body, err := show(doc, Options{Limit: 1 << 16})
			if err != nil {
				continue
			}
			if !utf8.ValidString(body.Content) || len(body.Content) > 1<<16+1000 {
				t.Fatalf("%d bytes, valid %v", len(body.Content), utf8.ValidString(body.Content))
			}
		}
	})
}

func BenchmarkToHTML(b *testing.B) {
	for name, doc := range map[string][]byte{
		"encapsulated": FromHTML("<html><body>" + strings.Repeat("<p class=x>Some words of a mail, <b>some</b> of them&nbsp;bold ü.</p>\n", 2000) + "</body></html>"),
		"native":       []byte(`{\rtf1\ansi ` + strings.Repeat(`\pard\plain\f0\fs20 Some words of a mail, {\b some} of them bold.\par`+"\r\n", 2000) + "}"),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ToHTML(bytes.Clone(doc), Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
