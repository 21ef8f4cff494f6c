package mapping

import (
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/mime"
	"github.com/mapigate/mapigate/mapping/report"
)

// isMixedReport tells whether a multipart/mixed is built as a report: a text,
// delivery status, and nothing more than the original. OpenSMTPD and McAfee
// send such. Anything beside makes it a mail that somebody put a report in.
// RFC 6522 3
func isMixedReport(p *mime.Part) bool {
	if p.Type != "multipart/mixed" || !p.IsMultipart() || len(p.Parts) < 2 || len(p.Parts) > 3 {
		return false
	}
	if t := p.Parts[0].Type; t != "text/plain" && t != "text/html" && t != "multipart/alternative" {
		return false
	}
	if t := p.Parts[1].Type; t != "message/delivery-status" && t != "message/global-delivery-status" {
		return false
	}
	return len(p.Parts) == 2 || isOriginal(p.Parts[2])
}

// isOriginal tells whether a part is what a report returns of the message it is about. RFC 6522 3
func isOriginal(p *mime.Part) bool {
	switch p.Type {
	case "message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers":
		return true
	}
	return false
}

// reportInText reads the delivery status that stands in the text of a report
// that has no part for it: one whose boundary never comes, and one whose TNEF
// says that it is a report but not of whom. A text alone makes no mail a
// report: anybody may quote one.
func (r *reader) reportInText() {
	if !r.deposited() {
		return
	}
	broken := r.root.Type == "multipart/report" && !r.root.IsMultipart() && strings.EqualFold(r.root.Params.Get("report-type"), "delivery-status")
	unnamed := r.inside != nil && isDeliveryReport(r.props) && len(r.msg.Recipients) == 0
	if !broken && !unnamed {
		return
	}
	d, ok := report.FindDelivery(mapi.PidTagBody.Get(r.props))
	if !ok {
		return
	}
	class := mapi.PidTagMessageClass.Get(r.props)
	r.delivered(d)
	r.originalInText(mapi.PidTagBody.Get(r.props))
	if unnamed {
		r.props.Set(mapi.PidTagMessageClass.Of(class)) // TNEF knows
	}
}
