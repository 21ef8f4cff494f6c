package mapping

import (
	"strings"

	"github.com/mapigate/mapigate/mapping/charset"
)

// text8 reads 8-bit text whose code page nobody told.
func text8(b []byte) string {
	s, _ := charset.Decode(b, "")
	return s
}

// decapsulate opens an address of another type that travels within an SMTP
// address: IMCEAEX-_o=Org_cn=Joe+20Doe@example.com. [MS-OXCMAIL] 2.1.3.1
func decapsulate(addr string) (kind, inner string, ok bool) {
	if len(addr) < 7 || !strings.EqualFold(addr[:5], "IMCEA") {
		return "", "", false
	}
	local, _, found := strings.Cut(addr[5:], "@")
	kind, rest, dash := strings.Cut(local, "-")
	if !found || !dash || kind == "" || rest == "" {
		return "", "", false
	}
	var b strings.Builder
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == '_':
			b.WriteByte('/')
		case c == '+' && i+2 < len(rest) && hexValue(rest[i+1]) >= 0 && hexValue(rest[i+2]) >= 0:
			b.WriteByte(byte(hexValue(rest[i+1])<<4 | hexValue(rest[i+2])))
			i += 2
		default:
			b.WriteByte(c)
		}
	}
	return strings.ToUpper(kind), text8([]byte(b.String())), true
}

// encapsulate puts an address of another type into an SMTP address.
func encapsulate(kind, addr, domain string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	b.WriteString("IMCEA" + strings.ToUpper(kind) + "-")
	for i := 0; i < len(addr); i++ {
		switch c := addr[i]; {
		case c == '/':
			b.WriteByte('_')
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '=' || c == '-':
			b.WriteByte(c)
		default:
			b.WriteByte('+')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String() + "@" + domain
}

func hexValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}
