package rtf

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"

	"github.com/mapigate/mapigate/mapping/charset"
)

// A font is one entry of the font table.
type font struct {
	name     string
	codepage uint32 // 0 for the document's
	symbol   bool   // bytes are places in the font, not characters
	family   string // generic family of CSS
}

// charsetPages gives the code page of a font's \fcharset. [MSFT-RTF] Font Table
var charsetPages = map[int]uint32{
	0: 1252, 77: 10000, 78: 10001, 79: 10003, 80: 10008, 81: 10002, 83: 10005, 84: 10004, 85: 10006, 86: 10081, 87: 10021,
	88: 10029, 89: 10007, 128: 932, 129: 949, 130: 949, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255,
	178: 1256, 181: 1255, 186: 1257, 204: 1251, 222: 874, 238: 1250, 254: 437, 255: 850,
}

// symbolCharset is the \fcharset of fonts whose bytes are no characters.
const symbolCharset = 2

// fontFamilies pairs the family words with generic families of CSS.
var fontFamilies = map[string]string{
	"froman": "serif", "fswiss": "sans-serif", "fmodern": "monospace", "fscript": "cursive", "fdecor": "fantasy",
}

// maxFonts is how many fonts and colors are kept.
const maxFonts = 4096

// decoders keeps a decoder for each code page of a document.
type decoders map[uint32]*encoding.Decoder

// text decodes bytes of a code page; one that is not known is read as 1252.
func (d decoders) text(b []byte, codepage uint32) string {
	if isASCII(b) && codepage != 65000 {
		return string(b)
	}
	if codepage == charset.UTF8 && utf8.Valid(b) {
		return string(b)
	}
	dec, ok := d[codepage]
	if !ok {
		e := charset.Find(charset.Label(codepage))
		if e == nil || e == encoding.Nop {
			e = charset.Find("windows-1252")
		}
		dec = e.NewDecoder()
		d[codepage] = dec
	}
	dec.Reset()
	s, err := dec.Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return string(s)
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// symbolRunes gives characters for what the symbol fonts of Windows show,
// where Unicode has it: places of Symbol, then those of Wingdings.
var symbolRunes = map[byte]rune{
	0xB7: '•', 0xA7: '▪', 0xD8: '➢', 0xFC: '✓', 0xFB: '✗', 0xA8: '◻', 0xE0: '→', 0xDF: '←', 0xE8: '→', 0x6F: '□', 0x6E: '■', 0x6C: '●', 0x71: '❑', 0x76: '❖',
	0x4A: '☺', 0x4B: '😐', 0x4C: '☹', 0xB3: '≥', 0xA3: '≤', 0xB1: '±', 0xB4: '×', 0xB8: '÷', 0xB9: '≠', 0xAE: '→', 0xAC: '←', 0xD6: '√', 0xE5: '∑', 0xF2: '∫',
}

// greek is what Symbol shows in place of the Latin letters.
var greek = map[byte]rune{
	'a': 'α', 'b': 'β', 'c': 'χ', 'd': 'δ', 'e': 'ε', 'f': 'φ', 'g': 'γ', 'h': 'η', 'i': 'ι', 'k': 'κ', 'l': 'λ', 'm': 'μ', 'n': 'ν', 'o': 'ο', 'p': 'π', 'q': 'θ',
	'r': 'ρ', 's': 'σ', 't': 'τ', 'u': 'υ', 'w': 'ω', 'x': 'ξ', 'y': 'ψ', 'z': 'ζ', 'D': 'Δ', 'F': 'Φ', 'G': 'Γ', 'L': 'Λ', 'P': 'Π', 'Q': 'Θ', 'S': 'Σ', 'W': 'Ω', 'X': 'Ξ', 'Y': 'Ψ',
}

// symbolText gives characters for bytes of a symbol font.
func symbolText(b []byte, name string) string {
	var s strings.Builder
	isSymbol := strings.EqualFold(name, "Symbol")
	for _, c := range b {
		r, ok := symbolRunes[c]
		if isSymbol && greek[c] != 0 {
			r, ok = greek[c], true
		}
		if !ok {
			r = rune(c)
		}
		s.WriteRune(r)
	}
	return s.String()
}

// fontName takes bytes of the font table, where ';' ends an entry.
func (r *reader) fontName(b []byte) {
	f, ok := r.fonts[r.fontNow]
	if !ok && len(r.fonts) >= maxFonts {
		return
	}
	if i := bytes.IndexByte(b, ';'); i >= 0 {
		b = b[:i]
	}
	if len(f.name)+len(b) < 128 {
		f.name += r.decoders.text(b, r.documentPage())
	}
	switch name := strings.ToLower(f.name); {
	case name == "symbol", strings.HasPrefix(name, "wingdings"), name == "webdings":
		f.symbol = true
	}
	r.fonts[r.fontNow] = f
}

// colorEntries takes bytes of the color table, where ';' ends an entry.
func (r *reader) colorEntries(b []byte) {
	for range bytes.Count(b, []byte(";")) {
		if len(r.colors) < maxFonts {
			r.colors = append(r.colors, r.colorNow)
		}
		r.colorNow = color{}
	}
}
