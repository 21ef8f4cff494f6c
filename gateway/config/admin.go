package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
)

// Admin is what the operator touches over HTTP: dashboard, API, metrics, health.
type Admin struct {
	Address     string       `yaml:"address"`
	Socket      string       `yaml:"socket"`
	SocketMode  FileMode     `yaml:"socket_mode"`
	SocketGroup string       `yaml:"socket_group"`
	Cert        string       `yaml:"cert"`
	Key         string       `yaml:"key"`
	PlainHTTP   bool         `yaml:"plain_http"`
	URL         string       `yaml:"url"`
	Anonymous   string       `yaml:"anonymous"`
	OpenMetrics bool         `yaml:"open_metrics"`
	Tokens      []AdminToken `yaml:"tokens"`
	Proxy       AdminProxy   `yaml:"proxy"`
	OIDC        AdminOIDC    `yaml:"oidc"`
}

// Tracing says where OpenTelemetry traces go.
type Tracing struct {
	Endpoint string `yaml:"endpoint"`
	Percent  int    `yaml:"percent"`
}

// An AdminToken is a bearer token.
type AdminToken struct {
	Name      string `yaml:"name"`
	Token     Secret `yaml:"token"`
	TokenFile string `yaml:"token_file"`
	Role      string `yaml:"role"`
}

// AdminProxy is a reverse proxy that signs people in.
type AdminProxy struct {
	Networks     []netip.Prefix `yaml:"networks"`
	UserHeader   string         `yaml:"user_header"`
	GroupsHeader string         `yaml:"groups_header"`
	Operators    []string       `yaml:"operators"`
	ReadOnly     []string       `yaml:"read_only"`
}

// AdminOIDC is an OpenID provider that signs people in.
type AdminOIDC struct {
	Issuer           string   `yaml:"issuer"`
	ClientID         string   `yaml:"client_id"`
	ClientSecret     Secret   `yaml:"client_secret"`
	ClientSecretFile string   `yaml:"client_secret_file"`
	Scopes           []string `yaml:"scopes"`
	Claim            string   `yaml:"claim"`
	Operators        []string `yaml:"operators"`
	ReadOnly         []string `yaml:"read_only"`
}

// Roles of those who use the dashboard and the API.
const (
	RoleNothing  = "nothing"
	RoleReadOnly = "read-only"
	RoleOperator = "operator"
)

// NoSocket is the value of admin.socket that means none.
const NoSocket = "none"

// AdminSocket gives the path of the socket that commands use, or "".
func (c *Config) AdminSocket() string {
	switch c.Admin.Socket {
	case NoSocket:
		return ""
	case "":
		return filepath.Join(c.Data, "admin.sock")
	}
	return c.Admin.Socket
}

// HasLogin tells whether there is a way to sign in.
func (a *Admin) HasLogin() bool {
	return len(a.Tokens) > 0 || len(a.Proxy.Networks) > 0 || a.OIDC.Issuer != ""
}

// AnonymousRole gives what those may do who have not signed in.
func (a *Admin) AnonymousRole() string {
	switch {
	case a.Anonymous != "":
		return a.Anonymous
	case a.HasLogin():
		return RoleNothing
	}
	return RoleReadOnly
}

// Loopback tells whether only this machine can reach the address.
func (a *Admin) Loopback() bool {
	host, _, err := net.SplitHostPort(a.Address)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func (t *AdminToken) setDefaults() { *t = AdminToken{Role: RoleReadOnly} }

// files gives the names of files, which may be relative to the configuration.
func (a *Admin) files() []*string {
	list := []*string{&a.Cert, &a.Key, &a.OIDC.ClientSecretFile}
	if a.Socket != NoSocket {
		list = append(list, &a.Socket)
	}
	for i := range a.Tokens {
		list = append(list, &a.Tokens[i].TokenFile)
	}
	return list
}

func (a *Admin) secrets(read func(path, name, file string, secret *Secret)) {
	for i := range a.Tokens {
		read(fmt.Sprintf("admin.tokens[%d]", i), "token", a.Tokens[i].TokenFile, &a.Tokens[i].Token)
	}
	read("admin.oidc", "client_secret", a.OIDC.ClientSecretFile, &a.OIDC.ClientSecret)
}

// leastToken is how long a token must be that nobody shall guess.
const leastToken = 20

func (v *validator) admin(a *Admin) {
	v.check((a.Cert == "") == (a.Key == ""), "admin", "cert and key belong together")
	v.check(a.Socket == "" || a.Socket == NoSocket || len(a.Socket) < 104, "admin.socket", "the path is too long for a socket")
	if a.Anonymous != "" {
		v.oneOf("admin.anonymous", a.Anonymous, RoleNothing, RoleReadOnly, RoleOperator)
	}
	if a.URL != "" {
		u, err := url.Parse(a.URL)
		v.check(err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && strings.Trim(u.Path, "/") == "", "admin.url",
			"%q is no URL of a host: write https://gateway.example.org", a.URL)
	}
	v.adminAddress(a)
	for i := range a.Tokens {
		t, path := &a.Tokens[i], fmt.Sprintf("admin.tokens[%d]", i)
		v.check(t.Name != "", path+".name", "is needed: it says who changed a mail")
		v.check(len(t.Token) >= leastToken, path+".token", "must have %d characters at least: openssl rand -base64 30 makes some", leastToken)
		v.oneOf(path+".role", t.Role, RoleReadOnly, RoleOperator)
	}
	v.adminProxy(&a.Proxy)
	v.adminOIDC(a)
}

func (v *validator) tracing(t *Tracing) {
	if t.Endpoint != "" {
		u, err := url.Parse(t.Endpoint)
		v.check(err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "", "tracing.endpoint",
			"%q is no URL: write http://127.0.0.1:4318", t.Endpoint)
	}
	v.check(t.Percent >= 0 && t.Percent <= 100, "tracing.percent", "%d is not from 0 to 100", t.Percent)
}

// adminAddress refuses to show the queue to everybody.
func (v *validator) adminAddress(a *Admin) {
	if a.Address == "" {
		return
	}
	v.address("admin.address", a.Address)
	if a.Loopback() {
		return
	}
	if !a.HasLogin() {
		v.check(a.Anonymous == RoleNothing, "admin.address", "other machines reach %s, and nobody would have to sign in: give admin.tokens, proxy or oidc, "+
			"or say anonymous: nothing and only /metrics, /healthz and /readyz are there, or use 127.0.0.1", a.Address)
		return
	}
	v.check(a.AnonymousRole() == RoleNothing, "admin.anonymous", "must be nothing where other machines reach %s", a.Address)
	v.check(a.Cert != "" || a.PlainHTTP, "admin.address",
		"passwords would travel to %s in the clear: give admin.cert and admin.key, or say plain_http: true if a reverse proxy does HTTPS", a.Address)
}

func (v *validator) adminProxy(p *AdminProxy) {
	if len(p.Networks) == 0 {
		v.check(len(p.Operators)+len(p.ReadOnly) == 0, "admin.proxy.networks", "is needed: from elsewhere the header is not believed")
		return
	}
	for i, n := range p.Networks {
		v.check(n.Bits() > 0, fmt.Sprintf("admin.proxy.networks[%d]", i), "%s is the whole internet: anybody could pretend to be anybody", n)
	}
	v.check(p.UserHeader != "", "admin.proxy.user_header", "is needed")
	v.check(len(p.Operators)+len(p.ReadOnly) > 0, "admin.proxy", "nobody could do anything: give operators or read_only")
}

func (v *validator) adminOIDC(a *Admin) {
	o := &a.OIDC
	if o.Issuer == "" {
		v.check(o.ClientID == "" && o.ClientSecret == "", "admin.oidc.issuer", "is needed")
		return
	}
	v.httpsURL("admin.oidc.issuer", o.Issuer)
	v.check(o.ClientID != "", "admin.oidc.client_id", "is needed")
	v.check(a.URL != "", "admin.url", "is needed with oidc: the provider sends people back there")
	v.check(len(o.Operators)+len(o.ReadOnly) > 0, "admin.oidc", "nobody could do anything: give operators or read_only")
}
