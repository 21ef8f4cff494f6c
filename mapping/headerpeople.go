package mapping

import (
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/mime"
)

// readFrom and readSender collect; the parties are set when both are known. [MS-OXCMAIL] 2.2.3.1
func readFrom(r *reader, raw string) {
	if list := r.addressList("From", raw); len(list) > 0 {
		r.from = list[0]
		for _, extra := range list[1:] {
			r.lose("From", extra.Addr, "a message has one PidTagSentRepresenting")
		}
	}
}

func readSender(r *reader, raw string) {
	if list := r.addressList("Sender", raw); len(list) > 0 {
		r.sender = list[0]
	}
}

// addressList reads a field of addresses within the limit.
func (r *reader) addressList(field, raw string) []mime.Address {
	list, more := mime.ParseAddresses(raw, r.limits.Recipients)
	if more {
		r.lose(field, "further addresses", "limit of recipients")
	}
	group := ""
	for i := range list {
		if g := list[i].Group; g != group && list[i].Addr != "" {
			group = g
			r.lose(field, "name of the group "+g, "MAPI has no groups in a recipient table")
		}
	}
	return list
}

// setSenders sets the parties of From and Sender: without a Sender both are
// From's. [MS-OXCMAIL] 2.2.3.1
func (r *reader) setSenders() {
	from, sender := r.from, r.sender
	if from.Addr == "" && from.Name == "" {
		from = sender
	}
	if from.Addr == "" && from.Name == "" && r.depth == 0 && r.opts.From != "" {
		from = mime.Address{Addr: r.opts.From}
	}
	if from.Addr == "" && from.Name == "" {
		return
	}
	if sender.Addr == "" {
		sender = from
	}
	representingTags.set(&r.props, smtpParty(from.Name, from.Addr))
	senderTags.set(&r.props, smtpParty(sender.Name, sender.Addr))
}

// writeFrom writes whom the message represents, else who sent it. [MS-OXCMAIL] 2.1.3.1
func writeFrom(w *writer, ps mapi.Props) string {
	p := representingTags.get(ps)
	if p.empty() {
		p = senderTags.get(ps)
	}
	return w.address("From", p)
}

// writeSender writes the sender where it is someone else.
func writeSender(w *writer, ps mapi.Props) string {
	from, sender := representingTags.get(ps), senderTags.get(ps)
	if from.empty() || sender.empty() || strings.EqualFold(from.addr, sender.addr) && strings.EqualFold(from.kind, sender.kind) {
		return ""
	}
	addr := w.smtpOf("Sender", sender)
	if strings.EqualFold(addr, w.smtpOf("From", from)) {
		return ""
	}
	return w.address("Sender", sender)
}

// address formats one party; one without an SMTP address is encapsulated, so
// that an answer can find the way back. [MS-OXCMAIL] 2.1.3.1
func (w *writer) address(field string, p party) string {
	if p.empty() {
		return ""
	}
	addr := w.smtpOf(field, p)
	name := p.name
	if strings.EqualFold(name, addr) {
		name = ""
	}
	if addr == "" && name == "" {
		return ""
	}
	return mime.FormatAddress(mime.Address{Name: name, Addr: addr}, w.opts.UTF8)
}

// smtpOf gives the SMTP address of a party, encapsulated when there is none.
func (w *writer) smtpOf(field string, p party) string {
	addr, reason := w.addresses.smtp(p)
	if addr != "" {
		return w.domainToASCII(addr)
	}
	if p.addr != "" && p.kind != "" && !strings.EqualFold(p.kind, "SMTP") {
		w.lose(field, p.kind+":"+p.addr, reason+"; encapsulated")
		return encapsulate(p.kind, p.addr, w.domain())
	}
	return strings.TrimSpace(p.addr)
}

// writeRecipients writes the rows of the recipient table of one type.
func writeRecipients(t mapi.RecipientType) func(*writer, mapi.Props) string {
	return func(w *writer, _ mapi.Props) string { return w.recipientList(t) }
}

// recipientList formats a whole list. A message to nobody who may be named
// says so, since a message needs a recipient field. RFC 5322 3.4
func (w *writer) recipientList(t mapi.RecipientType) string {
	if isDeliveryReport(w.msg.Props) {
		return w.reportAddressees(t)
	}
	var b strings.Builder
	named := false
	for i := range w.msg.Recipients {
		rcpt := &w.msg.Recipients[i]
		if base := rcpt.Type.Base(); base == mapi.RecipientTo || base == mapi.RecipientCc {
			named = true
		}
		if rcpt.Type.Base() != t {
			continue
		}
		s := w.address(fieldOf(t), recipientTags.get(rcpt.Props))
		if s == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(s)
	}
	if !named && t == mapi.RecipientTo {
		return "undisclosed-recipients:;"
	}
	return b.String()
}

// reportAddressees writes whom a delivery report is to: its recipient table
// names others. The kept fields are right while they name who received it.
func (w *writer) reportAddressees(t mapi.RecipientType) string {
	p := receivedByTags.get(w.msg.Props)
	known := p.empty()
	var kept []string
	for _, f := range mime.ParseHeader(mapi.PidTagTransportMessageHeaders.Get(w.msg.Props), w.limits.HeaderBytes) {
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

// readReplyTo fills the list of EntryIDs and of names. [MS-OXCMAIL] 2.2.3.1
func readReplyTo(r *reader, raw string) {
	var names []string
	var entries mapi.FlatEntryList
	for _, a := range r.addressList("Reply-To", raw) {
		if a.Addr == "" {
			continue
		}
		p := smtpParty(a.Name, a.Addr)
		names = append(names, p.display())
		entries = append(entries, oneOff(p.display(), p.kind, p.addr))
	}
	if len(entries) == 0 {
		return
	}
	list, err := entries.Bytes()
	if err != nil {
		r.lose("Reply-To", mime.Unfold(raw), err.Error())
		return
	}
	r.default_(mapi.PidTagReplyRecipientEntries.Of(list))
	r.default_(mapi.PidTagReplyRecipientNames.Of(strings.Join(names, ";")))
}

// writeReplyTo writes them; the names are those of the EntryIDs.
func writeReplyTo(w *writer, ps mapi.Props) string {
	var list []string
	blob := mapi.PidTagReplyRecipientEntries.Get(ps)
	if len(blob) == 0 {
		return ""
	}
	entries, err := mapi.ParseFlatEntryList(blob)
	if err != nil {
		w.lose("Reply-To", mapi.PidTagReplyRecipientNames.Get(ps), err.Error())
	}
	for _, e := range entries {
		p, ok := parseEntryID(e)
		if !ok {
			w.lose("Reply-To", mapi.PidTagReplyRecipientNames.Get(ps), "EntryID of an unknown kind")
			continue
		}
		if s := w.address("Reply-To", p); s != "" {
			list = append(list, s)
		}
	}
	return strings.Join(list, ", ")
}

// readReadReceipt asks for a read receipt. [MS-OXCMAIL] 2.2.3.1
func readReadReceipt(r *reader, raw string) {
	list := r.addressList("Disposition-Notification-To", raw)
	if len(list) == 0 || list[0].Addr == "" || r.props.Has(mapi.PidTagReadReceiptRequested.Tag()) {
		return
	}
	r.props.Set(mapi.PidTagReadReceiptRequested.Of(true))
	r.props.Set(mapi.PidTagNonReceiptNotificationRequested.Of(true))
	readReceiptTags.set(&r.props, smtpParty(list[0].Name, list[0].Addr))
	for _, extra := range list[1:] {
		r.lose("Disposition-Notification-To", extra.Addr, "a message has one PidTagReadReceiptEntryId")
	}
}

func writeReadReceipt(w *writer, ps mapi.Props) string {
	if !mapi.PidTagReadReceiptRequested.Get(ps) {
		return ""
	}
	p := readReceiptTags.get(ps)
	if p.empty() {
		return writeFrom(w, ps)
	}
	return w.address("Disposition-Notification-To", p)
}

// readDeliveryReceipt asks for a delivery receipt. [MS-OXCMAIL] 2.2.3.1
func readDeliveryReceipt(r *reader, raw string) {
	if list := r.addressList("Return-Receipt-To", raw); len(list) > 0 && list[0].Addr != "" {
		r.default_(mapi.PidTagOriginatorDeliveryReportRequested.Of(true))
		r.receiptTo = list[0]
	}
}

func writeDeliveryReceipt(w *writer, ps mapi.Props) string {
	if !mapi.PidTagOriginatorDeliveryReportRequested.Get(ps) {
		return ""
	}
	return writeFrom(w, ps)
}
