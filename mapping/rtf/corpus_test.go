package rtf

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"github.com/mapigate/mapigate/mapping/charset"
)

// squeeze drops white space and the marks that renderers choose themselves
// (bullets, rules), so that two renderings of a text compare equal when their
// characters do.
func squeeze(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) || c == '\u00A0' || c == '\u200B' || c == '\uFEFF' || c == '\u00AD' || strings.ContainsRune("*•·_\x00", c) {
			return -1
		}
		return c
	}, s)
}

// textOfHTML gives the characters a reader of HTML sees.
func textOfHTML(s string) string {
	var out strings.Builder
	z := html.NewTokenizer(strings.NewReader(s))
	hidden := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			return out.String()
		case html.StartTagToken:
			if name, _ := z.TagName(); string(name) == "style" || string(name) == "script" || string(name) == "title" {
				hidden++
			}
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == "style" || string(name) == "script" || string(name) == "title" {
				hidden = max(hidden-1, 0)
			}
		case html.TextToken:
			if hidden == 0 {
				out.Write(z.Text())
			}
		}
	}
}

// withoutTargets drops the <targets> that a plain text body has behind links.
func withoutTargets(s string) string {
	var out strings.Builder
	for {
		open := strings.IndexByte(s, '<')
		if open < 0 {
			return out.String() + s
		}
		end := strings.IndexByte(s[open:], '>')
		if end < 0 {
			return out.String() + s
		}
		target := s[open+1 : open+end]
		out.WriteString(s[:open])
		if !strings.Contains(target, ":") && !strings.HasPrefix(target, "#") {
			out.WriteString(s[open : open+end+1])
		}
		s = s[open+end+1:]
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// difference shows where two strings part.
func difference(got, want string) string {
	n := 0
	for n < len(got) && n < len(want) && got[n] == want[n] {
		n++
	}
	from := max(n-30, 0)
	return fmt.Sprintf("at %d of %d and %d\n   got %.100q\n  want %.100q", n, len(got), len(want), got[min(from, len(got)):], want[min(from, len(want)):])
}

// expectation gives what a document's body should be, as far as a file beside it tells.
func expectation(t *testing.T, path string, body *Body) (want string, isHTML, ok bool) {
	if b, err := os.ReadFile(path + ".PR_HTML.bin"); err == nil {
		s, _ := charset.Decode(b, "")
		return s, true, true
	}
	if b, err := os.ReadFile(path + ".PR_BODY.txt"); err == nil {
		if !utf8.Valid(b) {
			t.Fatalf("%s: body is not UTF-8", path)
		}
		return string(b), false, true
	}
	if b, err := os.ReadFile(path + ".PR_BODY.ansi.txt"); err == nil {
		s, _ := charset.Decode(b, charset.Label(body.CodePage))
		return s, false, true
	}
	return "", false, false
}

func TestCorpusBodies(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared(t, "corpus/rtf"), "*.lzfu"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no compressed RTF in the corpus: %v", err)
	}
	equal, compared := 0, 0
	for _, path := range files {
		name := strings.TrimPrefix(filepath.Base(path), "fromMSG__")
		doc, err := Decompress(readFile(t, path), 0)
		if err != nil {
			t.Logf("%s: %v", name, err)
		}
		if again, err := Decompress(Compress(doc), 0); err != nil || !bytes.Equal(again, doc) {
			t.Errorf("%s: packed again and unpacked, it differs: %v", name, err)
		}
		body, err := ToHTML(doc, Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want, isHTML, ok := expectation(t, path, body)
		if !ok {
			t.Logf("%s: nothing beside it to compare with", name)
			continue
		}
		got := textOfHTML(body.Content)
		if isHTML {
			want = textOfHTML(want)
		} else if body.Kind == EncapsulatedText || body.Kind == Native {
			text, err := ToText(doc, Options{})
			if err != nil {
				t.Error(err)
				continue
			}
			got = text.Content
		}
		got, want = squeeze(withoutTargets(got)), squeeze(withoutTargets(want))
		compared++
		if got == want {
			equal++
		} else {
			t.Logf("%s (kind %d) differs %s", name, body.Kind, difference(got, want))
		}
	}
	fmt.Printf("expected, bodies beside RTF (msgreader-js, rtfde and others): %d of %d equal\n", equal, compared)
	if equal*100 < compared*95 {
		t.Error("less than 95 %")
	}
}

// Expected outputs of other projects: HTML that was de-encapsulated.
func TestCorpusHTML(t *testing.T) {
	dir := shared(t, "corpus/rtf")
	equal := 0
	outputs := map[string]string{
		"msgreader-net__rtf__Issue347.rtf":            "msgreader-net__rtf__Issue347.html",
		"rtf-to-html__input__bulletnumber-test.rtf":   "rtf-to-html__output__outlook__bulletnumber-test.html",
		"rtf-to-html__input__chinese-exotic-test.rtf": "rtf-to-html__output__outlook__chinese-exotic-test.html",
		"rtf-to-html__input__complex-test.rtf":        "rtf-to-html__output__outlook__complex-test.html",
		"rtf-to-html__input__newlines-test.rtf":       "rtf-to-html__output__outlook__newlines-test.html",
		"rtf-to-html__input__russian-test.rtf":        "rtf-to-html__output__outlook__russian-test.html",
		"rtf-to-html__input__simple-test.rtf":         "rtf-to-html__output__outlook__simple-test.html",
	}
	for in, want := range outputs {
		body, err := ToHTML(readFile(t, filepath.Join(dir, in)), Options{})
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		got, expected := body.Content, string(readFile(t, filepath.Join(dir, want)))
		if body.Kind == EncapsulatedText { // the frame is the renderer's own
			got, expected = textOfHTML(got), textOfHTML(expected)
		}
		if got, expected = squeeze(got), squeeze(expected); got != expected {
			t.Errorf("%s: differs %s", in, difference(got, expected))
			continue
		}
		equal++
	}
	fmt.Printf("expected, rtf-to-html and msgreader-net: %d of %d HTML outputs equal\n", equal, len(outputs))
}

func TestCorpusStored(t *testing.T) {
	dir := shared(t, "corpus/rtf")
	got, err := Decompress(readFile(t, filepath.Join(dir, "msgreader-net__rtf__MELA.bin")), 0)
	if want := readFile(t, filepath.Join(dir, "msgreader-net__rtf__MELA.rtf")); err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

// Every document of the corpus can be shown both ways without damage to UTF-8.
func TestCorpusShown(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(shared(t, "corpus/rtf"), "*.rtf"))
	for _, path := range files {
		doc := readFile(t, path)
		for _, show := range []func([]byte, Options) (*Body, error){ToHTML, ToText} {
			body, err := show(doc, Options{})
			if err != nil {
				t.Errorf("%s: %v", filepath.Base(path), err)
				continue
			}
			if !utf8.ValidString(body.Content) || len(squeeze(body.Content)) == 0 && filepath.Base(path) != "tika__testRTFBoldPlain.rtf" { // it has a page header only
				t.Errorf("%s: %d bytes, valid UTF-8 %v", filepath.Base(path), len(body.Content), utf8.ValidString(body.Content))
			}
		}
	}
	t.Logf("%d documents shown", len(files))
}
