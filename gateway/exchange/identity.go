package exchange

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/route"
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
	// Mailbox is the address of the mailbox to send through.
	Mailbox string
	// RewriteFrom sends in the mailbox's own name, whatever the From header says.
	RewriteFrom bool
}

// Identities is the sender map: the first that fits decides.
type Identities []Identity

// For finds the identity of a mail whose From header has the given address.
func (list Identities) For(m *mail.Mail, from string) (Identity, bool) {
	for _, id := range list {
		if id.fits(m, from) {
			return id, true
		}
	}
	return Identity{}, false
}

func (id *Identity) fits(m *mail.Mail, from string) bool {
	return (len(id.Users) == 0 || containsFold(id.Users, m.Source.User)) &&
		(len(id.Networks) == 0 || id.holds(m.Source.Client)) &&
		(len(id.From) == 0 || matchAny(id.From, m.Envelope.From) || matchAny(id.From, from))
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
