package rtf

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf16"

	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// documentHead is the header of documents that [FromHTML] and [FromText] write.
const documentHead = `{\rtf1\ansi\ansicpg1252\from%s \deff0{\fonttbl` + "\r\n" +
	`{\f0\fswiss Arial;}` + "\r\n" + `{\f1\fmodern Courier New;}` + "\r\n" + `{\f2\fnil\fcharset2 Symbol;}}` + "\r\n" +
	`{\colortbl\red0\green0\blue0;\red0\green0\blue255;}` + "\r\n" + `\uc1\pard\plain\deftab360 \f0\fs20 `

// FromText wraps text into RTF, so that [ToText] gives it back. Line ends may
// be LF or CRLF. [MS-OXRTFEX] 2.2.2
func FromText(text string) []byte {
	var out strings.Builder
	out.Grow(len(text) + len(text)/8 + len(documentHead))
	out.WriteString(strings.Replace(documentHead, "%s", "text", 1))
	for line := range strings.Lines(text) {
		body := strings.TrimRight(line, "\r\n")
		escape(&out, body)
		if len(body) < len(line) {
			out.WriteString("\\par\r\n")
		}
	}
	out.WriteString("}")
	return []byte(out.String())
}

// FromHTML wraps HTML in UTF-8 into RTF: tags are kept word for word for
// readers that know them, and shown as far as RTF can for others.
// [MS-OXRTFEX] 2.2.2
func FromHTML(source string) []byte {
	w := &wrapper{}
	w.out.Grow(2*len(source) + len(documentHead))
	w.out.WriteString(strings.Replace(documentHead, "%s", "html1", 1))
	w.out.WriteString("\r\n" + `{\*\htmltag64}`)
	z := nethtml.NewTokenizer(strings.NewReader(source))
	for {
		kind := z.Next()
		if kind == nethtml.ErrorToken {
			break
		}
		raw := string(z.Raw())
		if kind == nethtml.TextToken {
			w.text(raw)
			continue
		}
		name, _ := z.TagName()
		w.tag(raw, atom.Lookup(name), kind)
	}
	w.out.WriteString("}")
	return []byte(w.out.String())
}

// A wrapper writes HTML as RTF.
type wrapper struct {
	out    strings.Builder
	inHead bool
	// hidden is the element whose text is not shown: style, script, title.
	hidden atom.Atom
}

// text writes what stands between tags. Character references and line ends are
// kept as fragments, with what they show beside them.
func (w *wrapper) text(raw string) {
	if w.inHead || w.hidden != 0 {
		w.fragment(raw, tagUnknown)
		return
	}
	for raw != "" {
		n := strings.IndexAny(raw, "&\r\n")
		if n < 0 {
			n = len(raw)
		}
		escape(&w.out, raw[:n])
		if raw = raw[n:]; raw == "" {
			return
		}
		piece := reference(raw)
		w.fragment(piece, tagText)
		shown := html.UnescapeString(piece)
		if piece[0] != '&' {
			shown = " "
		}
		w.out.WriteString(`\htmlrtf `)
		escape(&w.out, shown)
		w.out.WriteString(`\htmlrtf0 `)
		raw = raw[len(piece):]
	}
}

// maxReference is how long a character reference may be.
const maxReference = 40

// reference gives the character reference or line ends at the start of s.
func reference(s string) string {
	if s[0] != '&' {
		return s[:len(s)-len(strings.TrimLeft(s, "\r\n"))]
	}
	end := strings.IndexByte(s[:min(len(s), maxReference)], ';')
	if end < 0 || strings.ContainsAny(s[1:end], "& <\r\n") {
		return s[:1]
	}
	return s[:end+1]
}

// HTMLTAG parameters: where the fragment is and what it does.
// [MS-OXRTFEX] 2.1.3.1.4.1
const (
	tagInHead  = 1
	tagInHTML  = 2
	tagOutside = 3
	tagClosing = 8

	tagHTML    = 0x10
	tagHead    = 0x20
	tagBody    = 0x30
	tagP       = 0x40
	tagText    = 0x54
	tagBR      = 0x70
	tagFont    = 0x90
	tagUnknown = 0xF0
)

// tag writes one tag and what it does to readers of RTF.
func (w *wrapper) tag(raw string, name atom.Atom, kind nethtml.TokenType) {
	closing := kind == nethtml.EndTagToken
	if name == atom.Head {
		w.inHead = !closing
	}
	if name == atom.Body {
		w.inHead = false
	}
	switch {
	case kind == nethtml.StartTagToken && (name == atom.Style || name == atom.Script || name == atom.Title):
		w.hidden = name
	case closing && name == w.hidden:
		w.hidden = 0
	}
	w.fragment(raw, w.parameter(name, closing))
	shown := starts[name]
	if closing {
		shown = ends[name]
	}
	if shown != "" {
		w.out.WriteString(`\htmlrtf ` + shown + `\htmlrtf0 `)
	}
}

func (w *wrapper) parameter(name atom.Atom, closing bool) int {
	n := tagUnknown
	switch name {
	case atom.Html:
		n = tagHTML | tagOutside
	case atom.Head:
		n = tagHead | tagInHTML
	case atom.Body:
		n = tagBody | tagInHTML
	case atom.P, atom.Div:
		n = tagP
	case atom.Br:
		n = tagBR
	case atom.Span, atom.Font, atom.B, atom.I, atom.U, atom.A:
		n = tagFont
	default:
		if w.inHead {
			n |= tagInHead
		}
	}
	if closing {
		n |= tagClosing
	}
	return n
}

// starts and ends say what tags show to readers of RTF. Formats are turned on
// and off, not grouped, since the tags of mail need not nest.
var (
	starts = map[atom.Atom]string{
		atom.B: `\b `, atom.Strong: `\b `, atom.I: `\i `, atom.Em: `\i `, atom.U: `\ul `, atom.S: `\strike `, atom.Strike: `\strike `,
		atom.Br: `\line `, atom.Hr: `\par `, atom.Li: `\par \'95 `, atom.Td: `\tab `, atom.Th: `\tab `, atom.Tr: `\par `, atom.A: `\ul\cf1 `,
	}
	ends = map[atom.Atom]string{
		atom.B: `\b0 `, atom.Strong: `\b0 `, atom.I: `\i0 `, atom.Em: `\i0 `, atom.U: `\ul0 `, atom.S: `\strike0 `, atom.Strike: `\strike0 `,
		atom.P: `\par `, atom.Div: `\par `, atom.Ul: `\par `, atom.Ol: `\par `, atom.Table: `\par `, atom.Blockquote: `\par `, atom.A: `\ul0\cf0 `,
		atom.H1: `\par `, atom.H2: `\par `, atom.H3: `\par `, atom.H4: `\par `, atom.H5: `\par `, atom.H6: `\par `, atom.Pre: `\par `,
	}
)

// fragment writes a piece of HTML that comes back word for word, but for line
// ends, which become LF.
func (w *wrapper) fragment(raw string, parameter int) {
	w.out.WriteString("\r\n" + `{\*\htmltag` + strconv.Itoa(parameter) + " ")
	raw = strings.ReplaceAll(raw, "\r\n", "\n")
	for {
		line, rest, more := strings.Cut(raw, "\n")
		escape(&w.out, line)
		if !more {
			break
		}
		w.out.WriteString(`\par `)
		raw = rest
	}
	w.out.WriteString("}")
}

// escape writes text as RTF: ASCII as it is, everything else as \u with a
// question mark for readers without Unicode.
func escape(out *strings.Builder, s string) {
	for _, c := range s {
		switch {
		case c == '\\' || c == '{' || c == '}':
			out.WriteByte('\\')
			out.WriteByte(byte(c))
		case c == '\t':
			out.WriteString(`\tab `)
		case c == '\n':
			out.WriteString(`\line `)
		case c < ' ':
		case c < 0x7F:
			out.WriteByte(byte(c))
		case c < 0x10000:
			unicodeWord(out, c)
		default:
			hi, lo := utf16.EncodeRune(c)
			unicodeWord(out, hi)
			unicodeWord(out, lo)
		}
	}
}

func unicodeWord(out *strings.Builder, unit rune) {
	out.WriteString(`\u` + strconv.Itoa(int(int16(unit))) + "?")
}
