package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// LDAP is the directory that the users of a listener are in.
type LDAP struct {
	URL                string `yaml:"url"`
	CAFile             string `yaml:"ca_file"`
	Plaintext          bool   `yaml:"plaintext"`
	BindDN             string `yaml:"bind_dn"`
	Base               string `yaml:"base"`
	Filter             string `yaml:"filter"`
	SearchDN           string `yaml:"search_dn"`
	SearchPassword     Secret `yaml:"search_password"`
	SearchPasswordFile string `yaml:"search_password_file"`
	NameAttribute      string `yaml:"name_attribute"`
}

// Tokens say which access tokens a listener takes.
type Tokens struct {
	JWKS       string   `yaml:"jwks"`
	Issuer     string   `yaml:"issuer"`
	Audience   []string `yaml:"audience"`
	Scopes     []string `yaml:"scopes"`
	UserClaims []string `yaml:"user_claims"`
}

// Logins bound the guessing of passwords, at all listeners together.
type Logins struct {
	UserFailures    int      `yaml:"user_failures"`
	AddressFailures int      `yaml:"address_failures"`
	Window          Duration `yaml:"window"`
}

// defaultLogins are below what directories lock accounts for.
func defaultLogins() Logins {
	return Logins{UserFailures: 4, AddressFailures: 20, Window: Duration(30 * time.Minute)}
}

// Passwords tells whether clients can sign in with a password.
func (l *Listener) Passwords() bool {
	return l.Users != "" || l.LDAP.URL != "" || l.PassThrough != "" && !l.passTokens
}

// OffersTokens tells whether clients can sign in with an access token.
func (l *Listener) OffersTokens() bool { return l.Tokens.JWKS != "" || l.passTokens }

// SignsIn tells whether clients can sign in at all.
func (l *Listener) SignsIn() bool { return l.Passwords() || l.OffersTokens() }

// files gives the paths in a listener's settings.
func (l *Listener) files() []*string {
	list := []*string{&l.Cert, &l.Key, &l.Users, &l.ClientCA, &l.LDAP.CAFile, &l.LDAP.SearchPasswordFile}
	if !strings.Contains(l.Tokens.JWKS, "://") {
		list = append(list, &l.Tokens.JWKS)
	}
	return list
}

func (v *validator) logins(path string, l *Logins) {
	v.check(l.UserFailures > 0, path+".user_failures", "must be 1 at least")
	v.check(l.AddressFailures > 0, path+".address_failures", "must be 1 at least")
	v.check(l.Window >= Duration(time.Minute), path+".window", "must be a minute at least")
}

func (v *validator) ldap(path string, l *LDAP) {
	if l.URL == "" {
		v.check(*l == LDAP{}, path+".url", "is needed")
		return
	}
	u, err := url.Parse(l.URL)
	v.check(err == nil && u.Host != "" && (u.Scheme == "ldap" || u.Scheme == "ldaps"), path+".url", "%q is no URL: write ldaps://host or ldap://host", l.URL)
	v.check(!l.Plaintext || err == nil && u.Scheme == "ldap", path+".plaintext", "cannot be with ldaps")
	v.check((l.BindDN == "") != (l.Base == ""), path, "give bind_dn, or base and filter to search")
	v.check(l.BindDN == "" || strings.Contains(l.BindDN, "%s"), path+".bind_dn", "needs %%s, which is the user")
	v.check(l.Base == "" || strings.Contains(l.Filter, "%s"), path+".filter", "needs %%s, which is the user")
	v.check(l.BindDN == "" || l.NameAttribute == "", path+".name_attribute", "is for users who are searched for: give base and filter")
	v.check((l.SearchDN == "") == (l.SearchPassword == ""), path+".search_dn", "search_dn and search_password (or search_password_file) belong together")
}

func (v *validator) tokens(path string, t *Tokens) {
	if t.JWKS == "" {
		v.check(t.Issuer == "" && len(t.Audience) == 0, path+".jwks", "is needed")
		return
	}
	if strings.Contains(t.JWKS, "://") {
		v.httpsURL(path+".jwks", t.JWKS)
	}
	v.check(t.Issuer != "", path+".issuer", "is needed")
	v.check(len(t.Audience) > 0, path+".audience", "is needed: who issues the tokens issues others too, which are not for mail")
}

// passThrough checks a listener whose users are Exchange's.
func (v *validator) passThrough(path string, l *Listener) {
	if l.PassThrough == "" {
		return
	}
	at := path + ".pass_through"
	v.check(l.Users == "" && l.LDAP == LDAP{} && l.Tokens.JWKS == "", at, "the credentials are Exchange's: users, ldap and tokens cannot be beside it")
	v.check(len(l.Networks) == 0 && len(l.Recipients) == 0 && !l.TrustSocket && l.ClientCA == "", at,
		"all must sign in: networks, recipients, trust_socket and client_ca cannot be beside it")
}

// passThroughs checks the organisations whose users sign in at listeners.
func (v *validator) passThroughs(c *Config) {
	for i := range c.Listeners {
		l, path := &c.Listeners[i], fmt.Sprintf("listeners[%d].pass_through", i)
		if l.PassThrough == "" {
			continue
		}
		n := slices.IndexFunc(c.Exchange, func(e Exchange) bool { return e.Name == l.PassThrough })
		if n < 0 {
			v.fail(path, "there is no exchange named %q", l.PassThrough)
			continue
		}
		schemes := c.Exchange[n].Schemes()
		l.passTokens = slices.Equal(schemes, []string{AuthOAuth2})
		others := slices.ContainsFunc(schemes, func(scheme string) bool { return scheme != AuthBasic && scheme != AuthNTLM })
		v.check(!others || l.passTokens, path, "needs auth basic, ntlm or both, or oauth2 alone, at exchange %s: what clients sign in with is of no use to %s",
			l.PassThrough, c.Exchange[n].Auth)
	}
}

// loginSecrets reads the files that hold secrets of the listeners.
func (c *Config) loginSecrets(read func(path, name, file string, secret *Secret)) {
	for i := range c.Listeners {
		d := &c.Listeners[i].LDAP
		read(fmt.Sprintf("listeners[%d].ldap", i), "search_password", d.SearchPasswordFile, &d.SearchPassword)
	}
}
