package contentline

import "strings"

// Text takes the escapes out of a text value. RFC 5545 3.3.11
func Text(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var out strings.Builder
	out.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			out.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n', 'N':
			out.WriteByte('\n')
		case '\\', ',', ';', ':', '"':
			out.WriteByte(s[i])
		default: // not an escape, so the backslash is meant
			out.WriteByte('\\')
			out.WriteByte(s[i])
		}
	}
	return out.String()
}

// split cuts at a separator that is not escaped.
func split(s string, separator byte) []string {
	var parts []string
	start := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case separator:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}

// List gives the values of a list, without their escapes and the empty ones.
func List(s string) []string {
	var list []string
	for _, part := range split(s, ',') {
		if part = strings.TrimSpace(Text(part)); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// Fields gives the fields of a structured value such as N or ADR, each without
// its escapes. A field that is a list has its values joined with commas.
func Fields(s string) []string {
	parts := split(s, ';')
	for i := range parts {
		parts[i] = strings.TrimSpace(Text(parts[i]))
	}
	return parts
}

var escaper = strings.NewReplacer("\\", "\\\\", ";", "\\;", ",", "\\,", "\r\n", "\\n", "\n", "\\n", "\r", "\\n")

// Escape writes a text value. RFC 5545 3.3.11, RFC 6350 3.4
func Escape(s string) string { return escaper.Replace(s) }

// EscapeList writes a list of text values.
func EscapeList(list []string) string {
	escaped := make([]string, len(list))
	for i, s := range list {
		escaped[i] = Escape(s)
	}
	return strings.Join(escaped, ",")
}

// EscapeFields writes a structured value.
func EscapeFields(fields ...string) string {
	escaped := make([]string, len(fields))
	for i, s := range fields {
		escaped[i] = Escape(s)
	}
	return strings.Join(escaped, ";")
}
