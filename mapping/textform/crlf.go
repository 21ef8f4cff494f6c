package textform

import "strings"

// CRLF makes every line end CRLF.
func CRLF(s string) string {
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] == '\n' && (i == 0 || s[i-1] != '\r') {
			n++
		}
	}
	if n == 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + n)
	from := 0
	for i := 0; i < len(s); i++ {
		if s[i] == '\n' && (i == 0 || s[i-1] != '\r') {
			b.WriteString(s[from:i])
			b.WriteString("\r\n")
			from = i + 1
		}
	}
	b.WriteString(s[from:])
	return b.String()
}
