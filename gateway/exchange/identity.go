package exchange

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/route"
	"github.com/mapigate/mapigate/mapping/mime"
)

// An Identity says which mailbox a mail goes through. A criterion that is
// empty fits every mail; all that are not must fit.
type Identity struct {
	// Users are the SMTP users that this is for.
	Users []string
	// Networks are the client networks that this is for.
	Networks []netip.Prefix
	// From are patterns of the envelope's sender or the From header.
	From []route.Pattern
	// MailFrom are patterns of the envelope's sender alone.
	MailFrom []route.Pattern
	// Headers are header fields, one of which the mail must have.
	Headers []HeaderPattern
	// Mailbox is the address of the mailbox to send through.
	Mailbox string
	// Refuse, when set, refuses the mail with this text instead.
	Refuse string
	// RewriteFrom sends in the mailbox's own name, whatever the From header says.
	RewriteFrom bool
	// SentItems says where copies go; "" leaves it to SubmitterOptions.SentItems.
	SentItems SentItems
}

// A HeaderPattern matches a header field: its name, and its decoded value by a pattern in which * stands for anything.
type HeaderPattern struct{ Name, Value string }

// A Sender is what is known about the one who sends a mail.
type Sender struct {
	Source mail.Source
	// MailFrom is the envelope's sender, From that of the header.
	MailFrom, From string
	// Header gives the fields of the header; nil stands for none. It is called when an identity asks for one.
	Header func() []mime.Field
}

// Identities is the sender map: the first that fits decides.
type Identities []Identity

// For finds the identity of a sender.
func (list Identities) For(s Sender) (Identity, bool) {
	for _, id := range list {
		if id.fits(&s) {
			return id, true
		}
	}
	return Identity{}, false
}

// first is the first mailbox of the map, or "".
func (list Identities) first() string {
	for _, id := range list {
		if id.Mailbox != "" {
			return id.Mailbox
		}
	}
	return ""
}

func (id *Identity) fits(s *Sender) bool {
	return (len(id.Users) == 0 || containsFold(id.Users, s.Source.User)) &&
		(len(id.Networks) == 0 || id.holds(s.Source.Client)) &&
		(len(id.From) == 0 || matchAny(id.From, s.MailFrom) || matchAny(id.From, s.From)) &&
		(len(id.MailFrom) == 0 || matchAny(id.MailFrom, s.MailFrom)) &&
		(len(id.Headers) == 0 || s.hasHeader(id.Headers))
}

func (s *Sender) hasHeader(patterns []HeaderPattern) bool {
	if s.Header == nil {
		return false
	}
	for _, f := range s.Header() {
		for _, p := range patterns {
			if strings.EqualFold(f.Name, p.Name) && route.Glob(strings.ToLower(p.Value), strings.ToLower(mime.DecodeText(f.Raw))) {
				return true
			}
		}
	}
	return false
}

func (id *Identity) holds(client string) bool {
	if ap, err := netip.ParseAddrPort(client); err == nil {
		client = ap.Addr().String()
	}
	addr, err := netip.ParseAddr(client)
	if err != nil {
		return false
	}
	for _, n := range id.Networks {
		if n.Contains(addr.Unmap()) {
			return true
		}
	}
	return false
}

func containsFold(list []string, s string) bool {
	for _, v := range list {
		if s != "" && strings.EqualFold(v, s) {
			return true
		}
	}
	return false
}

func matchAny(patterns []route.Pattern, address string) bool {
	return slices.ContainsFunc(patterns, func(p route.Pattern) bool { return p.Match(address) })
}
