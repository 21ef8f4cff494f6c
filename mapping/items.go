package mapping

import (
	"bytes"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/charset"
	"github.com/mapigate/mapigate/mapping/ical"
	"github.com/mapigate/mapigate/mapping/loss"
	"github.com/mapigate/mapigate/mapping/mime"
	"github.com/mapigate/mapigate/mapping/vcard"
)

// setCalendar turns the chosen text/calendar into the message's class and
// properties; a calendar that can't be read stays a file. [MS-OXCMAIL] 2.2.3.3, [MS-OXCICAL]
func (r *reader) setCalendar() {
	p := r.bodies.calendar
	if p == nil {
		return
	}
	text, ok := r.partText(p)
	if !ok {
		return
	}
	res, err := ical.ToMAPI(strings.NewReader(text), ical.Options{Now: r.opts.Now, Bytes: r.limits.BodyBytes, Attendees: r.limits.Recipients})
	if err != nil || len(res.Messages) == 0 {
		if err != nil {
			r.lose(r.where(p), "calendar", err.Error()+"; kept as a file")
		}
		r.attach(p, place{})
		return
	}
	r.loseAll(r.where(p), res.Losses)
	r.become(res.Messages[0])
	for _, further := range res.Messages[1:] {
		r.attachItem(further)
	}
}

// setCard turns a message that is nothing but a vCard into a contact. [MS-OXVCARD]
func (r *reader) setCard() bool {
	p := r.root
	if p.Type != "text/vcard" && p.Type != "text/x-vcard" && p.Type != "text/directory" || p.Disposition == "attachment" {
		return false
	}
	text, ok := r.partText(p)
	if !ok {
		return false
	}
	res, err := vcard.ToMAPI(strings.NewReader(text), vcard.Options{Bytes: r.limits.BodyBytes})
	if err != nil || len(res.Messages) == 0 {
		return false
	}
	r.loseAll(r.where(p), res.Losses)
	r.become(res.Messages[0])
	for _, further := range res.Messages[1:] {
		r.attachItem(further)
	}
	return true
}

// partText reads a part as text.
func (r *reader) partText(p *mime.Part) (string, bool) {
	raw, ok := r.bodyBytes(p)
	if !ok {
		return "", false
	}
	label := p.Params.Get("charset")
	if label == "" && !isASCII(raw) {
		label = "utf-8" // RFC 5545 3.1.4, RFC 6350 3.1
	}
	text, _ := charset.Decode(raw, label)
	return text, true
}

func (r *reader) loseAll(where string, list []loss.Loss) {
	for _, l := range list {
		r.lose(where+" "+l.Where, l.What, l.Reason)
	}
}

// become gives the message an item's class, properties and attachments. What
// the header or the text already said stays; recipients stay the envelope's.
func (r *reader) become(item *mapi.Message) {
	for _, p := range item.Props {
		if p.Name == nil && p.Tag.ID() == mapi.PidTagMessageClass.Tag().ID() {
			r.props.Set(p)
			continue
		}
		r.props.SetDefault(p)
	}
	r.msg.Attachments = append(r.msg.Attachments, item.Attachments...)
	if r.opts.Recipients == nil && len(r.msg.Recipients) == 0 {
		r.msg.Recipients = item.Recipients
	}
}

// attachItem attaches a further item of a stream that holds several.
func (r *reader) attachItem(item *mapi.Message) {
	if len(r.msg.Attachments) >= r.limits.Parts {
		r.lose("calendar", subjectOf(item.Props), "limit of attachments")
		return
	}
	r.msg.Attachments = append(r.msg.Attachments, mapi.Attachment{Message: item, Props: mapi.Props{
		mapi.PidTagAttachMethod.Of(attachEmbedded),
		mapi.PidTagRenderingPosition.Of(-1),
		mapi.PidTagDisplayName.Of(subjectOf(item.Props)),
	}})
}

// calendar writes the message as iCalendar where its class has that form, nil otherwise.
func (w *writer) calendar() *node {
	if !ical.Maps(mapi.PidTagMessageClass.Get(w.msg.Props)) {
		return nil
	}
	var b bytes.Buffer
	written, err := ical.FromMAPI(w.ctx, &b, w.msg, ical.FromOptions{Now: w.opts.Now, SMTPAddress: w.smtpAddress})
	if err != nil {
		w.lose("PidTagMessageClass", mapi.PidTagMessageClass.Get(w.msg.Props), err.Error())
		return nil
	}
	for _, l := range written.Losses {
		w.lose(l.Where, l.What, l.Reason)
	}
	n := &node{mediaType: "text/calendar", params: mime.Params{{Name: "charset", Value: "utf-8"}}, text: b.Bytes()}
	if written.Method != "" {
		n.params = append(n.params, mime.Param{Name: "method", Value: written.Method})
	}
	return n
}

// card writes a contact or distribution list as a vCard, nil for other classes.
func (w *writer) card() *node {
	class := mapi.PidTagMessageClass.Get(w.msg.Props)
	if !vcard.Maps(class) {
		return nil
	}
	var b bytes.Buffer
	losses, err := vcard.FromMAPI(w.ctx, &b, w.msg, vcard.FromOptions{SMTPAddress: w.smtpAddress})
	if err != nil {
		w.lose("PidTagMessageClass", class, err.Error())
		return nil
	}
	for _, l := range losses {
		w.lose(l.Where, l.What, l.Reason)
	}
	return &node{mediaType: "text/vcard", params: mime.Params{{Name: "charset", Value: "utf-8"}}, text: b.Bytes()}
}

// smtpAddress finds an SMTP address for the rooms of the formats.
func (w *writer) smtpAddress(kind, addr string) string {
	found, _ := w.addresses.smtp(party{kind: kind, addr: addr})
	return found
}

// isException tells whether an attachment is a changed instance of a series,
// which the calendar itself says. [MS-OXOCAL] 2.2.10.1
func isException(a *mapi.Attachment) bool {
	const afException = 0x02
	return a.Message != nil && (mapi.PidTagAttachmentFlags.Get(a.Props)&afException != 0 || hasPrefixFold(mapi.PidTagMessageClass.Get(a.Message.Props), "IPM.OLE.CLASS."))
}
