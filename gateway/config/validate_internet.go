package config

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net"
	"slices"
	"strings"
)

func (v *validator) internet(n *Internet) {
	v.oneOf("internet.tls", n.TLS, TLSOpportunistic, TLSRequired, TLSNever)
	v.check(n.Port > 0 && n.Port < 1<<16, "internet.port", "%d is no port", n.Port)
	v.check(n.Workers > 0, "internet.workers", "must be 1 at least")
	v.check(n.PerDestination > 0, "internet.per_destination", "must be 1 at least")
	v.check(n.MailsPerConn > 0, "internet.mails_per_connection", "must be 1 at least")
	if n.TLSReports.From != "" {
		v.mailAddress("internet.tls_reports.from", n.TLSReports.From)
	}
	for i, s := range n.Shaping {
		at := fmt.Sprintf("internet.shaping[%d]", i)
		v.check(len(s.To) > 0, at+".to", "is needed")
		v.shape(at, s.Connections, s.MailsPerConn, s.PerMinute)
	}
	for i, k := range n.DKIM {
		at := fmt.Sprintf("internet.dkim[%d]", i)
		v.check(k.Domain != "" && !strings.ContainsAny(k.Domain, "@ *"), at+".domain", "%q is no domain", k.Domain)
		v.check(k.Selector != "" && !strings.ContainsAny(k.Selector, " ;=@"), at+".selector", "%q is no selector", k.Selector)
		v.check(k.KeyFile != "", at+".key_file", "is needed")
	}
	for i := range n.Smarthosts {
		path := fmt.Sprintf("internet.smarthosts[%d]", i)
		v.smarthost(path, &n.Smarthosts[i])
		v.fallback(path+".fallback", n.Smarthosts[i].Fallback, n)
		v.check(n.Smarthosts[i].Fallback == "" || n.Smarthosts[i].Fallback != n.Smarthosts[i].Name, path+".fallback", "cannot be the same smarthost")
	}
	v.fallback("internet.fallback", n.Fallback, n)
}

func (v *validator) fallback(path, name string, n *Internet) {
	known := slices.ContainsFunc(n.Smarthosts, func(s Smarthost) bool { return s.Name == name })
	v.check(name == "" || known, path, "there is no smarthost named %q", name)
}

func (v *validator) smarthost(path string, s *Smarthost) {
	v.check(s.Name != "" && !strings.ContainsAny(s.Name, "/ "), path+".name", "a name without spaces and slashes is needed")
	v.check(len(s.Hosts) > 0, path+".hosts", "is needed")
	for i, entry := range s.Hosts {
		at := fmt.Sprintf("%s.hosts[%d]", path, i)
		v.check(strings.TrimSpace(entry) != "", at, "is empty")
		for h := range strings.FieldsSeq(entry) {
			host, port, err := net.SplitHostPort(h)
			v.check(err == nil && host != "" && port != "", at, "%q is no address: write host:port", h)
		}
	}
	v.oneOf(path+".tls", s.TLS, TLSOpportunistic, TLSRequired, TLSImplicit, TLSNever)
	protected := s.TLS == TLSRequired || s.TLS == TLSImplicit
	v.smarthostAuth(path, s)
	v.shape(path, s.Connections, s.MailsPerConn, s.PerMinute)
	for i, pin := range s.Pins {
		sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(pin, "sha256:"))
		v.check(err == nil && len(sum) == sha256.Size && strings.HasPrefix(pin, "sha256:"), fmt.Sprintf("%s.pins[%d]", path, i),
			"%q is no pin: write sha256: and the SHA-256 of a public key in base64", pin)
	}
	v.check(len(s.Pins) == 0 || protected, path+".tls", "pins are for required and implicit TLS")
	v.check(s.User == "" || protected || s.AuthPlaintext, path+".tls",
		"%q could send the password in the clear: say auth_plaintext: true if that is meant", s.TLS)
}

func (v *validator) shape(path string, connections, mails, perMinute int) {
	v.check(connections >= 0, path+".connections", "must not be negative")
	v.check(mails >= 0, path+".mails_per_connection", "must not be negative")
	v.check(perMinute >= 0, path+".mails_per_minute", "must not be negative")
}

// smarthostAuth checks how a smarthost is signed in to.
func (v *validator) smarthostAuth(path string, s *Smarthost) {
	v.oneOf(path+".auth", s.Auth, "", SMTPAuthPlain, SMTPAuthLogin, SMTPAuthCRAMMD5, SMTPAuthXOAUTH2, SMTPAuthOAuthBearer)
	if s.Auth != SMTPAuthXOAUTH2 && s.Auth != SMTPAuthOAuthBearer {
		v.check((s.User == "") == (s.Password == ""), path+".user", "user and password (or password_file) belong together")
		v.check(s.OAuth2.TokenURL == "", path+".oauth2", "is for auth: xoauth2 and oauthbearer")
		return
	}
	v.check(s.User != "", path+".user", "is needed with auth: %s", s.Auth)
	v.check(s.Password == "", path+".password", "is not used with auth: %s", s.Auth)
	v.oauth2(path+".oauth2", &s.OAuth2)
}
