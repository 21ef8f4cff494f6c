package smtpside

import (
	"crypto/tls"
	"fmt"
	"strings"
	"time"
)

// Received writes the trace field for a mail that this peer sent us (RFC 5321 4.4), folded, with its CR LF. by is our name,
// id the mail's in our queue; to is the recipient where there is only one, else "" (the others are nobody's business).
func (p *Peer) Received(by, id, to string, at time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Received: from %s", traceWord(p.Helo))
	if ip, ok := addrIP(p.Addr); ok {
		literal := ip.String()
		if ip.Is6() {
			literal = "IPv6:" + literal
		}
		fmt.Fprintf(&b, " ([%s])", literal)
	}
	fmt.Fprintf(&b, "\r\n\tby %s with %s", traceWord(by), p.Protocol())
	if p.TLS != nil {
		fmt.Fprintf(&b, "\r\n\t(%s %s)", tls.VersionName(p.TLS.Version), tls.CipherSuiteName(p.TLS.CipherSuite))
	}
	fmt.Fprintf(&b, "\r\n\tid %s", traceWord(id))
	if to != "" && isASCII(to) && len(to) < 200 {
		fmt.Fprintf(&b, "\r\n\tfor <%s>", to)
	}
	fmt.Fprintf(&b, ";\r\n\t%s\r\n", at.Format("Mon, 2 Jan 2006 15:04:05 -0700"))
	return b.String()
}

// traceWord keeps a word that a client chose from breaking the field: only what names, address literals and ids are made of.
func traceWord(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x80 && isAlnum(byte(r)) || strings.ContainsRune(".-_:[]+=", r) {
			return r
		}
		return '?'
	}, s[:min(len(s), maxDomain)])
	if s == "" {
		return "unknown"
	}
	return s
}
