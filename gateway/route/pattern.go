package route

import (
	"fmt"
	"strings"

	"golang.org/x/net/idna"
)

// A Pattern matches mail addresses without regard to case:
//
//   - every address
//     example.org        every address of this domain
//     *.example.org      every address of its subdomains
//     bob@example.org    this address
//     scan*@example.org  addresses that begin so
//     <>                 the null sender
type Pattern struct{ local, domain string }

// ParsePattern reads a pattern.
func ParsePattern(text string) (Pattern, error) {
	var p Pattern
	if err := p.UnmarshalText([]byte(text)); err != nil {
		return Pattern{}, err
	}
	return p, nil
}

// UnmarshalText reads a pattern from a configuration.
func (p *Pattern) UnmarshalText(b []byte) error {
	text := strings.TrimSpace(string(b))
	if text == "<>" {
		*p = Pattern{}
		return nil
	}
	local, domain := "*", text
	if i := strings.LastIndexByte(text, '@'); i >= 0 {
		local, domain = text[:i], text[i+1:]
	}
	if local == "" { // @example.org
		local = "*"
	}
	if domain == "" || strings.ContainsAny(text, " \t,;<>") {
		return fmt.Errorf("%q is no address pattern: write a domain (example.org), *.example.org, bob@example.org or *", text)
	}
	*p = Pattern{local: strings.ToLower(local), domain: Domain(domain)}
	return nil
}

// String gives the pattern as it can be read again.
func (p Pattern) String() string {
	switch {
	case p == Pattern{}:
		return "<>"
	case p.local == "*":
		return p.domain
	}
	return p.local + "@" + p.domain
}

// Match tells whether the pattern matches an address; "" is the null sender.
func (p Pattern) Match(address string) bool {
	if address == "" || p == (Pattern{}) {
		return address == "" && p == Pattern{}
	}
	i := strings.LastIndexByte(address, '@')
	if i < 0 {
		return p.domain == "*" && p.local == "*"
	}
	return Glob(p.domain, Domain(address[i+1:])) && Glob(p.local, strings.ToLower(address[:i]))
}

// Domain is the form in which domains are compared and grouped: lower case, ASCII (RFC 5891), no dot at the end.
// What is no valid name stays as it is, in lower case.
func Domain(name string) string {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	for i := range len(name) {
		if name[i] >= 0x80 {
			if ascii, err := idna.Lookup.ToASCII(name); err == nil {
				return ascii
			}
			return name
		}
	}
	return name
}

// Glob matches text against a pattern in which * stands for anything.
func Glob(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(text) < len(first)+len(last) || !strings.HasPrefix(text, first) || !strings.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return true
}
