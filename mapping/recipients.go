package mapping

import (
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// recipientFields are the header fields of recipients with their types.
var recipientFields = [...]struct {
	field string
	kind  mapi.RecipientType
}{{"To", mapi.RecipientTo}, {"Cc", mapi.RecipientCc}, {"Bcc", mapi.RecipientBcc}}

// recipients fills the recipient table. Within the outer message the envelope
// is the authority: the header only tells types and names. [MS-OXCMAIL] 2.2.3.1
func (r *reader) recipients() {
	named := r.headerRecipients()
	if r.opts.Recipients == nil || r.depth > 0 {
		r.msg.Recipients = make([]mapi.Recipient, 0, len(named))
		for _, n := range named {
			r.msg.Recipients = append(r.msg.Recipients, n.party.recipient(n.kind))
		}
	} else {
		r.envelopeRecipients(named)
	}
	r.displayLists(named)
}

// A namedRecipient is an address of a recipient field.
type namedRecipient struct {
	party
	kind mapi.RecipientType
}

// headerRecipients reads To, Cc and Bcc, every occurrence of them.
func (r *reader) headerRecipients() []namedRecipient {
	var out []namedRecipient
	for i := range r.root.Header.Fields {
		f := &r.root.Header.Fields[i]
		for _, k := range recipientFields {
			if !strings.EqualFold(f.Name, k.field) {
				continue
			}
			for _, a := range r.addressList(k.field, f.Raw) {
				if a.Addr == "" && a.Name == "" {
					continue // an empty group
				}
				if len(out) >= r.limits.Recipients {
					return out
				}
				out = append(out, namedRecipient{smtpParty(a.Name, a.Addr), k.kind})
			}
		}
	}
	return out
}

// envelopeRecipients makes the table of the envelope's addresses.
func (r *reader) envelopeRecipients(named []namedRecipient) {
	byAddr := make(map[string]int, len(named))
	for i := range named {
		key := strings.ToLower(named[i].smtp)
		if _, ok := byAddr[key]; !ok && key != "" {
			byAddr[key] = i
		}
	}
	r.msg.Recipients = make([]mapi.Recipient, 0, len(r.opts.Recipients))
	seen := make(map[string]bool, len(r.opts.Recipients))
	for _, addr := range r.opts.Recipients {
		key := strings.ToLower(addr)
		if seen[key] {
			continue
		}
		seen[key] = true
		if i, ok := byAddr[key]; ok {
			p := named[i].party
			p.smtp = addr
			r.msg.Recipients = append(r.msg.Recipients, p.recipient(named[i].kind))
			continue
		}
		r.msg.Recipients = append(r.msg.Recipients, smtpParty("", addr).recipient(mapi.RecipientBcc))
	}
}

// displayLists sets PidTagDisplayTo and PidTagDisplayCc as the header has
// them, with those who are only named. [MS-OXOMSG] 2.2.1.9
func (r *reader) displayLists(named []namedRecipient) {
	for _, l := range [...]struct {
		tag  mapi.Tag[string]
		kind mapi.RecipientType
	}{{mapi.PidTagDisplayTo, mapi.RecipientTo}, {mapi.PidTagDisplayCc, mapi.RecipientCc}} {
		var b strings.Builder
		for i := range named {
			if named[i].kind != l.kind {
				continue
			}
			if b.Len() > 0 {
				b.WriteString("; ")
			}
			b.WriteString(named[i].display())
		}
		r.default_(l.tag.Of(b.String()))
	}
}
