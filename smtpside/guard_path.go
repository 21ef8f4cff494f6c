package smtpside

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// sender mends what the legacy profile may mend in a MAIL command.
func (g *guard) sender() bool {
	g.qualify("FROM:")
	return true
}

// recipient lets "RCPT TO:<postmaster>" through, which every server takes (RFC 5321 4.5.1) but go-smtp.
func (g *guard) recipient() bool {
	g.orig = OriginalRecipient{}
	defer g.original()
	if len(g.arg) > 3 && strings.EqualFold(g.arg[:3], "TO:") {
		path := strings.TrimLeft(g.arg[3:], " ")
		if len(path) >= 12 && strings.EqualFold(path[:12], "<postmaster>") {
			g.shown = "TO:<postmaster@" + g.srv.opts.Hostname + ">" + path[12:]
			return true
		}
	}
	g.qualify("TO:")
	return true
}

// original takes ORCPT out of what go-smtp sees, which knows two types of addresses and refuses the others that there are, as well
// as the UTF-8 that Postfix sends as rfc822 (RFC 3461 4.2, RFC 6533 3). What is malformed is left to it to refuse.
func (g *guard) original() {
	const name = "ORCPT="
	if !g.srv.opts.DSN {
		return
	}
	for at := strings.IndexByte(g.shown, '>'); at >= 0; at++ {
		next := strings.IndexByte(g.shown[at:], ' ')
		if next < 0 {
			return
		}
		at += next
		param, _, _ := strings.Cut(g.shown[at+1:], " ")
		if len(param) < len(name) || !strings.EqualFold(param[:len(name)], name) || strings.Count(g.shown[:at], `"`)%2 != 0 {
			continue
		}
		if orig, ok := parseOriginal(param[len(name):]); ok {
			g.orig = orig
			g.shown = g.shown[:at] + g.shown[at+1+len(param):]
		}
		return
	}
}

// parseOriginal reads what go-smtp does not: xtext of any type but utf-8, and of rfc822 only what is no ASCII.
func parseOriginal(value string) (OriginalRecipient, bool) {
	kind, address, ok := strings.Cut(value, ";")
	kind = strings.ToLower(kind)
	if !ok || kind == "" || address == "" || strings.Trim(kind, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
		return OriginalRecipient{}, false
	}
	text, err := unxtext(address)
	if err != nil || !utf8.ValidString(text) {
		return OriginalRecipient{}, false
	}
	switch {
	case kind == "utf-8", kind == "rfc822" && isASCII(text):
		return OriginalRecipient{}, false
	case kind == "rfc822":
		kind = "utf-8"
	}
	return OriginalRecipient{Type: kind, Address: text}, true
}

// qualify gives an address without a domain ours, as cron and old devices expect it; in the legacy profile only.
func (g *guard) qualify(prefix string) {
	if !g.srv.opts.Legacy || len(g.arg) < len(prefix) || !strings.EqualFold(g.arg[:len(prefix)], prefix) {
		return
	}
	path := strings.TrimLeft(g.arg[len(prefix):], " ")
	name, rest, params := path, "", ""
	if inner, ok := strings.CutPrefix(path, "<"); ok {
		if name, rest, ok = strings.Cut(inner, ">"); !ok {
			return
		}
	} else if name, params, ok = strings.Cut(path, " "); ok {
		rest = " " + params
	}
	name = strings.Trim(name, " ")
	if name == "" || strings.ContainsAny(name, `@"<>!%: `) {
		return
	}
	g.arg = prefix + "<" + name + "@" + g.srv.opts.Hostname + ">" + rest
	g.shown = g.arg
	g.mended("address without domain")
}

// introduce says HELO to go-smtp for a client that begins with MAIL, and keeps its command for afterwards.
func (g *guard) introduce(mail []byte) []byte {
	g.greeted, g.muted = true, true
	g.postponed = mail
	g.mended("no HELO")
	return []byte("HELO unknown\r\n")
}

// mended notes what the legacy profile has mended in the dialogue.
func (g *guard) mended(what string) {
	if !slices.Contains(g.amends, what) {
		g.amends = append(g.amends, what)
	}
}
