package smtpside

import (
	"errors"
	"net/netip"
	"strings"
	"unicode/utf8"
)

// maxDomain is the longest domain name (RFC 5321 4.5.3.1.2); maxMailbox leaves room for long local parts (VERP, SRS)
// beyond the 64 octets of 4.5.3.1.1.
const (
	maxDomain  = 255
	maxLabel   = 63
	maxMailbox = 1000
)

var (
	errNoPath    = errors.New("no address in angle brackets")
	errLocalPart = errors.New("malformed local part")
	errDomain    = errors.New("malformed domain")
	errLong      = errors.New("address too long")
)

// parsePath reads the path that arg starts with ("<a@b> SIZE=1") and returns the mailbox, without brackets and
// without source route (RFC 5321 4.1.2, appendix C). The brackets may be missing, as old devices leave them out.
// The mailbox is as the client wrote it, checked: a mailbox that leaves here can be written into a command again.
func parsePath(arg string) (string, error) {
	arg = strings.TrimLeft(arg, " ")
	rest, bracket := strings.CutPrefix(arg, "<")
	if !bracket {
		end := strings.IndexByte(rest, ' ')
		if end < 0 {
			end = len(rest)
		}
		return rest[:end], checkMailbox(rest[:end])
	}
	end := pathEnd(rest)
	if end < 0 {
		return "", errNoPath
	}
	mailbox := rest[:end]
	if strings.HasPrefix(mailbox, "@") { // a source route: to be ignored
		colon := strings.IndexByte(mailbox, ':')
		if colon < 0 {
			return "", errNoPath
		}
		mailbox = mailbox[colon+1:]
	}
	if mailbox == "" && end == 0 {
		return "", nil
	}
	return mailbox, checkMailbox(mailbox)
}

// pathEnd finds the closing bracket outside of a quoted local part; -1 if there is none.
func pathEnd(s string) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '>' && !quoted:
			return i
		}
	}
	return -1
}

// CheckMailbox tells whether s is a mailbox that can stand in MAIL or RCPT, or "postmaster" alone.
func CheckMailbox(s string) error { return checkMailbox(s) }

// checkMailbox tells whether s is a mailbox of RFC 5321 4.1.2, in UTF-8 as RFC 6531 3.3 extends it. Empty atoms
// ("a..b") pass, as they do everywhere else. "postmaster" stands without a domain (RFC 5321 4.5.1).
func checkMailbox(s string) error {
	if strings.EqualFold(s, "postmaster") {
		return nil
	}
	if len(s) > maxMailbox {
		return errLong
	}
	if !utf8.ValidString(s) {
		return errLocalPart
	}
	local, domain, err := cutMailbox(s)
	if err != nil {
		return err
	}
	if local == "" {
		return errLocalPart
	}
	return checkDomain(domain)
}

// cutMailbox splits at the @ that ends the local part.
func cutMailbox(s string) (local, domain string, err error) {
	if strings.HasPrefix(s, `"`) {
		return cutQuoted(s)
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '@':
			return s[:i], s[i+1:], nil
		case c <= ' ' || c == 0x7F || strings.IndexByte(`()<>[]:;\,"`, c) >= 0:
			return "", "", errLocalPart
		}
	}
	return "", "", errDomain
}

// cutQuoted splits a mailbox with a quoted local part.
func cutQuoted(s string) (local, domain string, err error) {
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
			if i == len(s) || s[i] < ' ' || s[i] >= 0x7F {
				return "", "", errLocalPart
			}
		case c == '"':
			if i+1 == len(s) || s[i+1] != '@' {
				return "", "", errDomain
			}
			return s[:i+1], s[i+2:], nil
		case c < ' ' || c == 0x7F:
			return "", "", errLocalPart
		}
	}
	return "", "", errLocalPart
}

// checkDomain accepts a host name (with underscores, which exist) or an address literal (RFC 5321 4.1.3).
func checkDomain(s string) error {
	if len(s) > maxDomain {
		return errLong
	}
	if strings.HasPrefix(s, "[") {
		if _, err := parseLiteral(s); err != nil {
			return errDomain
		}
		return nil
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(s, "."), ".") {
		if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
			return errDomain
		}
		for i := 0; i < len(label); i++ {
			if c := label[i]; c < utf8.RuneSelf && !isAlnum(c) && c != '-' && c != '_' {
				return errDomain
			}
		}
	}
	return nil
}

// parseLiteral reads an address literal, "[192.0.2.1]" or "[IPv6:2001:db8::1]".
func parseLiteral(s string) (netip.Addr, error) {
	if len(s) < 2 || s[0] != '[' || s[len(s)-1] != ']' {
		return netip.Addr{}, errDomain
	}
	inner := s[1 : len(s)-1]
	if len(inner) > 5 && strings.EqualFold(inner[:5], "IPv6:") {
		addr, err := netip.ParseAddr(inner[5:])
		if err != nil || !addr.Is6() || addr.Zone() != "" {
			return netip.Addr{}, errDomain
		}
		return addr, nil
	}
	addr, err := netip.ParseAddr(inner)
	if err != nil || !addr.Is4() {
		return netip.Addr{}, errDomain
	}
	return addr, nil
}

func isAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// isASCII reports whether s has no octet over 127.
func isASCII[T string | []byte](s T) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
