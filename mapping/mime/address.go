package mime

import "strings"

// An Address is one address of a header field.
type Address struct {
	// Name is the display name, decoded, or "".
	Name string
	// Addr is the addr-spec, or whatever stands in its place. Empty for an empty group.
	Addr string
	// Group is the name of the group the address stands in, or "". RFC 5322 3.4
	Group string
}

// ParseAddresses reads an address list as people and programs write it:
// groups, comments as names, missing brackets and quotes, semicolons between
// addresses, encoded words anywhere. An empty group gives one Address with
// neither name nor address. At most limit addresses are read; more tells of others.
func ParseAddresses(raw string, limit int) (list []Address, more bool) {
	p := addressParser{s: Unfold(raw)}
	for p.i < len(p.s) {
		if len(list) >= limit {
			return list, true
		}
		if a, ok := p.next(); ok {
			list = append(list, a)
		}
	}
	return list, false
}

// addressParser goes over an unfolded list.
type addressParser struct {
	s       string
	i       int
	group   string
	members int // of the group so far
	// of the address being read
	text    []byte // words before or without an angle bracket
	addr    string
	hasAddr bool
	comment string
	quoted  bool
}

// next reads up to and over the end of one address.
func (p *addressParser) next() (Address, bool) {
	p.text = p.text[:0]
	p.addr, p.hasAddr, p.comment, p.quoted = "", false, "", false
	for p.i < len(p.s) {
		c := p.s[p.i]
		switch {
		case c == ',':
			p.i++
			return p.finish()
		case c == ';':
			p.i++
			a, ok := p.finish()
			if p.group != "" {
				if !ok && p.members == 0 {
					a, ok = Address{Group: p.group}, true
				}
				p.group = ""
			}
			return a, ok
		case c == ':' && p.group == "" && !p.hasAddr && p.isGroup():
			p.group, p.members = DecodeText(strings.TrimSpace(string(p.text))), 0
			if p.group == "" {
				p.group = "undisclosed-recipients"
			}
			p.text = p.text[:0]
			p.i++
		case c == '"':
			p.quotedString()
		case c == '(':
			p.comment = p.readComment()
		case c == '<':
			p.angle()
		case c == '=' && strings.HasPrefix(p.s[p.i:], "=?"):
			p.word()
		case c == '\\' && p.i+1 < len(p.s):
			p.text = append(p.text, p.s[p.i+1])
			p.i += 2
		default:
			p.text = append(p.text, c)
			p.i++
		}
	}
	a, ok := p.finish()
	if !ok && p.group != "" && p.members == 0 {
		return Address{Group: p.group}, true
	}
	return a, ok
}

// isGroup tells whether what was read is a group's name: words, no address.
func (p *addressParser) isGroup() bool {
	t := strings.TrimSpace(string(p.text))
	return !strings.Contains(t, "@") && !strings.EqualFold(t, "mailto") && !strings.HasPrefix(t, "[")
}

func (p *addressParser) quotedString() {
	p.i++
	var b strings.Builder
	for p.i < len(p.s) && p.s[p.i] != '"' {
		if p.s[p.i] == '\\' && p.i+1 < len(p.s) {
			p.i++
		}
		b.WriteByte(p.s[p.i])
		p.i++
	}
	p.i++
	if p.i < len(p.s) && p.s[p.i] == '@' { // "local part"@domain
		p.text = append(p.text, '"')
		p.text = append(p.text, b.String()...)
		p.text = append(p.text, '"')
		return
	}
	p.quoted = true
	p.text = append(p.text, b.String()...)
}

func (p *addressParser) readComment() string {
	depth := 0
	var b strings.Builder
	for ; p.i < len(p.s); p.i++ {
		switch c := p.s[p.i]; {
		case c == '\\' && p.i+1 < len(p.s):
			p.i++
			b.WriteByte(p.s[p.i])
		case c == '(':
			if depth++; depth > 1 {
				b.WriteByte(c)
			}
		case c == ')':
			if depth--; depth == 0 {
				p.i++
				return b.String()
			}
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// maxAngle bounds how far the end of an address in brackets is looked for.
const maxAngle = 4 << 10

// angle reads <addr>; a route before the address is left out. RFC 5322 4.4
func (p *addressParser) angle() {
	end := strings.IndexByte(p.s[p.i:min(p.i+maxAngle, len(p.s))], '>')
	var inner string
	if end < 0 {
		if end = strings.IndexByte(p.s[p.i:], ','); end < 0 {
			end = len(p.s) - p.i
		}
		inner = p.s[p.i+1 : p.i+end]
		p.i += end
	} else {
		inner = p.s[p.i+1 : p.i+end]
		p.i += end + 1
	}
	inner = strings.TrimLeft(inner, "< ")
	if strings.HasPrefix(inner, "@") {
		if i := strings.IndexByte(inner, ':'); i >= 0 {
			inner = inner[i+1:]
		}
	}
	inner = cleanAddr(inner)
	if p.hasAddr && p.addr != "" && !strings.Contains(inner, "@") {
		return
	}
	if p.hasAddr && p.addr != "" {
		p.text = append(p.text, " <"+p.addr+">"...) // "a@b <c@d>" within brackets twice: the last one is the address
	}
	p.addr, p.hasAddr = inner, true
}

// cleanAddr takes white space, comments and "mailto:" out of an addr-spec.
func cleanAddr(s string) string {
	s = stripComments(s)
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s = s[7:]
	}
	if !strings.Contains(s, `"`) {
		s = strings.Map(func(r rune) rune {
			if r == ' ' || r == '\t' {
				return -1
			}
			return r
		}, s)
	}
	return DecodeText(s)
}

// word copies an encoded word whole, whatever specials it has.
func (p *addressParser) word() {
	_, n := parseWord(p.s[p.i:])
	if n == 0 {
		n = 1
	}
	p.text = append(p.text, p.s[p.i:p.i+n]...)
	p.i += n
}

// finish makes an address of what was read.
func (p *addressParser) finish() (Address, bool) {
	text := strings.TrimSpace(string(p.text))
	a := Address{Group: p.group}
	if p.hasAddr {
		a.Addr, a.Name = p.addr, phrase(text)
		if a.Name == "" && p.comment != "" {
			a.Name = DecodeText(p.comment)
		}
	} else {
		a.Name, a.Addr = splitBare(text, p.quoted)
		if p.comment != "" && a.Addr != "" && a.Name == "" {
			a.Name = DecodeText(p.comment)
		}
	}
	if a.Name == "" && a.Addr == "" {
		return a, false
	}
	p.members++
	return a, true
}

// phrase decodes a display name and takes stray quotes off.
func phrase(s string) string {
	s = DecodeText(s)
	if len(s) >= 2 && (s[0] == '\'' && s[len(s)-1] == '\'' || s[0] == '"' && s[len(s)-1] == '"') {
		s = strings.TrimSpace(s[1 : len(s)-1])
	}
	return s
}

// splitBare finds the address in a text without angle brackets.
func splitBare(text string, quoted bool) (name, addr string) {
	if text == "" {
		return "", ""
	}
	if strings.HasPrefix(text, `"`) && strings.Contains(text, `"@`) {
		return "", DecodeText(text)
	}
	words := strings.Fields(text)
	at := -1
	for i, w := range words {
		if strings.Contains(w, "@") && len(w) > 1 {
			at = i
		}
	}
	switch {
	case len(words) == 1 && !quoted:
		return "", cleanAddr(text)
	case len(words) == 3 && words[1] == "@": // user @ host
		return "", cleanAddr(text)
	case at < 0:
		return phrase(text), ""
	}
	name = phrase(strings.Join(append(words[:at:at], words[at+1:]...), " "))
	return name, cleanAddr(words[at])
}
