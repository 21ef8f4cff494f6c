package rewrite

import (
	"slices"
	"strings"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/route"
)

// A CatchAll takes the mail for addresses that nobody has: that stand in no address book, where one lists all of them, or else all
// but the exceptions.
type CatchAll struct {
	// To are the addresses it takes, mostly a domain; Except those that it leaves alone.
	To, Except []route.Pattern
	// Mailbox gets them.
	Mailbox string
}

// An Archive gets a blind copy of mail.
type Archive struct {
	// Sources are kinds or names of sources as in routes; From and To patterns of the envelope. What is empty fits everything;
	// To fits when some recipient does.
	Sources  []string
	From, To []route.Pattern
	Mailbox  string
}

// Incoming is what is done to addresses of mail that comes in. A nil Incoming changes nothing.
type Incoming struct {
	Canonical *Table
	CatchAlls []CatchAll
	Archives  []Archive
}

// Sender gives what becomes of the envelope's sender; the null sender stays.
func (in *Incoming) Sender(address string) string {
	if in == nil {
		return address
	}
	return in.Canonical.Envelope(Senders, address)
}

// Rename puts the changed address of a recipient into it and keeps what the sender called it, for reports. RFC 3461 4.2
// has, if set, tells whether somebody has an address: such a one is not for a catch-all mailbox. Its error is returned.
func (in *Incoming) Rename(r mail.Recipient, has func(address string) (bool, error)) (mail.Recipient, error) {
	if in == nil {
		return r, nil
	}
	r = Renamed(r, in.Canonical.Envelope(Recipients, r.Address))
	for i := range in.CatchAlls {
		c := &in.CatchAlls[i]
		if !matches(c.To, r.Address) || matches(c.Except, r.Address) || strings.EqualFold(c.Mailbox, r.Address) {
			continue
		}
		if has != nil {
			if taken, err := has(r.Address); taken || err != nil {
				return r, err
			}
		}
		return Renamed(r, c.Mailbox), nil
	}
	return r, nil
}

// Renamed gives a recipient another address and keeps what the sender called him, for reports. RFC 3461 4.2
func Renamed(r mail.Recipient, changed string) mail.Recipient {
	if changed == r.Address {
		return r
	}
	if r.OrigRecipient == "" {
		kind := "rfc822"
		if strings.ContainsFunc(r.Address, func(c rune) bool { return c >= 0x80 }) {
			kind = "utf-8" // RFC 6533 3
		}
		r.OrigRecipient = kind + ";" + r.Address
	}
	r.Address = changed
	return r
}

// Header gives the header's fields as they go on.
func (in *Incoming) Header(block []byte, utf8 bool) []byte {
	if in == nil {
		return block
	}
	return in.Canonical.Header(block, utf8)
}

// Copies gives the archives that get a copy of a mail, as recipients that no report is ever about. Reports of ours are not
// archived.
func (in *Incoming) Copies(m *mail.Mail) (list []mail.Recipient) {
	if in == nil || m.Source.Kind == "gateway" {
		return nil
	}
	has := func(address string, among []mail.Recipient) bool {
		return slices.ContainsFunc(among, func(r mail.Recipient) bool { return strings.EqualFold(r.Address, address) })
	}
	for i := range in.Archives {
		a := &in.Archives[i]
		if a.takes(m) && !has(a.Mailbox, m.Envelope.Recipients) && !has(a.Mailbox, list) {
			list = append(list, mail.Recipient{Address: a.Mailbox, Notify: mail.NotifyNever})
		}
	}
	return list
}

func (a *Archive) takes(m *mail.Mail) bool {
	if len(a.Sources) > 0 && !slices.Contains(a.Sources, m.Source.Kind) && !slices.Contains(a.Sources, m.Source.Name) {
		return false
	}
	if len(a.From) > 0 && !matches(a.From, m.Envelope.From) {
		return false
	}
	return len(a.To) == 0 || slices.ContainsFunc(m.Envelope.Recipients, func(r mail.Recipient) bool { return matches(a.To, r.Address) })
}

func matches(patterns []route.Pattern, address string) bool {
	return slices.ContainsFunc(patterns, func(p route.Pattern) bool { return p.Match(address) })
}
