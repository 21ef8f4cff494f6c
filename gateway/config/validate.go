package config

import (
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
