package mime

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// maxLine is where header lines are folded. RFC 5322 2.1.1
const maxLine = 76

// Clean makes a value safe to stand in a header: line breaks become spaces,
// other controls go. No field can be injected through it.
func Clean(v string) string {
	ok := true
	for i := 0; i < len(v) && ok; i++ {
		ok = v[i] >= ' ' && v[i] != 0x7F || v[i] == '\t'
	}
	if ok {
		return v
	}
	v = strings.ReplaceAll(v, "\r\n", " ")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r' || r == '\n':
			return ' '
		case r < ' ' && r != '\t' || r == 0x7F:
			return -1
		}
		return r
	}, v)
}

// AppendField appends a field with an already encoded value, cleaned and
// folded at white space, with CRLF.
func AppendField(dst []byte, name, value string) []byte {
	value = Clean(value)
	dst = append(append(dst, name...), ':')
	col := len(name) + 1
	for len(value) > 0 {
		n := foldPoint(value)
		if col > len(name)+1 && col+n > maxLine {
			dst = append(dst, '\r', '\n')
			if value[0] != ' ' && value[0] != '\t' {
				dst = append(dst, ' ')
			}
			col = 0
		} else if col == len(name)+1 && value[0] != ' ' {
			dst = append(dst, ' ')
			col++
		}
		dst = append(dst, value[:n]...)
		col += n
		value = value[n:]
	}
	return append(dst, '\r', '\n')
}

// AppendParams appends a field with parameters, folded only between them:
// many readers take a fold within a quoted string for part of it.
func AppendParams(dst []byte, name, value string) []byte {
	value = Clean(value)
	dst = append(append(dst, name...), ": "...)
	col := len(name) + 2
	for value != "" {
		n := paramEnd(value)
		if piece := value[:n]; col+len(piece) > maxLine && col > len(name)+2 {
			dst = append(dst, "\r\n "...)
			value, n, col = value[1:], n-1, 1
		}
		dst = append(dst, value[:n]...)
		col += n
		value = value[n:]
	}
	return append(dst, '\r', '\n')
}

// paramEnd gives the length up to and with the next semicolon outside of quotes.
func paramEnd(v string) int {
	quoted := false
	for i := 0; i < len(v); i++ {
		switch v[i] {
		case '\\':
			i++
		case '"':
			quoted = !quoted
		case ';':
			if !quoted {
				return i + 1
			}
		}
	}
	return len(v)
}

// foldPoint gives the length of the white space and the word that a value begins with.
func foldPoint(v string) int {
	i := 0
	for i < len(v) && (v[i] == ' ' || v[i] == '\t') {
		i++
	}
	if i == len(v) {
		return i
	}
	if j := strings.IndexAny(v[i:], " \t"); j >= 0 {
		return i + j
	}
	return len(v)
}

// AppendText appends a field with unstructured text, words encoded where needed.
func AppendText(dst []byte, name, text string, utf8ok bool) []byte {
	return AppendField(dst, name, EncodeText(text, len(name)+2, utf8ok))
}

// EncodeText encodes unstructured text: ASCII stays, from the first word that
// needs it to the last there are RFC 2047 words in UTF-8.
func EncodeText(text string, col int, utf8ok bool) string {
	text = strings.ToValidUTF8(strings.Map(noLineBreak, strings.ReplaceAll(text, "\r\n", " ")), "\ufffd")
	if utf8ok && !needsWord(text, true) || !needsWord(text, false) {
		return text
	}
	begin, end := wordRange(text)
	var b strings.Builder
	b.WriteString(text[:begin])
	writeWords(&b, text[begin:end], col+begin)
	b.WriteString(text[end:])
	return b.String()
}

// needsWord tells whether text can't stand as it is: not ASCII, looks like a
// word, has lines without a place to fold or white space that folding would change.
func needsWord(text string, utf8ok bool) bool {
	if !utf8ok && !isASCII(text) || hasControl(text) || strings.Contains(text, "=?") || strings.Contains(text, "  ") || strings.IndexByte(text, '\t') >= 0 {
		return true
	}
	if text != "" && (text[0] == ' ' || text[len(text)-1] == ' ') {
		return true
	}
	run := 0
	for i := 0; i < len(text); i++ {
		if run++; text[i] == ' ' {
			run = 0
		}
		if run > 900 {
			return true
		}
	}
	return false
}

// hasControl tells whether there are control characters, which may stand in
// words only.
func hasControl(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] == 0x7F {
			return true
		}
	}
	return false
}

// wordRange gives the bytes from the first word that needs encoding to the end of the last.
func wordRange(text string) (begin, end int) {
	begin, end = -1, len(text)
	for i := 0; i < len(text); {
		for i < len(text) && text[i] == ' ' {
			i++
		}
		j := i
		for j < len(text) && text[j] != ' ' {
			j++
		}
		bad := !isASCII(text[i:j]) || strings.Contains(text[i:j], "=?") || j-i > 900 || hasControl(text[i:j]) ||
			j+1 < len(text) && text[j+1] == ' ' || i > 1 && text[i-2] == ' ' || j == len(text)-1 || i == len(text)
		if bad {
			if begin < 0 {
				begin = i
			}
			end = j
		}
		i = j
	}
	if begin < 0 || text[0] == ' ' {
		begin = 0
	}
	if text[len(text)-1] == ' ' || end <= begin {
		end = len(text)
	}
	return begin, end
}

// writeWords writes text as words of at most 75 characters, never splitting a
// character. RFC 2047 2
func writeWords(b *strings.Builder, text string, col int) {
	useB := preferB(text)
	for first := true; text != ""; first = false {
		room := 75 - len("=?utf-8?x??=")
		if first {
			room = max(room-max(col-1, 0), 12)
		} else {
			b.WriteByte(' ')
		}
		n := takeRunes(text, room, useB)
		b.WriteString("=?utf-8?")
		if useB {
			b.WriteString("B?" + base64.StdEncoding.EncodeToString([]byte(text[:n])))
		} else {
			b.WriteString("Q?")
			writeQ(b, text[:n])
		}
		b.WriteString("?=")
		text = text[n:]
	}
}

// preferB tells whether base64 is shorter than Q.
func preferB(text string) bool {
	escaped := 0
	for i := 0; i < len(text); i++ {
		if !plainQ(text[i]) && text[i] != ' ' {
			escaped++
		}
	}
	return escaped*3 > len(text)
}

// takeRunes gives how many bytes of text fit into room encoded characters, at least one rune.
func takeRunes(text string, room int, useB bool) int {
	n, used := 0, 0
	for n < len(text) {
		_, size := utf8.DecodeRuneInString(text[n:])
		if useB {
			used = (n + size + 2) / 3 * 4
		} else {
			for _, c := range []byte(text[n : n+size]) {
				if used++; !plainQ(c) && c != ' ' {
					used += 2
				}
			}
		}
		if used > room && n > 0 {
			break
		}
		n += size
	}
	return n
}

// plainQ tells whether a byte stands for itself in a word, in a phrase too. RFC 2047 5 (3)
func plainQ(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("!*+-/", c) >= 0
}

func writeQ(b *strings.Builder, s string) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == ' ':
			b.WriteByte('_')
		case plainQ(c):
			b.WriteByte(c)
		default:
			b.WriteByte('=')
			b.WriteByte(upperHex[c>>4])
			b.WriteByte(upperHex[c&15])
		}
	}
}

// FormatAddress writes one address: Name <addr>. RFC 5322 3.4
func FormatAddress(a Address, utf8ok bool) string {
	addr := Clean(a.Addr)
	addr = strings.Map(func(r rune) rune {
		if r == '<' || r == '>' {
			return -1
		}
		return r
	}, addr)
	if a.Name == "" {
		if !strings.Contains(addr, "@") || strings.ContainsAny(addr, " ,;:") {
			return "<" + addr + ">"
		}
		return addr
	}
	return EncodePhrase(a.Name, utf8ok) + " <" + addr + ">"
}

// EncodePhrase writes a display name: atoms, a quoted string or words.
func EncodePhrase(name string, utf8ok bool) string {
	name = strings.ToValidUTF8(strings.Map(noLineBreak, strings.ReplaceAll(name, "\r\n", " ")), "\ufffd")
	if needsWord(name, utf8ok) {
		var b strings.Builder
		writeWords(&b, name, 20)
		return b.String()
	}
	if isAtoms(name) {
		return name
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(name); i++ {
		if name[i] == '"' || name[i] == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(name[i])
	}
	b.WriteByte('"')
	return b.String()
}

func isAtoms(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x80 || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(" !#$%&'*+-/=?^_`{|}~", c) >= 0 {
			continue
		}
		return false
	}
	return s != ""
}

// FormatAddresses writes a list. Addresses of one group stand together as it.
func FormatAddresses(list []Address, utf8ok bool) string {
	var b strings.Builder
	group := ""
	for i, a := range list {
		if a.Group != group && group != "" {
			b.WriteByte(';')
		}
		if i > 0 {
			b.WriteString(", ")
		}
		if a.Group != group && a.Group != "" {
			b.WriteString(EncodePhrase(a.Group, utf8ok) + ":")
			if a.Addr != "" || a.Name != "" {
				b.WriteByte(' ')
			}
		}
		if group = a.Group; a.Addr != "" || a.Name != "" {
			b.WriteString(FormatAddress(a, utf8ok))
		}
	}
	if group != "" {
		b.WriteByte(';')
	}
	return b.String()
}

// FormatParams writes a value with its parameters, RFC 2231 where needed.
// Long and non-ASCII values get a plain RFC 2047 twin under "name" and "filename" only when asked.
func FormatParams(value string, ps Params) string {
	var b strings.Builder
	b.WriteString(value)
	for _, p := range ps {
		b.WriteString("; ")
		writeParam(&b, p)
	}
	return b.String()
}

func writeParam(b *strings.Builder, p Param) {
	v := strings.ToValidUTF8(Clean(p.Value), "\ufffd")
	if isASCII(v) && len(v) <= 900 && !strings.Contains(v, "=?") {
		b.WriteString(p.Name + "=" + quoteParam(v))
		return
	}
	coded := extended(v)
	if len(p.Name)+len(coded)+10 <= 70 {
		b.WriteString(p.Name + "*=utf-8''" + coded)
		return
	}
	for section := 0; coded != ""; section++ {
		n := min(len(coded), 54-len(p.Name))
		for n < len(coded) && n > 2 && (coded[n-1] == '%' || coded[n-2] == '%') {
			n--
		}
		if section > 0 {
			b.WriteString("; ")
		}
		b.WriteString(p.Name + "*" + itoa(section) + "*=")
		if section == 0 {
			b.WriteString("utf-8''")
		}
		b.WriteString(coded[:n])
		coded = coded[n:]
	}
}

// quoteParam writes a token or a quoted string.
func quoteParam(v string) string {
	token := v != ""
	for i := 0; i < len(v) && token; i++ {
		token = v[i] > ' ' && strings.IndexByte(`()<>@,;:\"/[]?=`, v[i]) < 0
	}
	if token {
		return v
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`
}

// extended writes attr-chars as they are and the rest in hex. RFC 2231 7
func extended(v string) string {
	var b strings.Builder
	for i := 0; i < len(v); i++ {
		c := v[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$&+-.^_`{|}~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(upperHex[c>>4])
		b.WriteByte(upperHex[c&15])
	}
	return b.String()
}
