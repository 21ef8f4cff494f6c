package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// OAuth2 says where access tokens come from.
type OAuth2 struct {
	TokenURL         string   `yaml:"token_url"`
	DeviceURL        string   `yaml:"device_url"`
	ClientID         string   `yaml:"client_id"`
	ClientSecret     Secret   `yaml:"client_secret"`
	ClientSecretFile string   `yaml:"client_secret_file"`
	Certificate      string   `yaml:"certificate"`
	Key              string   `yaml:"key"`
	Scopes           []string `yaml:"scopes"`
	TokenFile        string   `yaml:"token_file"`
}

// Kerberos says where tickets come from.
type Kerberos struct {
	Config  string `yaml:"config"`
	Keytab  string `yaml:"keytab"`
	CCache  string `yaml:"ccache"`
	Service string `yaml:"service"`
}

// Proxy is what connections to a server go through.
type Proxy struct {
	URL          string `yaml:"url"`
	User         string `yaml:"user"`
	Password     Secret `yaml:"password"`
	PasswordFile string `yaml:"password_file"`
}

// files gives the paths in the sign-in settings.
func (e *Exchange) files() []*string {
	return []*string{&e.CAFile, &e.PasswordFile, &e.OAuth2.ClientSecretFile, &e.OAuth2.Certificate, &e.OAuth2.Key, &e.OAuth2.TokenFile,
		&e.Kerberos.Config, &e.Kerberos.Keytab, &e.Kerberos.CCache,
		&e.ActiveDirectory.PasswordFile, &e.Proxy.PasswordFile, &e.ClientCertificate, &e.ClientKey}
}

// files gives the paths in a smarthost's settings.
func (s *Smarthost) files() []*string {
	o := &s.OAuth2
	return []*string{&s.CAFile, &s.PasswordFile, &o.ClientSecretFile, &o.Certificate, &o.Key, &o.TokenFile}
}

// Schemes gives the ways of signing in that are allowed, the preferred one first.
func (e *Exchange) Schemes() []string {
	list := strings.Split(e.Auth, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

// signIn checks how a server is signed in to.
func (v *validator) signIn(path string, e *Exchange) {
	schemes := e.Schemes()
	for _, scheme := range schemes {
		v.oneOf(path+".auth", scheme, AuthBasic, AuthNTLM, AuthOAuth2, AuthKerberos, AuthCertificate)
	}
	v.check((e.ClientCertificate == "") == (e.ClientKey == ""), path, "client_certificate and client_key belong together")
	v.proxy(path+".proxy", &e.Proxy)
	byPassword := slices.Contains(schemes, AuthBasic) || slices.Contains(schemes, AuthNTLM)
	if byPassword {
		v.check(e.User != "", path+".user", "is needed")
		v.check(e.Password != "", path+".password", "password or password_file is needed")
	}
	if slices.Contains(schemes, AuthOAuth2) {
		v.oauth2(path+".oauth2", &e.OAuth2)
		v.check(e.Password == "" || byPassword || slices.Contains(schemes, AuthKerberos), path+".password", "is not used with auth: oauth2")
	}
	if slices.Contains(schemes, AuthCertificate) {
		v.check(len(schemes) == 1, path+".auth", "certificate stands alone: the server asks for nothing else then")
		v.check(e.ClientCertificate != "", path+".client_certificate", "is needed with auth: certificate")
		v.check(e.Password == "", path+".password", "is not used with auth: certificate")
	}
	if slices.Contains(schemes, AuthKerberos) {
		v.kerberos(path, e, byPassword)
	}
}

func (v *validator) proxy(path string, p *Proxy) {
	if p.URL == "" {
		v.check(p.User == "", path+".url", "is needed")
		return
	}
	u, err := url.Parse(p.URL)
	v.check(err == nil && u.Hostname() != "" && u.User == nil && slices.Contains([]string{"http", "https", "socks5"}, u.Scheme), path+".url",
		"want http://, https:// or socks5://host:port, with user and password apart")
	v.check((p.User == "") == (p.Password == ""), path, "user and password belong together")
}

// kerberos checks where the keys are from; shared says that the password is another scheme's as well.
func (v *validator) kerberos(path string, e *Exchange, shared bool) {
	ways := 0
	for _, set := range []bool{e.Kerberos.Keytab != "", e.Kerberos.CCache != "", e.Password != ""} {
		if set {
			ways++
		}
	}
	v.check(ways == 1 || shared && ways == 2 && e.Password != "", path+".kerberos", "give keytab, ccache or (one level up) a password, one of them")
	if e.Kerberos.CCache == "" {
		name, realm, _ := strings.Cut(e.User, "@")
		v.check(name != "" && realm != "", path+".user", "is the principal, name@REALM, with auth: kerberos")
	}
}

func (v *validator) oauth2(path string, o *OAuth2) {
	v.httpsURL(path+".token_url", o.TokenURL)
	if o.DeviceURL != "" {
		v.httpsURL(path+".device_url", o.DeviceURL)
	}
	v.check(o.ClientID != "", path+".client_id", "is needed")
	v.check((o.Certificate == "") == (o.Key == ""), path, "certificate and key belong together")
	v.check(o.ClientSecret != "" || o.Certificate != "" || o.TokenFile != "", path,
		"give client_secret_file, certificate with key, or token_file")
	v.check(o.TokenFile == "" || o.Certificate == "", path, "token_file goes with client_secret_file or alone, not with a certificate")
}

// httpsURL lets plain HTTP pass on this machine only: a sidecar, a test.
func (v *validator) httpsURL(path, text string) {
	u, err := url.Parse(text)
	local := err == nil && u.Scheme == "http" && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1" || u.Hostname() == "::1")
	v.check(err == nil && u.Host != "" && (u.Scheme == "https" || local), path, "%q is no https URL", text)
}

// signInSecrets reads the files that hold secrets of a sign-in.
func (c *Config) signInSecrets(i int, read func(path, name, file string, secret *Secret)) {
	e, path := &c.Exchange[i], fmt.Sprintf("exchange[%d]", i)
	read(path, "password", e.PasswordFile, &e.Password)
	read(path+".active_directory", "password", e.ActiveDirectory.PasswordFile, &e.ActiveDirectory.Password)
	read(path+".proxy", "password", e.Proxy.PasswordFile, &e.Proxy.Password)
	read(path+".oauth2", "client_secret", e.OAuth2.ClientSecretFile, &e.OAuth2.ClientSecret)
}
