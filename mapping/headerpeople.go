package mapping

import (
	"cmp"
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
	if field == "To" || field == "Cc" {
		return list // the kept header has the names of groups
	}
	group := ""
	for i := range list {
		if g := list[i].Group; g != group && list[i].Addr != "" {
			group = g
			r.lose(field, "name of the group "+g, "MAPI has no groups of senders")
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

// writeFrom writes whom the message represents, else who sent it. [MS-OXCMAIL] 2.1.3.1.3
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
	a, ok := w.mailbox(field, p)
	if !ok {
		return ""
	}
	return mime.FormatAddress(a, w.opts.UTF8)
}

// mailbox gives a party's name and address as a field has them; a name that
// only repeats the address is left out.
func (w *writer) mailbox(field string, p party) (mime.Address, bool) {
	if p.empty() {
		return mime.Address{}, false
	}
	a := mime.Address{Name: p.name, Addr: w.smtpOf(field, p)}
	if strings.EqualFold(a.Name, a.Addr) {
		a.Name = ""
	}
	return a, a.Name != "" || a.Addr != ""
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

// writeReplyTo writes them; the names are those of the list where it has as
// many as there are EntryIDs. [MS-OXCMAIL] 2.1.3.1.2
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
	names := strings.Split(mapi.PidTagReplyRecipientNames.Get(ps), ";")
	for i, e := range entries {
		p, ok := parseEntryID(e)
		if !ok {
			w.lose("Reply-To", mapi.PidTagReplyRecipientNames.Get(ps), "EntryID of an unknown kind")
			continue
		}
		if len(names) == len(entries) {
			p.name = cmp.Or(strings.TrimSpace(names[i]), p.name)
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
		if mapi.PidTagNonReceiptNotificationRequested.Get(ps) {
			w.lose("PidTagNonReceiptNotificationRequested", "true", "a field asks for receipts of both kinds only")
		}
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
