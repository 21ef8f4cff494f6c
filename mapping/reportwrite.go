package mapping

import (
	"encoding/base64"
	"io"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/mime"
	"github.com/mapigate/mapigate/mapping/report"
)

// reportTime is when the reporting host last tried.
func reportTime(r report.Recipient) (time.Time, bool) {
	t, ok := mime.ParseDate(r.Get("Last-Attempt-Date"))
	return t.UTC(), ok
}

// report writes a report as multipart/report: the text for people, the
// machine-readable part, the original. [MS-OXCMAIL] 2.1.3.6, RFC 6522
func (w *writer) report(class string) *node {
	read := strings.HasSuffix(class, ".IPNRN") || strings.HasSuffix(class, ".IPNNRN")
	if !read && !strings.HasSuffix(class, ".DR") && !strings.HasSuffix(class, ".NDR") {
		return nil
	}
	kind := "delivery-status"
	if read {
		kind = "disposition-notification"
	}
	var status *node
	var rest []*node
	for i := range w.msg.Attachments {
		a := &w.msg.Attachments[i]
		n := w.attachment(a)
		if n == nil {
			continue
		}
		if status == nil && strings.HasSuffix(n.mediaType, kind) && w.stillTrue(a, read) {
			n.fields = nil
			status = n
		} else if !strings.HasSuffix(n.mediaType, kind) {
			rest = append(rest, n)
		}
		n.exact = true
	}
	if status == nil {
		status = &node{mediaType: "message/" + kind, text: w.reportText(class, read)}
	}
	text := w.alternatives(w.plain(), w.html(), nil, nil)
	if text == nil {
		text = &node{mediaType: "text/plain", params: mime.Params{{Name: "charset", Value: "utf-8"}}, text: []byte(mapi.PidTagReportText.Get(w.msg.Props))}
	}
	return &node{mediaType: "multipart/report", params: mime.Params{{Name: "report-type", Value: kind}}, children: append([]*node{text, status}, rest...)}
}

// reportText writes the machine-readable part from the properties.
func (w *writer) reportText(class string, read bool) []byte {
	if read {
		return w.dispositionOf(class).Bytes()
	}
	return w.deliveryOf(class).Bytes()
}

// stillTrue tells whether a kept machine-readable part says what the
// properties say; if they were changed it is written anew from them.
func (w *writer) stillTrue(a *mapi.Attachment, read bool) bool {
	if a.Data == nil {
		return false
	}
	r, err := a.Data.Open(w.ctx)
	if err != nil {
		w.fail(err)
		return false
	}
	defer r.Close()
	raw, err := io.ReadAll(io.LimitReader(r, w.limits.BodyBytes))
	if err != nil {
		w.fail(err)
		return false
	}
	if read {
		d, ok := report.ParseDisposition(raw)
		return ok && d.Type() == mapi.PidTagReportDisposition.Get(w.msg.Props)
	}
	d, ok := report.ParseDelivery(raw)
	if !ok || len(d.Recipients) != len(w.msg.Recipients) {
		return false
	}
	for i, rcpt := range d.Recipients {
		ps := w.msg.Recipients[i].Props
		if !strings.EqualFold(recipientTags.get(ps).smtp, rcpt.Address()) || !statusKept(rcpt, mapi.PidTagNonDeliveryReportStatusCode.Get(ps)) {
			return false
		}
	}
	return true
}

// statusKept tells whether a recipient's status is still the one that was
// read: the report's, or one of the same class found in the text where the
// report has none that tells more.
func statusKept(rcpt report.Recipient, code int32) bool {
	read, known := rcpt.Status()
	packed, _ := read.Code()
	switch {
	case packed == code:
		return true
	case !known:
		return true
	}
	return !read.Telling() && int(code/100) == read.Class
}

// deliveryOf makes a delivery report of the recipient table. [MS-OXCMAIL] 2.1.3.6.1
func (w *writer) deliveryOf(class string) report.Delivery {
	mta := mapi.PidTagReportingMessageTransferAgent.Get(w.msg.Props)
	if mta == "" {
		mta = w.domain()
	}
	if !strings.Contains(mta, ";") {
		mta = "dns; " + mta
	}
	d := report.Delivery{Message: report.Fields{{Name: "Reporting-MTA", Value: mta}}}
	if t := formatTime(mapi.PidTagOriginalSubmitTime.Get(w.msg.Props)); t != "" {
		d.Message = append(d.Message, report.Field{Name: "Arrival-Date", Value: t})
	}
	action := "failed"
	for _, c := range classes {
		if suffix := strings.ToUpper(strings.TrimPrefix(c.class, "REPORT.IPM.Note")); strings.HasSuffix(class, suffix) {
			action = c.action
			break
		}
	}
	for i := range w.msg.Recipients {
		d.Recipients = append(d.Recipients, w.reportedOf(&w.msg.Recipients[i], action))
	}
	return d
}

// reportedOf makes the fields about one recipient.
func (w *writer) reportedOf(rcpt *mapi.Recipient, action string) report.Recipient {
	var fs report.Fields
	add := func(name, value string) {
		if value != "" {
			fs = append(fs, report.Field{Name: name, Value: value})
		}
	}
	if o := mapi.PidTagOriginallyIntendedRecipEmailAddress.Get(rcpt.Props); o != "" {
		add("Original-Recipient", "rfc822; "+o)
	}
	add("Final-Recipient", "rfc822; "+w.smtpOf("Final-Recipient", recipientTags.get(rcpt.Props)))
	add("Action", action)
	info := mapi.PidTagSupplementaryInfo.Get(rcpt.Props)
	add("Status", statusOf(rcpt.Props, info, action).String())
	if mta := mapi.PidTagRemoteMessageTransferAgent.Get(rcpt.Props); mta != "" {
		add("Remote-MTA", "dns; "+mta)
	}
	if info != "" {
		add("Diagnostic-Code", "smtp; "+diagnosticOf(info))
		add("X-Supplementary-Info", info)
	}
	add("X-Display-Name", mapi.PidTagDisplayName.Get(rcpt.Props))
	add("Last-Attempt-Date", formatTime(mapi.PidTagReportTime.Get(rcpt.Props)))
	return report.Recipient{Fields: fs}
}

// diagnosticOf is what the remote host said, out of <host #5.1.1 smtp;550 ...>.
func diagnosticOf(info string) string {
	v := strings.Trim(info, "<>")
	if _, after, ok := strings.Cut(v, "#"); ok {
		v = after
	}
	if _, after, ok := strings.Cut(v, "smtp;"); ok {
		v = after
	}
	return strings.TrimSpace(v)
}

// statusOf finds a recipient's status: the code has a digit for each part, the
// text may have the same status with all its digits, or alone; the diagnosis
// is a guess. [MS-OXCMAIL] 2.1.3.6.1.2
func statusOf(ps mapi.Props, info, action string) report.Status {
	code := mapi.PidTagNonDeliveryReportStatusCode.Get(ps)
	if s, ok := report.FindStatusWith(info, func(s report.Status) bool {
		packed, _ := s.Code()
		return code == 0 || packed == code
	}); ok {
		return s
	}
	if s, ok := report.StatusOfCode(code); ok {
		return s
	}
	if diag, ok := mapi.PidTagNonDeliveryReportDiagCode.From(ps); ok && action == "failed" {
		return report.StatusOf(mapi.PidTagNonDeliveryReportReasonCode.Get(ps), diag)
	}
	return statusOfAction(action)
}

// statusOfAction is the status of which nothing is known but the action. RFC 3463 2
func statusOfAction(action string) report.Status {
	switch action {
	case "failed":
		return report.Status{Class: 5}
	case "delayed":
		return report.Status{Class: 4}
	}
	return report.Status{Class: 2}
}

// dispositionOf makes a read receipt of the properties. [MS-OXCMAIL] 2.1.3.6.2
func (w *writer) dispositionOf(class string) report.Disposition {
	ps := w.msg.Props
	p := senderTags.get(ps)
	if p.empty() {
		p = representingTags.get(ps)
	}
	fs := report.Fields{{Name: "Final-Recipient", Value: "rfc822; " + w.smtpOf("Final-Recipient", p)}}
	if p.name != "" {
		fs = append(fs, report.Field{Name: "X-Display-Name", Value: p.name})
	}
	if key := mapi.PidTagParentKey.Get(ps); len(key) > 0 {
		fs = append(fs, report.Field{Name: "X-MSExch-Correlation-Key", Value: base64.StdEncoding.EncodeToString(key)})
	}
	id := mapi.PidTagOriginalMessageId.Get(ps)
	if id == "" {
		id = mapi.PidTagInReplyToId.Get(ps)
	}
	if id != "" {
		fs = append(fs, report.Field{Name: "Original-Message-ID", Value: id})
	}
	modes, what := mapi.PidTagReportDispositionMode.Get(ps), mapi.PidTagReportDisposition.Get(ps)
	if modes == "" {
		modes = "manual-action/MDN-sent-automatically"
	}
	if what == "" {
		what = "deleted"
		if strings.HasSuffix(class, ".IPNRN") {
			what = "displayed"
		}
	}
	return report.Disposition{Fields: append(fs, report.Field{Name: "Disposition", Value: modes + "; " + what})}
}
