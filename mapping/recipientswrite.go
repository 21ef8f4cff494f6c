package mapping

import (
	"cmp"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/mime"
)

// writeRecipients writes the rows of the recipient table of one type.
func writeRecipients(t mapi.RecipientType) func(*writer, mapi.Props) string {
	return func(w *writer, _ mapi.Props) string { return w.recipientList(t) }
}

// recipientList formats a whole list, in the groups that the kept header had
// them in. A message to nobody who may be named says so, since a message needs
// a recipient field. RFC 5322 3.4
func (w *writer) recipientList(t mapi.RecipientType) string {
	if isDeliveryReport(w.msg.Props) {
		return w.reportAddressees(t)
	}
	field := fieldOf(t)
	groups := w.groupsOf(field)
	var list []mime.Address
	named := false
	for i := range w.msg.Recipients {
		rcpt := &w.msg.Recipients[i]
		base := rcpt.Type.Base()
		named = named || base == mapi.RecipientTo || base == mapi.RecipientCc
		if base != t {
			continue
		}
		if a, ok := w.mailbox(field, recipientTags.get(rcpt.Props)); ok {
			a.Group = groups[strings.ToLower(a.Addr)]
			list = append(list, a)
		}
	}
	if !named && t == mapi.RecipientTo {
		return mime.FormatAddresses([]mime.Address{{Group: cmp.Or(groups[""], "undisclosed-recipients")}}, w.opts.UTF8)
	}
	return mime.FormatAddresses(list, w.opts.UTF8)
}

// groupsOf gives the group of each address of a kept field, which nothing else
// tells; the name of an empty group stands at "". RFC 5322 3.4
func (w *writer) groupsOf(field string) map[string]string {
	var groups map[string]string
	for _, f := range w.transport() {
		if !strings.EqualFold(f.Name, field) || strings.IndexByte(f.Raw, ':') < 0 {
			continue
		}
		list, _ := mime.ParseAddresses(f.Raw, w.limits.Recipients)
		for _, a := range list {
			if a.Group == "" {
				continue
			}
			if groups == nil {
				groups = make(map[string]string)
			}
			groups[strings.ToLower(w.domainToASCII(a.Addr))] = a.Group
		}
	}
	return groups
}

// reportAddressees writes whom a delivery report is to: its recipient table
// names others. The kept fields are right while they name who received it.
func (w *writer) reportAddressees(t mapi.RecipientType) string {
	p := receivedByTags.get(w.msg.Props)
	known := p.empty()
	var kept []string
	for _, f := range w.transport() {
		if !strings.EqualFold(f.Name, "To") && !strings.EqualFold(f.Name, "Cc") {
			continue
		}
		list, _ := mime.ParseAddresses(f.Raw, w.limits.Recipients)
		for _, a := range list {
			known = known || strings.EqualFold(a.Addr, p.smtp)
		}
		if strings.EqualFold(f.Name, fieldOf(t)) {
			kept = append(kept, mime.FormatAddresses(list, w.opts.UTF8))
		}
	}
	if known {
		return strings.Join(kept, ", ")
	}
	if t == mapi.RecipientTo {
		return w.address("To", p)
	}
	return ""
}

func fieldOf(t mapi.RecipientType) string {
	switch t {
	case mapi.RecipientCc:
		return "Cc"
	case mapi.RecipientBcc:
		return "Bcc"
	}
	return "To"
}
