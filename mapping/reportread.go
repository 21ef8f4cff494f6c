package mapping

import (
	"encoding/base64"
	"fmt"
	"strings"
	"sync"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/mime"
	"github.com/mapigate/mapigate/mapping/report"
)

// report reads a multipart/report: its class, what it says of each recipient,
// and of which message. The machine-readable part is kept as a hidden
// attachment, since fields that no property carries have no other place. false:
// it is read as ordinary mail. [MS-OXCMAIL] 2.2.3.7, RFC 6522
func (r *reader) report() bool {
	if !r.deposited() {
		return false // it is to be submitted: its recipients are those of the envelope
	}
	for _, p := range r.root.Parts {
		switch p.Type {
		case "message/delivery-status", "message/global-delivery-status":
			return r.delivery(p)
		case "message/disposition-notification", "message/global-disposition-notification":
			return r.disposition(p)
		}
	}
	return false
}

// delivery reads a delivery report. RFC 3464
func (r *reader) delivery(status *mime.Part) bool {
	raw, ok := r.readAll(status, r.limits.BodyBytes)
	if !ok {
		return false
	}
	d, ok := report.ParseDelivery(raw)
	if !ok {
		return false
	}
	r.reportParts(status)
	r.originalInText(string(raw)) // where the part does not end before it
	r.delivered(d)
	return true
}

// delivered makes the message a report of what d says. [MS-OXCMAIL] 2.2.3.7.1
func (r *reader) delivered(d report.Delivery) {
	r.props.Set(mapi.PidTagMessageClass.Of(classOf(d)))
	if _, mta, found := strings.Cut(d.Message.Get("Reporting-MTA"), ";"); found {
		r.props.Set(mapi.PidTagReportingMessageTransferAgent.Of(strings.TrimSpace(mta)))
	}
	if t, ok := mime.ParseDate(d.Message.Get("Arrival-Date")); ok {
		r.default_(mapi.PidTagOriginalSubmitTime.Of(t.UTC()))
	}
	r.reportedTo()
	r.msg.Recipients = r.msg.Recipients[:0]
	replies := sync.OnceValue(func() report.Replies { return report.ReadReplies(r.reportBody()) })
	for _, rcpt := range d.Recipients {
		status, known := rcpt.Status()
		if !status.Telling() {
			if s, ok := replies().To(rcpt.Address(), len(d.Recipients) == 1); ok && (!known || s.Class == status.Class) {
				status, known = s, true
			}
		}
		r.msg.Recipients = append(r.msg.Recipients, r.reported(rcpt, status, known))
	}
}

// reportBody is the text for people of a report.
func (r *reader) reportBody() string {
	if text, ok := mapi.PidTagBody.From(r.props); ok {
		return text
	}
	if r.bodies.plain == nil {
		return ""
	}
	text, _ := r.partText(r.bodies.plain)
	return text
}

// classes pair a report's actions, worst first, with message classes. [MS-OXCMAIL] 2.2.3.7.1.1
var classes = []struct{ action, class string }{
	{"failed", "REPORT.IPM.Note.NDR"}, {"delayed", "REPORT.IPM.Note.Delayed.DR"}, {"relayed", "REPORT.IPM.Note.Relayed.DR"},
	{"expanded", "REPORT.IPM.Note.Expanded.DR"}, {"delivered", "REPORT.IPM.Note.DR"},
}

// actionOf gives a recipient's action; where it lacks one the status tells.
func actionOf(r report.Recipient) string {
	if a := r.Action(); a != "" {
		return a
	}
	if s, ok := r.Status(); ok && s.Class == 2 {
		return "delivered"
	} else if ok && s.Class == 4 {
		return "delayed"
	}
	return "failed"
}

// classOf gives the class of a report: the worst that happened to anyone.
func classOf(d report.Delivery) string {
	for _, c := range classes {
		for _, r := range d.Recipients {
			if actionOf(r) == c.action {
				return c.class
			}
		}
	}
	return "REPORT.IPM.Note.NDR"
}

// reportedTo keeps whom the report itself is to, since the recipient table
// names those it is about.
func (r *reader) reportedTo() {
	for _, rcpt := range r.msg.Recipients {
		p := recipientTags.get(rcpt.Props)
		receivedByTags.set(&r.props, p)
		receivedRepresentingTags.set(&r.props, p)
		return
	}
}

// reported makes the row of a recipient with its fate. The codes, by which
// clients choose what they tell the user, are those of the most telling status
// there is; PidTagSupplementaryInfo has the Status field as it stands. [MS-OXOMSG] 2.2.2
func (r *reader) reported(rcpt report.Recipient, status report.Status, known bool) mapi.Recipient {
	row := smtpParty("", rcpt.Address()).recipient(mapi.RecipientTo)
	if !known {
		status = statusOfAction(actionOf(rcpt))
	}
	reason, diag := status.Diagnosis()
	if known {
		code, whole := status.Code()
		row.Props.Set(mapi.PidTagNonDeliveryReportStatusCode.Of(code))
		if !whole {
			r.lose("recipient "+rcpt.Address(), "status "+status.String(), "PidTagNonDeliveryReportStatusCode has one digit for each part; see PidTagSupplementaryInfo")
		}
	}
	switch actionOf(rcpt) {
	case "failed", "delayed":
		row.Props.Set(mapi.PidTagNonDeliveryReportReasonCode.Of(reason))
		row.Props.Set(mapi.PidTagNonDeliveryReportDiagCode.Of(diag))
	default:
		if t, ok := reportTime(rcpt); ok {
			row.Props.Set(mapi.PidTagDeliverTime.Of(t))
		}
	}
	row.Props.Set(mapi.PidTagSupplementaryInfo.Of(supplementary(rcpt, status)))
	if mta := rcpt.RemoteMTA(); mta != "" {
		row.Props.Set(mapi.PidTagRemoteMessageTransferAgent.Of(mta))
	}
	if o := rcpt.Original(); o != "" && !strings.EqualFold(o, rcpt.Address()) {
		row.Props.Set(mapi.PidTagOriginallyIntendedRecipAddrtype.Of("SMTP"))
		row.Props.Set(mapi.PidTagOriginallyIntendedRecipEmailAddress.Of(o))
	}
	if t, ok := reportTime(rcpt); ok {
		row.Props.Set(mapi.PidTagReportTime.Of(t))
	} else if t, ok := mapi.PidTagClientSubmitTime.From(r.props); ok {
		row.Props.Set(mapi.PidTagReportTime.Of(t))
	}
	return row
}

// supplementary is the text Outlook shows: <host #5.1.1 smtp;550 ...>, with the
// Status field where there is one, else with the status found. [MS-OXCMAIL] 2.2.3.7.1.2
func supplementary(rcpt report.Recipient, s report.Status) string {
	if field, ok := rcpt.StatusField(); ok {
		s = field
	}
	if x := rcpt.Get("X-Supplementary-Info"); x != "" {
		return x
	}
	var b strings.Builder
	b.WriteString("<")
	if mta := rcpt.RemoteMTA(); mta != "" {
		b.WriteString(mta + " ")
	}
	fmt.Fprintf(&b, "#%v", s)
	if d := rcpt.Get("Diagnostic-Code"); d != "" {
		b.WriteString(" " + d)
	}
	return b.String() + ">"
}

// reportParts reads what stands around the machine-readable part: the text for
// people is the body, the original message or its header tells which message
// the report is about.
func (r *reader) reportParts(status *mime.Part) {
	for _, p := range r.root.Parts {
		if p == status {
			n := len(r.msg.Attachments)
			r.attach(p, place{})
			if len(r.msg.Attachments) > n {
				r.msg.Attachments[n].Props.Set(mapi.PidTagAttachmentHidden.Of(true))
			}
			continue
		}
		r.original(p)
		r.walk(p, place{body: !r.bodies.any()})
	}
}

// reportText sets the text of a report from its body.
func (r *reader) reportText() {
	if text, ok := mapi.PidTagBody.From(r.props); ok && hasPrefixFold(mapi.PidTagMessageClass.Get(r.props), "REPORT.") {
		r.default_(mapi.PidTagReportText.Of(text))
	}
}

// deposited tells whether the message may become a report: it is not to be
// submitted, which would send it to those it is about.
func (r *reader) deposited() bool {
	return r.depth > 0 || r.opts.Recipients == nil || r.opts.Deposit
}

// disposition reads a read receipt. RFC 8098, [MS-OXCMAIL] 2.2.3.7.2
func (r *reader) disposition(part *mime.Part) bool {
	raw, ok := r.readAll(part, r.limits.BodyBytes)
	if !ok {
		return false
	}
	d, ok := report.ParseDisposition(raw)
	if !ok {
		return false
	}
	class := "REPORT.IPM.Note.IPNNRN"
	if d.Read() {
		class = "REPORT.IPM.Note.IPNRN"
	}
	r.props.Set(mapi.PidTagMessageClass.Of(class))
	r.reportParts(part)
	r.props.Set(mapi.PidTagReportDisposition.Of(d.Type()))
	if m := d.Modes(); m != "" {
		r.props.Set(mapi.PidTagReportDispositionMode.Of(m))
	}
	if id := d.Get("Original-Message-ID"); id != "" {
		r.props.Set(mapi.PidTagOriginalMessageId.Of(id))
	}
	if key, err := base64.StdEncoding.DecodeString(d.Get("X-MSExch-Correlation-Key")); err == nil && len(key) > 0 {
		r.props.Set(mapi.PidTagParentKey.Of(key))
	}
	if t, ok := mapi.PidTagClientSubmitTime.From(r.props); ok {
		r.props.Set(mapi.PidTagReceiptTime.Of(t))
		r.props.Set(mapi.PidTagReportTime.Of(t))
	}
	return true
}
