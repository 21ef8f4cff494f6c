package mime

import "strings"

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
