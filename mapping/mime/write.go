package mime

import "strings"

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
