package charset

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// candidates are what unlabelled 8-bit bytes may be, tried against each other.
var candidates = []struct {
	label string
	enc   encoding.Encoding
}{
	{"shift_jis", japanese.ShiftJIS}, {"euc-jp", japanese.EUCJP}, {"gb18030", simplifiedchinese.GB18030}, {"big5", traditionalchinese.Big5}, {"euc-kr", korean.EUCKR},
	{"windows-1251", charmap.Windows1251}, {"koi8-r", charmap.KOI8R}, {"windows-1252", charmap.Windows1252},
}

// Detect guesses the charset of unlabelled bytes: ISO-2022-JP by its escapes,
// UTF-8 by its form, else the candidate that gives the most plausible text,
// windows-1252 in doubt.
func Detect(b []byte) string {
	switch {
	case ascii(b):
		return "us-ascii"
	case looksISO2022JP(b):
		return "iso-2022-jp"
	case utf8.Valid(b) || mostlyUTF8(b):
		return "utf-8"
	}
	sample := b
	if len(sample) > 4096 {
		sample = sample[:4096]
	}
	best, score := "windows-1252", plausible(charmap.Windows1252, sample, 1)+0.15
	for _, c := range candidates {
		kana := 1.0
		if c.label == "gb18030" || c.label == "big5" {
			kana = 0.2 // they can write kana, but who writes Chinese does not
		}
		if s := plausible(c.enc, sample, kana); s > score {
			best, score = c.label, s
		}
	}
	return best
}

// Repair turns bytes without a usable label into UTF-8. UTF-8 with a few
// damaged bytes stays UTF-8 with U+FFFD in their place.
func Repair(b []byte, label string) string {
	if utf8.Valid(b) {
		return string(b)
	}
	if label == "" || canonical(label) == "us-ascii" || !mostlyUTF8(b) {
		if d := Detect(b); d != "utf-8" {
			if out, err := Find(d).NewDecoder().Bytes(b); err == nil {
				return string(out)
			}
		}
	}
	return strings.ToValidUTF8(string(b), "\ufffd")
}

func looksISO2022JP(b []byte) bool {
	s := string(b)
	return strings.Contains(s, "\x1b$B") || strings.Contains(s, "\x1b$@") || strings.Contains(s, "\x1b(J")
}

// mostlyUTF8 tells whether at least nine of ten non-ASCII sequences are UTF-8.
func mostlyUTF8(b []byte) bool {
	good, bad := 0, 0
	for i := 0; i < len(b); {
		if b[i] < 0x80 {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			bad++
		} else {
			good++
		}
		i += n
	}
	return good > 0 && good >= 9*bad
}

// plausible rates text from -1 (certainly not) to 1: letters of one script
// in a row speak for it, undefined bytes, controls and changes of case within a word against it.
func plausible(e encoding.Encoding, b []byte, kana float64) float64 {
	out, err := e.NewDecoder().Bytes(b)
	if err != nil {
		return -1
	}
	var score, n float64
	var prev rune
	for _, r := range string(out) {
		if r >= 0x80 {
			n++
			w := weight(prev, r)
			if r >= 0x3041 && r <= 0x30FF && w > 0 {
				w *= kana
			}
			score += w
		}
		prev = r
	}
	if n == 0 {
		return -1
	}
	return score / n
}

func weight(prev, r rune) float64 {
	switch {
	case r == utf8.RuneError:
		return -6
	case unicode.IsControl(r) || unicode.In(r, unicode.Co, unicode.Cs):
		return -3
	case r >= 0xFF61 && r <= 0xFF9F: // half-width kana are what any 8-bit text looks like in Shift_JIS
		return -0.6
	case r < 0x4E00 && unicode.In(r, unicode.Hiragana, unicode.Katakana), unicode.Is(unicode.Hangul, r):
		return afterASCII(prev, 1)
	case r >= 0x4E00 && r < 0x9FFF:
		return afterASCII(prev, 0.75)
	case r >= 0x3000 && r < 0x3040 || r >= 0xFF00 && r < 0xFF61:
		return 0.7
	case unicode.Is(unicode.Cyrillic, r):
		return cyrillic(prev, r)
	case unicode.Is(unicode.Latin, r):
		switch {
		case unicode.Is(unicode.Latin, prev) && prev < 0x80:
			return 0.75
		case unicode.Is(unicode.Latin, prev):
			return 0.2
		}
		return 0.45
	case unicode.IsPunct(r) || r == 0xA0 || unicode.IsSymbol(r):
		return 0.3
	}
	return -0.3
}

// afterASCII halves what speaks for a letter of East Asia that stands in a Latin word.
func afterASCII(prev rune, w float64) float64 {
	if prev < 0x80 && unicode.IsLetter(prev) {
		return -0.5
	}
	return w
}

// cyrillic rates a letter by the one before it: words are of one script, and
// capitals stand at their beginning.
func cyrillic(prev, r rune) float64 {
	switch {
	case unicode.Is(unicode.Cyrillic, prev) && unicode.IsLower(prev) && unicode.IsUpper(r):
		return -0.8
	case unicode.Is(unicode.Cyrillic, prev):
		return 0.85
	case unicode.IsLetter(prev):
		return -0.5
	}
	return 0.3
}
