package mime

import (
	"encoding/base64"
	"strings"

	"github.com/mapigate/mapigate/mapping/charset"
)

// DecodeText gives the text of an unstructured value or of a phrase: unfolded,
// raw 8-bit bytes repaired, RFC 2047 words decoded. Words that belong together
// are joined as bytes first, since programs split characters between them.
func DecodeText(raw string) string {
	s := Unfold(raw)
	if !strings.Contains(s, "=?") {
		if isASCII(s) {
			return s
		}
		out, _ := charset.Decode([]byte(s), "")
		return out
	}
	var b strings.Builder
	b.Grow(len(s))
	var run wordRun
	for s != "" {
		i := strings.Index(s, "=?")
		if i < 0 {
			break
		}
		w, n := parseWord(s[i:])
		if n == 0 {
			run.flush(&b)
			writeRaw(&b, s[:i+2])
			s = s[i+2:]
			continue
		}
		if gap := s[:i]; run.label == "" || strings.Trim(gap, " \t") != "" {
			run.flush(&b)
			writeRaw(&b, gap) // white space between two words is no text. RFC 2047 6.2
		}
		run.add(&b, w)
		s = s[i+n:]
	}
	run.flush(&b)
	writeRaw(&b, s)
	return b.String()
}

// writeRaw writes what stands outside of words.
func writeRaw(b *strings.Builder, s string) {
	if isASCII(s) {
		b.WriteString(s)
		return
	}
	out, _ := charset.Decode([]byte(s), "")
	b.WriteString(out)
}

// An encodedWord is one RFC 2047 word, transfer encoding undone.
type encodedWord struct {
	label string
	data  []byte
}

// A wordRun collects neighbouring words of one charset.
type wordRun struct {
	label string
	data  []byte
}

func (r *wordRun) add(b *strings.Builder, w encodedWord) {
	if r.label != "" && !strings.EqualFold(r.label, w.label) {
		r.flush(b)
	}
	r.label, r.data = w.label, append(r.data, w.data...)
}

func (r *wordRun) flush(b *strings.Builder) {
	if r.label == "" {
		return
	}
	out, _ := charset.Decode(r.data, r.label)
	b.WriteString(strings.Map(noLineBreak, out))
	r.label, r.data = "", nil
}

func noLineBreak(r rune) rune {
	switch r {
	case '\r', '\n':
		return ' '
	case 0:
		return -1
	}
	return r
}

// maxWord bounds how far the end of a word is looked for. Words have at most
// 75 characters, those of careless programs some thousands.
const maxWord = 16 << 10

// parseWord reads an encoded word at the beginning of s; n is its length, 0
// when there is none. Spaces within Q, missing padding and a missing
// language are understood. RFC 2047 2, RFC 2231 5
func parseWord(s string) (w encodedWord, n int) {
	q1 := strings.IndexByte(s[2:], '?')
	if q1 <= 0 || q1 > 64 || len(s) < 2+q1+3 || s[2+q1+2] != '?' {
		return w, 0
	}
	w.label = s[2 : 2+q1]
	if i := strings.IndexByte(w.label, '*'); i >= 0 {
		w.label = w.label[:i]
	}
	if w.label == "" || strings.ContainsAny(w.label, " \t=\"<>") {
		return w, 0
	}
	coding := s[2+q1+1] | 0x20
	text := s[2+q1+3:]
	text = text[:min(len(text), maxWord)]
	end := strings.Index(text, "?=")
	if end < 0 {
		return w, 0
	}
	if coding == 'q' && end+2 < len(text) && unhexPair(text[end+1:]) && strings.Contains(text[end+2:], "?=") && !strings.ContainsAny(text[end+2:end+2+strings.Index(text[end+2:], "?=")], " ?") {
		end += 2 + strings.Index(text[end+2:], "?=") // "?=E4..." : an unencoded question mark
	}
	switch coding {
	case 'q':
		w.data = decodeQ(text[:end])
	case 'b':
		w.data = decodeB(text[:end])
	default:
		return w, 0
	}
	return w, 2 + q1 + 3 + end + 2
}

func unhexPair(s string) bool {
	return len(s) >= 3 && s[0] == '=' && unhex(s[1]) >= 0 && unhex(s[2]) >= 0
}

func decodeQ(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '_':
			out = append(out, ' ')
		case c == '=' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0:
			out = append(out, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
			i += 2
		default:
			out = append(out, c)
		}
	}
	return out
}

func decodeB(s string) []byte {
	flat := make([]byte, 0, len(s))
	var out []byte
	for i := 0; i < len(s); i++ {
		if c := s[i]; c == '=' { // padding ends a run; another may follow
			out = appendB(out, flat)
			flat = flat[:0]
		} else if isB64(c) {
			flat = append(flat, c)
		}
	}
	return appendB(out, flat)
}

func appendB(out, flat []byte) []byte {
	if len(flat)%4 == 1 {
		flat = flat[:len(flat)-1]
	}
	out, _ = base64.RawStdEncoding.AppendDecode(out, flat)
	return out
}

func isB64(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/'
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 || s[i] == 0x1B {
			return false
		}
	}
	return true
}
