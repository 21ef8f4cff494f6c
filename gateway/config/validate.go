package config

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/route"
)

// Validate checks what decoding alone cannot see. All that is wrong is in the error.
func (c *Config) Validate() error {
	v := &validator{where: &c.where}
	v.general(c)
	for i := range c.Listeners {
		v.listener(fmt.Sprintf("listeners[%d]", i), &c.Listeners[i])
	}
	v.logins("logins", &c.Logins)
	for i := range c.Exchange {
		v.exchange(fmt.Sprintf("exchange[%d]", i), &c.Exchange[i])
	}
	for i := range c.Outbox {
		v.outbox(fmt.Sprintf("outbox[%d]", i), &c.Outbox[i], c)
	}
	v.internet(&c.Internet)
	v.srs("internet.srs", &c.Internet.SRS, c)
	v.passThroughs(c)
	v.drops(c)
	v.routes(c)
	v.rewrite(c)
	v.names(c)
	return errors.Join(v.errs...)
}

type validator struct {
	*where
	errs []error
}

func (v *validator) fail(path, format string, args ...any) {
	v.errs = append(v.errs, v.errorf(path, format, args...))
}

func (v *validator) check(ok bool, path, format string, args ...any) {
	if !ok {
		v.fail(path, format, args...)
	}
}

func (v *validator) oneOf(path, value string, allowed ...string) {
	v.check(slices.Contains(allowed, value), path, "%q is not one of %s", value, strings.Join(allowed, ", "))
}

func (v *validator) address(path, value string) {
	host, port, err := net.SplitHostPort(value)
	v.check(err == nil && port != "" && !strings.Contains(host, "/"), path, "%q is no address: write host:port, or :port for all", value)
}

func (v *validator) mailAddress(path, value string) {
	at := strings.LastIndexByte(value, '@')
	v.check(at > 0 && at < len(value)-1, path, "%q is no mail address", value)
}

func (v *validator) general(c *Config) {
	v.check(c.Hostname != "" && !strings.ContainsAny(c.Hostname, " @/"), "hostname", "%q is no host name", c.Hostname)
	v.check(c.Data != "", "data", "a folder is needed")
	v.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	v.oneOf("log.format", c.Log.Format, "text", "json")
	v.admin(&c.Admin)
	v.tracing(&c.Tracing)
	v.queue(&c.Queue)
	v.roles(c)
	r := c.Retry
	v.check(r.First >= Duration(time.Second), "retry.first", "must be a second at least")
	v.check(r.Most >= r.First, "retry.most", "must not be less than first (%s)", r.First)
	v.check(r.Expire >= r.First, "retry.expire", "must not be less than first (%s)", r.First)
	v.check(r.Unanswered >= 0, "retry.unanswered", "must not be negative; 0 means never again")
	v.check(r.ExpireReports > 0, "retry.expire_reports", "must not be 0")
}

func (v *validator) roles(c *Config) {
	for i, role := range c.Roles {
		v.oneOf(fmt.Sprintf("roles[%d]", i), role, RoleReceive, RoleSend, RoleWatch)
	}
	all := c.Plays(RoleReceive) && c.Plays(RoleSend) && c.Plays(RoleWatch)
	v.check(len(c.Roles) > 0, "roles", "one at least is needed")
	v.check(all || c.Queue.Engine == EnginePostgres, "roles", "can be split only among gateways that share a queue: with queue.engine postgres")
}

func (v *validator) queue(q *Queue) {
	v.oneOf("queue.engine", q.Engine, EngineSQLite, EnginePostgres)
	v.check(q.Engine != EnginePostgres || q.URL != "", "queue.url", "engine postgres needs url or url_file")
	v.check(q.Connections >= 4, "queue.connections", "must be 4 at least")
	v.check(q.Lease >= Duration(3*time.Second), "queue.lease", "must be 3 seconds at least")
}

func (v *validator) exchange(path string, e *Exchange) {
	v.check(e.Name != "" && !strings.ContainsAny(e.Name, "/ "), path+".name", "a name without spaces and slashes is needed")
	v.check((e.URL == "") != (e.Autodiscover == ""), path, "give url or autodiscover, one of them")
	if e.URL != "" {
		u, err := url.Parse(e.URL)
		v.check(err == nil && u.Scheme == "https" && u.Host != "", path+".url", "%q is no https URL", e.URL)
		v.check(e.UserDN != "", path+".user_dn", "is needed with url")
	}
	if e.Autodiscover != "" {
		v.mailAddress(path+".autodiscover", e.Autodiscover)
	}
	v.activeDirectory(path+".active_directory", &e.ActiveDirectory, e)
	v.signIn(path, e)
	v.recipients(path, e)
	v.oneOf(path+".deliver", e.Deliver, DeliverSubmit, DeliverInbox)
	v.oneOf(path+".sent_items", e.SentItems, SentNone, SentMailbox, SentRepresented, SentBoth)
	v.check(e.MaxRecipients > 0, path+".max_recipients", "must be 1 at least")
	v.check(e.Sessions > 0, path+".sessions", "must be 1 at least")
	v.check(e.Workers > 0, path+".workers", "must be 1 at least")
	if e.Mailbox != "" {
		v.mailAddress(path+".mailbox", e.Mailbox)
	}
	v.check(e.Mailbox != "" || len(e.Identities) > 0, path+".mailbox", "give mailbox or identities: mail must go through some mailbox")
	for i := range e.Identities {
		v.identity(fmt.Sprintf("%s.identities[%d]", path, i), &e.Identities[i])
	}
}

func (v *validator) identity(path string, id *Identity) {
	v.check((id.Mailbox == "") != (id.Refuse == ""), path, "give mailbox, or refuse with a text for the sender")
	if id.Mailbox != "" {
		v.mailAddress(path+".mailbox", id.Mailbox)
	}
	named := id.User != "" || id.Network.IsValid() || id.From != route.Pattern{} || id.MailFrom != route.Pattern{} || id.Header != HeaderPattern{}
	v.check(named, path, "give user, network, from, mail_from or header")
	if id.SentItems != "" {
		v.oneOf(path+".sent_items", id.SentItems, SentNone, SentMailbox, SentRepresented, SentBoth)
	}
}

func (v *validator) outbox(path string, o *Outbox, c *Config) {
	if o.Exchange == "" && len(c.Exchange) == 1 {
		o.Exchange = c.Exchange[0].Name
	}
	known := slices.ContainsFunc(c.Exchange, func(e Exchange) bool { return e.Name == o.Exchange })
	v.check(known, path+".exchange", "there is no exchange named %q", o.Exchange)
	v.roster(path, o, c)
	for i, m := range o.Mailboxes {
		v.mailAddress(fmt.Sprintf("%s.mailboxes[%d]", path, i), m)
	}
	v.oneOf(path+".mode", o.Mode, WatchOutbox, WatchFolder, WatchSpooler, WatchJournal)
	v.check(o.Mode != WatchOutbox || o.Dedicated || o.Mark != "", path+".dedicated",
		"mode outbox takes mail out of Outboxes: say dedicated: true if nobody but the gateway sends from these mailboxes, give a mark, or use mode folder")
	if strings.HasPrefix(o.Mark, "{") {
		guid, name, ok := strings.Cut(o.Mark, "}/")
		v.check(ok && len(guid) == len("{00000000-0000-0000-0000-000000000000") && name != "", path+".mark",
			"%q is neither the name of a category nor a named property: write {GUID}/name", o.Mark)
	}
	v.check(o.Mode != WatchFolder || o.Folder != "", path+".folder", "is needed with mode folder")
	v.journal(path+".journal", o)
	v.oneOf(path+".own_recipients", o.Own, OwnExchange, OwnRoutes)
	v.check(o.Acknowledge, path+".acknowledge_bypassed_checks",
		"mail that leaves this way passes by Exchange's transport rules, DLP and journaling: say true if that is meant")
	v.check(o.Poll >= Duration(time.Second), path+".poll", "must be a second at least")
}

// roster checks which mailboxes are meant.
func (v *validator) roster(path string, o *Outbox, c *Config) {
	asks := o.Group != "" || o.Directory.Set()
	v.check(len(o.Mailboxes) > 0 || asks, path+".mailboxes", "is needed, or group or directory")
	if o.Group != "" {
		v.mailAddress(path+".group", o.Group)
	}
	if !asks {
		return
	}
	v.check(o.Refresh >= Duration(time.Minute), path+".refresh", "must be a minute at least")
	for i := range c.Exchange {
		if e := &c.Exchange[i]; e.Name == o.Exchange {
			v.check(e.Mailbox != "", path, "group and directory ask the address book: exchange %s needs a mailbox to ask with", e.Name)
		}
	}
}

func (v *validator) journal(path string, o *Outbox) {
	if o.Mode != WatchJournal {
		v.check(len(o.Journal.Senders)+len(o.Journal.Recipients) == 0, path, "is for mode journal")
		return
	}
	v.check(len(o.Journal.Senders) > 0, path+".senders", "is needed with mode journal: the addresses that journal reports come from")
	for i, a := range o.Journal.Senders {
		v.mailAddress(fmt.Sprintf("%s.senders[%d]", path, i), a)
	}
	v.check(len(o.Journal.Recipients) > 0, path+".recipients",
		"is needed with mode journal: Exchange delivers to its own recipients itself, so say for which others the gateway sends, such as elsewhere.example or *")
}

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

// sourceKinds are the kinds of sources that routes may name.
var sourceKinds = []string{"smtp", "drop", "outbox", "journal", "gateway"}

func (v *validator) routes(c *Config) {
	for i := range c.Routes {
		path := fmt.Sprintf("routes[%d]", i)
		r := &c.Routes[i]
		for n, s := range r.Source {
			v.check(v.isSource(c, s), fmt.Sprintf("%s.source[%d]", path, n),
				"%q is no source: write smtp, outbox, gateway, or the name of a listener or watched mailbox", s)
		}
		v.via(path+".via", &r.Via, c)
	}
}

func (v *validator) isSource(c *Config, name string) bool {
	return slices.Contains(sourceKinds, name) ||
		slices.ContainsFunc(c.Listeners, func(l Listener) bool { return l.Name == name }) ||
		slices.ContainsFunc(c.Drop, func(d Drop) bool { return d.Name == name }) ||
		slices.ContainsFunc(c.Outbox, func(o Outbox) bool { return slices.Contains(o.Mailboxes, name) })
}

func (v *validator) via(path string, via *route.Via, c *Config) {
	switch via.Kind {
	case "":
		v.fail(path, "is needed: exchange, exchange/NAME, internet, smarthost/NAME or reject")
	case route.Exchange:
		if via.Name == "" && len(c.Exchange) == 1 {
			via.Name = c.Exchange[0].Name
		}
		known := slices.ContainsFunc(c.Exchange, func(e Exchange) bool { return e.Name == via.Name })
		v.check(known, path, "there is no exchange named %q", via.Name)
	case route.Smarthost:
		known := slices.ContainsFunc(c.Internet.Smarthosts, func(s Smarthost) bool { return s.Name == via.Name })
		v.check(known, path, "there is no smarthost named %q", via.Name)
	}
}

// names sees to it that no name is given twice.
func (v *validator) names(c *Config) {
	seen := map[string]string{}
	once := func(kind, name, path string) {
		if before, twice := seen[kind+"\x00"+name]; twice && name != "" {
			v.fail(path, "%q is the name of %s already", name, before)
		}
		seen[kind+"\x00"+name] = parent(path)
	}
	for i, l := range c.Listeners {
		once("listener", l.Name, fmt.Sprintf("listeners[%d].name", i))
	}
	for i, d := range c.Drop {
		once("listener", d.Name, fmt.Sprintf("drop[%d].name", i))
	}
	for i, e := range c.Exchange {
		once("exchange", e.Name, fmt.Sprintf("exchange[%d].name", i))
	}
	for i, s := range c.Internet.Smarthosts {
		once("smarthost", s.Name, fmt.Sprintf("internet.smarthosts[%d].name", i))
	}
	for i, o := range c.Outbox {
		for n, m := range o.Mailboxes {
			once("mailbox", strings.ToLower(m), fmt.Sprintf("outbox[%d].mailboxes[%d]", i, n))
		}
	}
}

// Table gives the routes as the table that decides. Where the file has none, mail from mailboxes goes to the internet
// and all other mail into Exchange.
func (c *Config) Table() route.Table {
	var t route.Table
	for _, r := range c.Routes {
		t = append(t, route.Rule{Sources: r.Source, From: r.From, To: r.To, Via: r.Via, Text: r.Text})
	}
	if len(t) > 0 {
		return t
	}
	everything := route.Via{Kind: route.Internet}
	if len(c.Exchange) == 0 {
		return route.Table{{Via: everything}}
	}
	return route.Table{
		{Sources: []string{"outbox", "journal"}, Via: everything},
		{Via: route.Via{Kind: route.Exchange, Name: c.Exchange[0].Name}},
	}
}
