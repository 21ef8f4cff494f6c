package config

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

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
