package smtpside

import (
	"slices"
	"strings"
)

// sender mends what the legacy profile may mend in a MAIL command.
func (g *guard) sender() bool {
	g.qualify("FROM:")
	return true
}

// recipient lets "RCPT TO:<postmaster>" through, which every server takes (RFC 5321 4.5.1) but go-smtp.
func (g *guard) recipient() bool {
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
