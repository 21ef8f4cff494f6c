package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Warnings lists what is allowed and risky, each with file and line, and what to write instead. Nothing keeps a gateway with them from
// working.
func (c *Config) Warnings() (list []string) {
	v := &validator{where: &c.where}
	v.riskyFiles(c)
	v.riskyAdmin(&c.Admin)
	for i := range c.Listeners {
		v.riskyListener(fmt.Sprintf("listeners[%d]", i), &c.Listeners[i])
	}
	v.check(c.Logins.UserFailures <= 10, "logins.user_failures", "%d wrong passwords are more than directories allow before they lock an account: 4 is below what they allow",
		c.Logins.UserFailures)
	v.riskyRoutes(c)
	v.riskyInternet(&c.Internet)
	v.check(c.Queue.MinFree > 0, "queue.min_free", "without a floor mail is taken until the disk is full: 64MiB leaves the room that the queue needs to go on")
	v.check(time.Duration(c.Retry.Expire) >= day, "retry.expire", "mail comes back after %s: a weekend without the other side costs mail (RFC 5321 4.5.4.1 asks for 4 to 5 days)", c.Retry.Expire)
	if u, err := url.Parse(c.Tracing.Endpoint); err == nil && u.Scheme == "http" {
		a := Admin{Address: u.Host}
		v.check(a.Loopback(), "tracing.endpoint", "addresses travel to %s in the clear: use https", u.Host)
	}
	for _, err := range v.errs {
		list = append(list, err.Error())
	}
	return list
}

// riskyFiles looks at who can read what is secret.
func (v *validator) riskyFiles(c *Config) {
	if runtime.GOOS == "windows" {
		return // rights are not in the mode there
	}
	open := func(name string) bool {
		info, err := os.Stat(name)
		return err == nil && info.Mode().Perm()&0o004 != 0
	}
	for path := range v.lines {
		key := path[strings.LastIndexByte(path, '.')+1:]
		secret := slices.Contains([]string{"password", "client_secret", "search_password", "token", "secret"}, key) || path == "queue.url"
		if secret && open(c.file) {
			v.fail(path, "everybody on this machine can read this file and the secret in it: chmod o-r, or keep the secret in a file of its own (%s_file)", key)
		}
	}
	for i := range c.Exchange {
		path := fmt.Sprintf("exchange[%d].", i)
		for key, name := range map[string]string{"password_file": c.Exchange[i].PasswordFile, "client_key": c.Exchange[i].ClientKey,
			"oauth2.client_secret_file": c.Exchange[i].OAuth2.ClientSecretFile, "oauth2.key": c.Exchange[i].OAuth2.Key, "kerberos.keytab": c.Exchange[i].Kerberos.Keytab} {
			v.check(name == "" || !open(name), path+key, "everybody on this machine can read %s: chmod o-r", name)
		}
	}
	for i := range c.Listeners {
		key := c.Listeners[i].Key
		v.check(key == "" || !open(key), fmt.Sprintf("listeners[%d].key", i), "everybody on this machine can read %s: chmod o-r", key)
	}
	v.sortLines()
}

// sortLines puts what comes from maps in the order of the file.
func (v *validator) sortLines() {
	slices.SortFunc(v.errs, func(a, b error) int { return strings.Compare(padded(a), padded(b)) })
}

// padded is an error's text with a line number that sorts.
func padded(err error) string {
	file, rest, _ := strings.Cut(err.Error(), ":")
	line, rest, _ := strings.Cut(rest, ":")
	return fmt.Sprintf("%s:%8s:%s", file, line, rest)
}

func (v *validator) riskyAdmin(a *Admin) {
	v.check(a.Anonymous != RoleOperator, "admin.anonymous", "whoever reaches %s, from any account of this machine, may read, hold and drop all mail: give admin.tokens, and leave this read-only", a.Address)
	if a.Address == "" || a.Loopback() {
		return
	}
	v.check(!a.PlainHTTP || len(a.Proxy.Networks) > 0, "admin.plain_http", "passwords and mail travel to %s in the clear: give admin.cert and admin.key", a.Address)
}

// A network with more addresses than these is no department.
const (
	wide4 = 16
	wide6 = 48
)

func (v *validator) riskyListener(path string, l *Listener) {
	if l.Mode == ModePlain && l.AuthPlaintext {
		own := Admin{Address: l.Address}
		v.check(own.Loopback() || strings.HasPrefix(l.Address, "unix:"), path+".auth_plaintext", "passwords travel in the clear: use mode starttls with require_tls")
	}
	v.check(l.Mode != ModeSTARTTLS || !l.SignsIn() || !l.AuthPlaintext, path+".auth_plaintext", "passwords may travel in the clear, although TLS is offered: leave it out")
	for i, n := range l.Networks {
		v.check(!wide(n), fmt.Sprintf("%s.networks[%d]", path, i), "%s is very large, and every machine in it may send as anybody: name the networks of those who send", n)
	}
	for i, n := range l.OldTLS {
		v.check(!wide(n), fmt.Sprintf("%s.old_tls[%d]", path, i), "%s is very large: TLS 1.0 and 1.1 are for the few devices that know nothing newer", n)
	}
	v.check(len(l.Recipients) == 0 || len(l.Filters) > 0 || len(l.Networks)+len(l.Proxies) > 0 || l.SignsIn(), path+".recipients",
		"strangers write to these addresses and nothing looks at what they write: give filters, or networks if only some hosts deliver here")
}

func wide(n netip.Prefix) bool {
	if n.Addr().IsLoopback() {
		return false
	}
	if n.Addr().Is4() {
		return n.Bits() < wide4 && n != netip.MustParsePrefix("10.0.0.0/8") && n != netip.MustParsePrefix("172.16.0.0/12")
	}
	return n.Bits() < wide6
}

// riskyRoutes finds rules that nothing reaches.
func (v *validator) riskyRoutes(c *Config) {
	for i, r := range c.Routes {
		if len(r.Source)+len(r.From)+len(r.To) == 0 && i < len(c.Routes)-1 {
			v.fail(fmt.Sprintf("routes[%d]", i+1), "nothing comes as far as this: the rule before it takes everything")
			return
		}
	}
}

func (v *validator) riskyInternet(n *Internet) {
	v.check(n.TLS != TLSNever, "internet.tls", "mail travels in the clear, even to hosts that offer TLS: opportunistic costs nothing")
	v.check(n.MTASTS || n.TLS == TLSNever, "internet.mta_sts", "domains that ask for verified TLS are not heard: leave it true")
	for i := range n.Smarthosts {
		h, path := &n.Smarthosts[i], fmt.Sprintf("internet.smarthosts[%d]", i)
		v.check(!h.AuthPlaintext || h.User == "", path+".auth_plaintext", "the password travels to %s in the clear where it offers no TLS: use tls required or implicit", h.Name)
		if h.TLS != TLSNever {
			continue
		}
		near := true
		for _, host := range h.Hosts {
			a := Admin{Address: host}
			near = near && a.Loopback()
		}
		v.check(near, path+".tls", "mail travels to %s in the clear: required is the default", h.Name)
	}
}
