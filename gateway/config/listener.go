package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/route"
)

// A Listener takes mail in by SMTP.
type Listener struct {
	Name          string          `yaml:"name"`
	Address       string          `yaml:"address"`
	SocketMode    FileMode        `yaml:"socket_mode"`
	TrustSocket   bool            `yaml:"trust_socket"`
	Protocol      string          `yaml:"protocol"`
	Proxies       []netip.Prefix  `yaml:"proxies"`
	XClient       []netip.Prefix  `yaml:"xclient"`
	Mode          string          `yaml:"mode"`
	Cert          string          `yaml:"cert"`
	Key           string          `yaml:"key"`
	RequireTLS    bool            `yaml:"require_tls"`
	ClientCA      string          `yaml:"client_ca"`
	Users         string          `yaml:"users"`
	LDAP          LDAP            `yaml:"ldap"`
	Tokens        Tokens          `yaml:"tokens"`
	PassThrough   string          `yaml:"pass_through"`
	AuthPlaintext bool            `yaml:"auth_plaintext"`
	Synchronous   bool            `yaml:"synchronous"`
	Networks      []netip.Prefix  `yaml:"networks"`
	Recipients    []route.Pattern `yaml:"recipients"`
	Clients       []Client        `yaml:"clients"`
	Filters       []Filter        `yaml:"filters"`
	Legacy        bool            `yaml:"legacy"`
	Duplicates    Duration        `yaml:"duplicates"`
	OldTLS        []netip.Prefix  `yaml:"old_tls"`
	Limits        Limits          `yaml:"limits"`

	passTokens bool // what is passed through is tokens
}

// A Client is a rule for some of a listener's clients: all of user and network that is set must fit.
type Client struct {
	User                string          `yaml:"user"`
	Network             netip.Prefix    `yaml:"network"`
	From                []route.Pattern `yaml:"from"`
	MessageSize         Size            `yaml:"message_size"`
	Recipients          int             `yaml:"recipients"`
	Sessions            int             `yaml:"sessions"`
	MailsPerMinute      int             `yaml:"mails_per_minute"`
	MailsPerDay         int             `yaml:"mails_per_day"`
	RecipientsPerMinute int             `yaml:"recipients_per_minute"`
	RecipientsPerDay    int             `yaml:"recipients_per_day"`
}

// A Filter is a milter that sees the mail of a listener.
type Filter struct {
	Name     string   `yaml:"name"`
	Address  string   `yaml:"address"`
	Timeout  Duration `yaml:"timeout"`
	Optional bool     `yaml:"optional"`
}

// Modes of a listener.
const (
	ModePlain    = "plain"
	ModeSTARTTLS = "starttls"
	ModeTLS      = "tls"
)

// Protocols of a listener.
const (
	ProtocolSMTP = "smtp"
	ProtocolLMTP = "lmtp"
)

// Limits bound what a client may cost.
type Limits struct {
	MessageSize        Size     `yaml:"message_size"`
	Recipients         int      `yaml:"recipients"`
	Sessions           int      `yaml:"sessions"`
	SessionsPerAddress int      `yaml:"sessions_per_address"`
	Errors             int      `yaml:"errors"`
	CommandTimeout     Duration `yaml:"command_timeout"`
	DataTimeout        Duration `yaml:"data_timeout"`
	Queued             int      `yaml:"queued"`
	QueuedPerClient    int      `yaml:"queued_per_client"`
}

func (l *Listener) setDefaults() {
	*l = Listener{
		Mode: ModeSTARTTLS, Protocol: ProtocolSMTP, SocketMode: 0o660,
		Limits: Limits{
			MessageSize: 50 << 20, Recipients: 1000, Sessions: 1000, SessionsPerAddress: 100, Errors: 20,
			CommandTimeout: Duration(5 * time.Minute), DataTimeout: Duration(3 * time.Minute),
		},
	}
}

func (f *Filter) setDefaults() { *f = Filter{Timeout: Duration(30 * time.Second)} }

func (v *validator) listener(path string, l *Listener) {
	v.check(l.Name != "", path+".name", "is needed: routes, logs and metrics use it")
	v.check(!slices.Contains(sourceKinds, l.Name), path+".name", "%q is the name of a kind of source", l.Name)
	v.socket(path, l)
	v.oneOf(path+".mode", l.Mode, ModePlain, ModeSTARTTLS, ModeTLS)
	v.oneOf(path+".protocol", l.Protocol, ProtocolSMTP, ProtocolLMTP)
	if l.Mode == ModePlain {
		v.check(!l.RequireTLS, path+".require_tls", "cannot be with mode plain")
		v.check(!l.SignsIn() || l.AuthPlaintext, path+".auth_plaintext", "with mode plain passwords would travel in the clear: say auth_plaintext: true if that is meant")
	} else {
		v.check(l.Cert != "" && l.Key != "", path+".cert", "mode %s needs cert and key", l.Mode)
	}
	v.ldap(path+".ldap", &l.LDAP)
	v.tokens(path+".tokens", &l.Tokens)
	v.passThrough(path, l)
	v.check(l.SignsIn() || len(l.Networks) > 0 || len(l.Recipients) > 0 || l.TrustSocket || l.ClientCA != "", path,
		"nobody could send through this listener: give users, ldap, tokens, pass_through, networks, recipients, client_ca or trust_socket")
	for i, f := range l.Filters {
		at := fmt.Sprintf("%s.filters[%d]", path, i)
		v.check(f.Name != "", at+".name", "is needed")
		if file, unix := strings.CutPrefix(f.Address, "unix:"); unix {
			v.check(strings.HasPrefix(file, "/"), at+".address", "%q is no path of a socket: write unix:/run/filter.sock", file)
		} else {
			v.address(at+".address", f.Address)
		}
		v.check(f.Timeout >= Duration(time.Second), at+".timeout", "must be a second at least")
	}
	for i, n := range l.Networks {
		v.check(n.Bits() > 0, fmt.Sprintf("%s.networks[%d]", path, i), "%s is the whole internet: this would be an open relay", n)
	}
	v.check(l.Mode != ModePlain || len(l.OldTLS) == 0, path+".old_tls", "cannot be with mode plain")
	v.check(l.Mode != ModePlain || l.ClientCA == "", path+".client_ca", "cannot be with mode plain")
	v.check(l.Limits.MessageSize >= 64<<10, path+".limits.message_size", "must be 64KiB at least (RFC 5321 4.5.3.1.7)")
	v.check(l.Duplicates >= 0 && time.Duration(l.Duplicates) <= 24*time.Hour, path+".duplicates", "must be from 0s to 24h")
	v.check(l.Limits.Queued >= 0 && l.Limits.QueuedPerClient >= 0, path+".limits.queued", "and queued_per_client cannot be below 0")
	v.check(l.Limits.Recipients >= 100, path+".limits.recipients", "must be 100 at least (RFC 5321 4.5.3.1.8)")
}

// socket checks where a listener listens.
func (v *validator) socket(path string, l *Listener) {
	file, unix := strings.CutPrefix(l.Address, "unix:")
	name, systemd := strings.CutPrefix(l.Address, "systemd:")
	switch {
	case unix:
		v.check(strings.HasPrefix(file, "/") && len(file) < 108, path+".address", "%q is no path of a socket: write unix:/run/mapigate/smtp", file)
	case systemd:
		v.check(name != "" && !strings.Contains(name, ":"), path+".address", "%q is no name of a socket: write systemd:NAME", name)
	default:
		v.address(path+".address", l.Address)
	}
	v.check(!l.TrustSocket || unix || systemd, path+".trust_socket", "is for Unix sockets: the address must begin with unix: or systemd:")
	for i, n := range l.XClient {
		v.check(n.Bits() > 0, fmt.Sprintf("%s.xclient[%d]", path, i), "%s is the whole internet: anybody could pretend to be anybody", n)
	}
	for i, n := range l.Proxies {
		v.check(n.Bits() > 0, fmt.Sprintf("%s.proxies[%d]", path, i), "%s is the whole internet: anybody could pretend to be anybody", n)
	}
}
