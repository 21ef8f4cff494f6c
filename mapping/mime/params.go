package mime

import (
	"strings"

	"github.com/mapigate/mapigate/mapping/charset"
)

// A Param is one parameter of a Content-Type or Content-Disposition.
type Param struct{ Name, Value string }

// Params are parameters in their order, names in lower case, values decoded.
type Params []Param

// Get gives the first value of a name in lower case, or "".
func (ps Params) Get(name string) string {
	for i := range ps {
		if ps[i].Name == name {
			return ps[i].Value
		}
	}
	return ""
}

// maxParams bounds the parameters of one field.
const maxParams = 500

// ParseParams cuts a field's value into its lower-case token and its
// parameters, with RFC 2231 continuations and charsets and RFC 2047 words decoded.
func ParseParams(v string) (string, Params) {
	value, rest := v, ""
	if i := strings.IndexByte(v, ';'); i >= 0 {
		value, rest = v[:i], v[i+1:]
	}
	value = stripComments(value)
	if eq := strings.IndexByte(value, '='); eq >= 0 && !strings.Contains(value[:eq], "/") {
		value, rest = "", v // a value that is only parameters
	} else if sp := strings.IndexAny(value, " \t"); sp >= 0 && strings.IndexByte(value, '=') > sp {
		value, rest = value[:sp], v[sp:] // the semicolon is missing
	}
	var raw []rawParam
	for rest != "" && len(raw) < maxParams {
		var p rawParam
		p, rest = nextParam(rest)
		if p.name != "" {
			raw = append(raw, p)
		}
	}
	return strings.ToLower(strings.TrimSpace(value)), assemble(raw)
}

// A rawParam is one parameter as written: name, section and coding apart.
type rawParam struct {
	name    string
	section int // of name*1, -1 without
	coded   bool
	value   string
}

func nextParam(s string) (rawParam, string) {
	s = strings.TrimLeft(s, "; \t\r\n")
	eq := strings.IndexAny(s, "=;")
	if eq < 0 {
		return rawParam{}, ""
	}
	if s[eq] == ';' {
		return rawParam{}, s[eq+1:]
	}
	name := strings.ToLower(stripComments(s[:eq]))
	value, rest := paramValue(strings.TrimLeft(s[eq+1:], " \t"))
	p := rawParam{name: name, section: -1, value: value}
	if base, ok := strings.CutSuffix(p.name, "*"); ok {
		p.name, p.coded = base, true
	}
	if i := strings.LastIndexByte(p.name, '*'); i > 0 {
		if n, ok := atoi(p.name[i+1:]); ok {
			p.name, p.section = p.name[:i], n
		}
	}
	return p, rest
}

// paramValue reads a quoted string or everything up to the semicolon.
func paramValue(s string) (value, rest string) {
	if !strings.HasPrefix(s, `"`) {
		i := strings.IndexByte(s, ';')
		if i < 0 {
			i = len(s)
		}
		return bareValue(s[:i]), s[i:]
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			if n := s[i+1]; n != '"' && n != '\\' {
				b.WriteByte(c) // a Windows path, not a quoted pair
			}
			i++
			b.WriteByte(s[i])
		case c == '"':
			rest := s[i+1:]
			if j := strings.IndexByte(rest, ';'); j >= 0 && strings.IndexByte(rest[:j], '=') < 0 {
				rest = rest[j:]
			}
			return b.String(), rest
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}

// bareValue trims an unquoted value; a name=value that follows white space
// without a semicolon is cut off only where it is a comment.
func bareValue(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.Index(s, " ("); i > 0 && strings.HasSuffix(s, ")") {
		s = strings.TrimSpace(s[:i])
	}
	return s
}

// assemble joins continuations and decodes. RFC 2231 3, 4
func assemble(raw []rawParam) Params {
	var out Params
	for i := range raw {
		p := &raw[i]
		if p.name == "" {
			continue
		}
		if p.section < 0 {
			v := p.value
			if p.coded {
				v = decodeExtended(v)
			} else {
				v = DecodeText(v)
			}
			out = set(out, p.name, v, p.coded)
			continue
		}
		name := p.name
		out = set(out, name, join(raw, name), true)
	}
	return out
}

// set keeps the first value of a name, but an extended one wins. RFC 5987 4.2
func set(ps Params, name, value string, wins bool) Params {
	for i := range ps {
		if ps[i].Name == name {
			if wins {
				ps[i].Value = value
			}
			return ps
		}
	}
	return append(ps, Param{name, value})
}

// join puts the sections of one parameter together, in number order.
func join(raw []rawParam, name string) string {
	var bytes []byte
	label := ""
	plain := true
	for section := 0; ; section++ {
		p := sectionOf(raw, name, section)
		if p == nil {
			break
		}
		v := p.value
		if p.coded {
			plain = false
			if section == 0 {
				label, v = cutCharset(v)
			}
			v = percent(v)
		}
		bytes = append(bytes, v...)
		p.name = "" // used
	}
	if plain {
		return DecodeText(string(bytes))
	}
	s, _ := charset.Decode(bytes, label)
	return s
}

func sectionOf(raw []rawParam, name string, section int) *rawParam {
	for i := range raw {
		if raw[i].name == name && raw[i].section == section {
			return &raw[i]
		}
	}
	return nil
}

func decodeExtended(v string) string {
	label, v := cutCharset(v)
	s, _ := charset.Decode([]byte(percent(v)), label)
	return s
}

func cutCharset(v string) (label, rest string) {
	parts := strings.SplitN(v, "'", 3)
	if len(parts) < 3 {
		return "", v
	}
	return parts[0], parts[2]
}

func percent(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if hi, lo := unhex(s[i+1]), unhex(s[i+2]); hi >= 0 && lo >= 0 {
				b = append(b, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

func unhex(c byte) int {
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

func atoi(s string) (int, bool) {
	if s == "" || len(s) > 5 {
		return 0, false
	}
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// stripComments takes RFC 5322 comments out of a structured value.
func stripComments(s string) string {
	if strings.IndexByte(s, '(') < 0 {
		return strings.TrimSpace(s)
	}
	var b strings.Builder
	depth, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			if depth == 0 {
				b.WriteString(s[i : i+2])
			}
			i++
		case c == '"' && depth == 0:
			quoted = !quoted
			b.WriteByte(c)
		case c == '(' && !quoted:
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth == 0:
			b.WriteByte(c)
		}
	}
	return strings.TrimSpace(b.String())
}
