// Package config reads the configuration: one documented YAML file (sample.yaml, which [Describe] prints). A key that
// is not known, a value that does not fit and a part that is missing are errors with file and line. Secrets come from
// files or from the environment and are never printed.
package config

import (
	"net/netip"
	"os"
	"slices"
	"time"

	"github.com/mapigate/mapigate/gateway/route"
)

// A Config is the whole configuration. sample.yaml explains every key.
type Config struct {
	Hostname  string     `yaml:"hostname"`
	Data      string     `yaml:"data"`
	Roles     []string   `yaml:"roles"`
	Reload    Reload     `yaml:"reload"`
	Log       Log        `yaml:"log"`
	Admin     Admin      `yaml:"admin"`
	Tracing   Tracing    `yaml:"tracing"`
	Listeners []Listener `yaml:"listeners"`
	Logins    Logins     `yaml:"logins"`
	Drop      []Drop     `yaml:"drop"`
	Exchange  []Exchange `yaml:"exchange"`
	Outbox    []Outbox   `yaml:"outbox"`
	Routes    []Route    `yaml:"routes"`
	Internet  Internet   `yaml:"internet"`
	Rewrite   Rewrite    `yaml:"rewrite"`
	Queue     Queue      `yaml:"queue"`
	Retry     Retry      `yaml:"retry"`

	where // for errors about what has been read
}

// Roles of a gateway among those that share a queue.
const (
	RoleReceive = "receive" // listeners
	RoleSend    = "send"    // couriers and reports
	RoleWatch   = "watch"   // mailboxes
)

// Plays tells whether the gateway has a role.
func (c *Config) Plays(role string) bool { return slices.Contains(c.Roles, role) }

// Log says what is logged, and how.
type Log struct {
	Level  string `yaml:"level"`
	Format string `yaml:"format"`
}

// Exchange is one organisation, or one server that speaks MAPI over HTTP.
type Exchange struct {
	Name              string          `yaml:"name"`
	URL               string          `yaml:"url"`
	Autodiscover      string          `yaml:"autodiscover"`
	ActiveDirectory   ActiveDirectory `yaml:"active_directory"`
	Hosts             []string        `yaml:"hosts"`
	CAFile            string          `yaml:"ca_file"`
	User              string          `yaml:"user"`
	Password          Secret          `yaml:"password"`
	PasswordFile      string          `yaml:"password_file"`
	Auth              string          `yaml:"auth"`
	OAuth2            OAuth2          `yaml:"oauth2"`
	Kerberos          Kerberos        `yaml:"kerberos"`
	Proxy             Proxy           `yaml:"proxy"`
	ClientCertificate string          `yaml:"client_certificate"`
	ClientKey         string          `yaml:"client_key"`
	UserDN            string          `yaml:"user_dn"`
	AdminRights       bool            `yaml:"admin_rights"`
	Deliver           string          `yaml:"deliver"`
	SentItems         string          `yaml:"sent_items"`
	Mailbox           string          `yaml:"mailbox"`
	Identities        []Identity      `yaml:"identities"`
	Recipients        Recipients      `yaml:"recipients"`
	MaxRecipients     int             `yaml:"max_recipients"`
	OneRequest        bool            `yaml:"submit_in_one_request"`
	Sessions          int             `yaml:"sessions"`
	Workers           int             `yaml:"workers"`
	Timeout           Duration        `yaml:"timeout"`
}

// Ways of signing in, of delivering and of keeping what was sent.
const (
	AuthBasic       = "basic"
	AuthNTLM        = "ntlm"
	AuthOAuth2      = "oauth2"
	AuthKerberos    = "kerberos"
	AuthCertificate = "certificate"
	DeliverSubmit   = "submit"
	DeliverInbox    = "deposit"
	SentNone        = "none"
	SentMailbox     = "mailbox"
	SentRepresented = "represented"
	SentBoth        = "both"
)

// An Identity is one rule of the sender map: all that is set must match.
type Identity struct {
	User    string       `yaml:"user"`
	Network netip.Prefix `yaml:"network"`
	// From is that of the envelope or of the header, MailFrom that of the envelope alone.
	From     route.Pattern `yaml:"from"`
	MailFrom route.Pattern `yaml:"mail_from"`
	Header   HeaderPattern `yaml:"header"`
	Mailbox  string        `yaml:"mailbox"`
	// Refuse refuses the mail with this text instead.
	Refuse string `yaml:"refuse"`
	// RewriteFrom sends in the mailbox's own name.
	RewriteFrom bool   `yaml:"rewrite_from"`
	SentItems   string `yaml:"sent_items"`
}

// Outbox is a group of mailboxes whose mail leaves through this gateway.
type Outbox struct {
	Exchange    string    `yaml:"exchange"`
	Mailboxes   []string  `yaml:"mailboxes"`
	Group       string    `yaml:"group"`
	Directory   Directory `yaml:"directory"`
	Refresh     Duration  `yaml:"refresh"`
	Mode        string    `yaml:"mode"`
	Dedicated   bool      `yaml:"dedicated"`
	Mark        string    `yaml:"mark"`
	Folder      string    `yaml:"folder"`
	Journal     Journal   `yaml:"journal"`
	Senders     []string  `yaml:"senders"`
	Own         string    `yaml:"own_recipients"`
	ExpandLists int       `yaml:"expand_lists"`
	Grace       Duration  `yaml:"grace"`
	Poll        Duration  `yaml:"poll"`
	Acknowledge bool      `yaml:"acknowledge_bypassed_checks"`
}

// Directory says which mailboxes of the address book are meant: all that is set must match. * stands for anything.
type Directory struct {
	Address    []route.Pattern `yaml:"address"`
	Department string          `yaml:"department"`
	Company    string          `yaml:"company"`
	Office     string          `yaml:"office"`
	Title      string          `yaml:"title"`
}

// Set tells whether the filter asks for anything.
func (d *Directory) Set() bool {
	return len(d.Address) > 0 || d.Department != "" || d.Company != "" || d.Office != "" || d.Title != ""
}

// Journal says whose journal reports are taken, and for whom the mail in them is sent.
type Journal struct {
	Senders    []string        `yaml:"senders"`
	Recipients []route.Pattern `yaml:"recipients"`
}

// Modes of watching.
const (
	WatchOutbox  = "outbox"
	WatchFolder  = "folder"
	WatchJournal = "journal"
	WatchSpooler = "spooler"
)

// Ways of recipients that are Exchange's own.
const (
	OwnExchange = "exchange"
	OwnRoutes   = "routes"
)

// A Route leads recipients to a courier.
type Route struct {
	Source []string        `yaml:"source"`
	From   []route.Pattern `yaml:"from"`
	To     []route.Pattern `yaml:"to"`
	Via    route.Via       `yaml:"via"`
	Text   string          `yaml:"text"`
}

// Internet is the courier that does SMTP.
type Internet struct {
	Helo           string      `yaml:"helo"`
	TLS            string      `yaml:"tls"`
	Port           int         `yaml:"port"`
	Workers        int         `yaml:"workers"`
	PerDestination int         `yaml:"per_destination"`
	MailsPerConn   int         `yaml:"mails_per_connection"`
	Smarthosts     []Smarthost `yaml:"smarthosts"`
	Fallback       string      `yaml:"fallback"`
	DKIM           []DKIM      `yaml:"dkim"`
	Resolvers      []string    `yaml:"resolvers"`
	DNSSEC         bool        `yaml:"dnssec"`
	MTASTS         bool        `yaml:"mta_sts"`
	TLSReports     TLSReports  `yaml:"tls_reports"`
	Shaping        []Shaping   `yaml:"shaping"`
	SRS            SRS         `yaml:"srs"`
}

// Shaping says what some domains get; zero is what all get.
type Shaping struct {
	To           []route.Pattern `yaml:"to"`
	Connections  int             `yaml:"connections"`
	MailsPerConn int             `yaml:"mails_per_connection"`
	PerMinute    int             `yaml:"mails_per_minute"`
}

// TLSReports says whether domains are told how their TLS has worked. RFC 8460
type TLSReports struct {
	From         string `yaml:"from"`
	Organization string `yaml:"organization"`
}

// DKIM is a key that signs mail of a domain.
type DKIM struct {
	Domain   string `yaml:"domain"`
	Selector string `yaml:"selector"`
	KeyFile  string `yaml:"key_file"`
}

// TLS policies of a way out.
const (
	TLSOpportunistic = "opportunistic"
	TLSRequired      = "required"
	TLSImplicit      = "implicit"
	TLSNever         = "never"
)

// A Smarthost relays for us.
type Smarthost struct {
	Name          string   `yaml:"name"`
	Hosts         []string `yaml:"hosts"`
	Fallback      string   `yaml:"fallback"`
	TLS           string   `yaml:"tls"`
	CAFile        string   `yaml:"ca_file"`
	User          string   `yaml:"user"`
	Password      Secret   `yaml:"password"`
	PasswordFile  string   `yaml:"password_file"`
	AuthPlaintext bool     `yaml:"auth_plaintext"`
	// Auth is the mechanism; "" takes the best that is offered.
	Auth   string   `yaml:"auth"`
	OAuth2 OAuth2   `yaml:"oauth2"`
	Pins   []string `yaml:"pins"`

	Connections  int `yaml:"connections"`
	MailsPerConn int `yaml:"mails_per_connection"`
	PerMinute    int `yaml:"mails_per_minute"`
}

// Mechanisms of AUTH to a smarthost.
const (
	SMTPAuthPlain       = "plain"
	SMTPAuthLogin       = "login"
	SMTPAuthCRAMMD5     = "cram-md5"
	SMTPAuthXOAUTH2     = "xoauth2"
	SMTPAuthOAuthBearer = "oauthbearer"
)

// Engines of the queue.
const (
	EngineSQLite   = "sqlite"
	EnginePostgres = "postgres"
)

// Queue says how the queue is kept.
type Queue struct {
	Engine        string   `yaml:"engine"`
	URL           Secret   `yaml:"url"`
	URLFile       string   `yaml:"url_file"`
	Connections   int      `yaml:"connections"`
	Lease         Duration `yaml:"lease"`
	MinFree       Size     `yaml:"min_free"`
	MinMemory     Size     `yaml:"min_memory"`
	KeepDelivered Duration `yaml:"keep_delivered"`
	KeepFailed    Duration `yaml:"keep_failed"`
}

// Retry is the schedule.
type Retry struct {
	First         Duration `yaml:"first"`
	Most          Duration `yaml:"most"`
	Expire        Duration `yaml:"expire"`
	ExpireReports Duration `yaml:"expire_reports"`
	Warn          Duration `yaml:"warn"`
	Unanswered    int      `yaml:"unanswered"`
}

// Default is the configuration before a file is read.
func Default() *Config {
	hostname, err := os.Hostname()
	if err != nil {
		hostname = "localhost"
	}
	return &Config{
		Hostname: hostname,
		Data:     "/var/lib/mapigate",
		Roles:    []string{RoleReceive, RoleSend, RoleWatch},
		Reload:   Reload{Watch: Duration(5 * time.Second)},
		Log:      Log{Level: "info", Format: "text"},
		Tracing:  Tracing{Percent: 100},
		Admin:    Admin{Address: "127.0.0.1:9125", SocketMode: 0o600, OpenMetrics: true, Proxy: AdminProxy{UserHeader: "X-Forwarded-User", GroupsHeader: "X-Forwarded-Groups"}, OIDC: AdminOIDC{Claim: "groups"}},
		Logins:   defaultLogins(),
		Internet: Internet{TLS: TLSOpportunistic, MTASTS: true, Port: 25, Workers: 50, PerDestination: 10, MailsPerConn: 100, SRS: SRS{Via: route.Via{Kind: route.Internet}}},
		Queue:    Queue{Engine: EngineSQLite, Connections: 16, Lease: Duration(2 * time.Minute), MinFree: 64 << 20, MinMemory: 32 << 20, KeepDelivered: Duration(7 * day), KeepFailed: Duration(30 * day)},
		Retry: Retry{
			First: Duration(5 * time.Minute), Most: Duration(4 * time.Hour), Expire: Duration(5 * day),
			ExpireReports: Duration(2 * day), Warn: Duration(4 * time.Hour), Unanswered: 1,
		},
	}
}

// A defaulter sets the defaults of one entry of a list.
type defaulter interface{ setDefaults() }

func (e *Exchange) setDefaults() {
	*e = Exchange{
		Auth: AuthNTLM, Recipients: Recipients{WhenDown: DownRefuse}, Deliver: DeliverSubmit, SentItems: SentNone, MaxRecipients: 500, Sessions: 16, Workers: 4, Timeout: Duration(2 * time.Minute),
	}
}

func (o *Outbox) setDefaults() {
	*o = Outbox{Refresh: Duration(15 * time.Minute), Mode: WatchFolder, Own: OwnExchange, Folder: "Internet Outbox", Grace: Duration(10 * time.Second), Poll: Duration(30 * time.Second)}
}

func (s *Smarthost) setDefaults() { *s = Smarthost{TLS: TLSRequired} }
