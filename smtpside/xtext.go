package smtpside

import (
	"fmt"
	"strconv"
	"strings"
)

// xtext encodes a parameter value (RFC 3461 4): what is not printable ASCII, and + and =, becomes +HH.
func xtext(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < '!' || c > '~' || c == '+' || c == '=' {
			fmt.Fprintf(&b, "+%02X", c)
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// unitext encodes an internationalised address (RFC 6533 3): as utf-8-addr-unitext where the host has SMTPUTF8, where
// characters over 127 stand as they are, else as utf-8-addr-xtext, which is ASCII.
func unitext(s string, utf8 bool) string {
	var b strings.Builder
	for _, r := range s {
		if r < '!' || r == 0x7F || r == '+' || r == '=' || r == '\\' || r > 0x7F && !utf8 {
			fmt.Fprintf(&b, `\x{%02X}`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// orcpt writes an ORCPT parameter (RFC 3461 4.2).
func orcpt(o OriginalRecipient, utf8 bool) string {
	if o.Type == "utf-8" {
		return "utf-8;" + unitext(o.Address, utf8)
	}
	return o.Type + ";" + xtext(o.Address)
}

// String writes the set as NOTIFY has it (RFC 3461 4.1).
func (n Notify) String() string {
	if n&NotifyNever != 0 {
		return "NEVER"
	}
	var words []string
	for _, w := range []struct {
		bit  Notify
		name string
	}{{NotifySuccess, "SUCCESS"}, {NotifyFailure, "FAILURE"}, {NotifyDelay, "DELAY"}} {
		if n&w.bit != 0 {
			words = append(words, w.name)
		}
	}
	return strings.Join(words, ",")
}

// unxtext decodes xtext.
func unxtext(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '+' {
			b.WriteByte(s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", fmt.Errorf("xtext %q ends early", s)
		}
		c, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
		if err != nil || c < ' ' {
			return "", fmt.Errorf("malformed xtext %q", s)
		}
		b.WriteByte(byte(c))
		i += 2
	}
	return b.String(), nil
}
