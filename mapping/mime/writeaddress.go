package mime

import "strings"

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
