package mapping

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/mime"
	"github.com/mapigate/mapigate/mapping/tnef"
)

// isTNEF tells whether a part is winmail.dat.
func isTNEF(p *mime.Part) bool {
	switch p.Type {
	case "application/ms-tnef", "application/vnd.ms-tnef":
		return true
	case "application/octet-stream":
		return strings.EqualFold(fileName(p), "winmail.dat")
	}
	return false
}

// unfold reads a TNEF part into the message: its attachments are the
// message's, its properties fill what the header did not say. false: it stays
// a file, because it is no TNEF or belongs to another message. [MS-OXCMAIL] 2.2.3.4, [MS-OXTNEF] 2.1.3
func (r *reader) unfold(p *mime.Part) bool {
	if r.inside != nil || !isTNEF(p) {
		return false
	}
	src, ok := r.tnefSource(p)
	if !ok {
		return false
	}
	res, err := tnef.Read(r.ctx, src, tnef.Options{Depth: max(r.limits.Depth-r.depth, 1), Attachments: r.limits.Parts, Recipients: r.limits.Recipients, Memory: r.limits.InflatedBytes})
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return false
	case err != nil:
		r.lose(r.where(p), "TNEF", err.Error()+"; kept as a file")
		return false
	case !r.correlates(res.Message.Props):
		r.lose(r.where(p), "TNEF", "belongs to another message; kept as a file")
		return false
	}
	for _, l := range res.Losses {
		r.lose(r.where(p)+" TNEF "+l.Where, l.What, l.Reason)
	}
	r.inside = res.Message
	for _, a := range res.Message.Attachments {
		if len(r.msg.Attachments) >= r.limits.Parts {
			r.lose(r.where(p), "attachments of TNEF", "limit of attachments")
			break
		}
		r.msg.Attachments = append(r.msg.Attachments, a)
	}
	return true
}

// tnefSource gives random access to a part: to the source, or where its lines
// are irregular, to its decoded bytes in memory.
func (r *reader) tnefSource(p *mime.Part) (tnef.Source, bool) {
	if r, ok := p.Random(); ok {
		return r, true
	}
	raw, ok := r.readAll(p, r.limits.InflatedBytes)
	if !ok {
		r.lose(r.where(p), "TNEF", "longer than the limit; kept as a file")
		return nil, false
	}
	return bytes.NewReader(raw), true
}

// correlates tells whether TNEF belongs to the message: both name one key, or one of them none. [MS-OXTNEF] 2.1.3.3.20
func (r *reader) correlates(inner mapi.Props) bool {
	ours := bytes.TrimRight(mapi.PidTagTnefCorrelationKey.Get(r.props), "\x00")
	theirs := bytes.TrimRight(mapi.PidTagTnefCorrelationKey.Get(inner), "\x00")
	return len(ours) == 0 || len(theirs) == 0 || bytes.EqualFold(ours, theirs)
}

// setInside merges the properties of TNEF into the message's: the class and
// the bodies are TNEF's, of the others the header's win.
func (r *reader) setInside() {
	if r.inside == nil {
		return
	}
	report := isDeliveryReport(r.inside.Props)
	if report && r.deposited() {
		r.reportedTo()
		r.msg.Recipients = r.inside.Recipients
	}
	for _, p := range r.inside.Props {
		switch {
		case report && !r.deposited() && p.Name == nil && p.Tag.ID() == mapi.PidTagMessageClass.Tag().ID():
			r.lose("PidTagMessageClass", mapi.PidTagMessageClass.Get(r.inside.Props), "a report is not submitted as one")
		case p.Name == nil && isBodyProp(p.Tag.ID()), p.Name == nil && p.Tag.ID() == mapi.PidTagMessageClass.Tag().ID():
			r.props.Set(p)
		default:
			r.props.SetDefault(p)
		}
	}
	if r.depth == 0 && r.opts.Recipients == nil && len(r.msg.Recipients) == 0 {
		r.msg.Recipients = r.inside.Recipients
	}
}

// isBodyProp tells whether a property is the text or says how it is coded.
func isBodyProp(id mapi.PropID) bool {
	switch id {
	case mapi.PidTagBody.Tag().ID(), mapi.PidTagHtml.Tag().ID(), mapi.PidTagRtfCompressed.Tag().ID(), mapi.PidTagRtfInSync.Tag().ID(), mapi.PidTagInternetCodepage.Tag().ID(), mapi.PidTagNativeBody.Tag().ID():
		return true
	}
	return false
}

// packed tells whether the message is to be written as TNEF.
func (w *writer) packed() bool {
	switch w.opts.TNEF {
	case TNEFAlways:
		return w.depth == 0
	case TNEFMinimal:
		return w.depth == 0 && !plainSuffices(w.msg)
	}
	return false
}

// plainClasses are the classes (with all below them) that plain MIME carries.
var plainClasses = [...]string{"IPM.Note", "IPM.Schedule.Meeting", "IPM.Appointment", "IPM.Contact", "IPM.DistList", "IPM.Post", "IPM.Activity", "IPM.StickyNote", "IPM.Task", "REPORT"}

// plainSuffices tells whether nothing of a message needs TNEF.
func plainSuffices(msg *mapi.Message) bool {
	for i := range msg.Attachments {
		if mapi.PidTagAttachMethod.Get(msg.Attachments[i].Props) == attachOLE {
			return false
		}
	}
	class := mapi.PidTagMessageClass.Get(msg.Props)
	if class == "" {
		return true
	}
	for _, c := range plainClasses {
		if strings.EqualFold(class, c) || hasPrefixFold(class, c+".") && !strings.EqualFold(class, "IPM.Note.Custom") {
			return true
		}
	}
	return false
}

// tnefContent writes the text for readers without TNEF and winmail.dat with
// everything. [MS-OXCMAIL] 2.1.3.5
func (w *writer) tnefContent() *node {
	w.tnef = true
	if len(mapi.PidTagTnefCorrelationKey.Get(w.msg.Props)) == 0 {
		// Not on the caller's message, which is only read.
		own := *w.msg
		own.Props = append(append(mapi.Props(nil), w.msg.Props...), mapi.PidTagTnefCorrelationKey.Of(append([]byte(w.messageID), 0)))
		w.msg = &own
	}
	text := w.plain()
	if text == nil {
		text = &node{mediaType: "text/plain", params: mime.Params{{Name: "charset", Value: "us-ascii"}}}
	}
	msg := w.msg
	winmail := &node{
		mediaType: "application/ms-tnef", params: mime.Params{{Name: "name", Value: "winmail.dat"}},
		fields: []mime.Field{{Name: "Content-Disposition", Raw: "attachment; filename=winmail.dat"}},
		generate: func(out io.Writer) error {
			losses, err := tnef.Write(w.ctx, out, msg, tnef.WriteOptions{Key: tnefKey})
			for _, l := range losses {
				w.lose("TNEF "+l.Where, l.What, l.Reason)
			}
			if err != nil {
				return fmt.Errorf("write TNEF: %w", err)
			}
			return nil
		},
	}
	return &node{mediaType: "multipart/mixed", children: []*node{text, winmail}}
}

// tnefKey names the one TNEF stream of a message; any number but 0 does. [MS-OXTNEF] 2.1.3.1.2
const tnefKey = 1
