package mapping

import (
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/mime"
)

// special reads messages whose structure is a whole: signed and encrypted
// mail and reports. It gives false for all others.
func (r *reader) special() bool {
	switch p := r.root; {
	case p.Type == "multipart/signed" && p.IsMultipart():
		r.clearSigned()
	case isCMS(p):
		r.opaque()
	case p.Type == "multipart/encrypted" && p.IsMultipart():
		r.encrypted()
	case p.Type == "multipart/report" && p.IsMultipart():
		return r.report()
	case isMixedReport(p):
		return r.report()
	default:
		return r.setCard()
	}
	return true
}

// special gives the entity of messages whose structure is a whole; nil for all others.
func (w *writer) special() *node {
	class := strings.ToUpper(mapi.PidTagMessageClass.Get(w.msg.Props))
	switch {
	case w.packed():
		return w.tnefContent()
	case strings.HasSuffix(class, ".SMIME") || strings.HasSuffix(class, ".SMIME.MULTIPARTSIGNED"):
		return w.secured()
	case strings.HasPrefix(class, "REPORT."):
		return w.report(class)
	}
	if full := mapi.PidNameContentType.Get(w.msg.Props); full != "" {
		if t, params := mime.ParseParams(full); t == "multipart/encrypted" {
			return w.encrypted(params)
		}
	}
	return nil
}

// encrypted keeps PGP/MIME as its two parts, as attachments. RFC 3156 4
func (r *reader) encrypted() {
	r.props.Set(mapi.PidNameContentType.Of(contentType(r.root)))
	for _, child := range r.root.Parts {
		r.attach(child, place{})
	}
}

// encrypted writes the parts back as they came.
func (w *writer) encrypted(params mime.Params) *node {
	if len(w.msg.Attachments) < 2 {
		return nil
	}
	n := &node{mediaType: "multipart/encrypted"}
	for _, p := range params {
		if p.Name != "boundary" {
			n.params = append(n.params, p)
		}
	}
	for i := range w.msg.Attachments {
		child := w.attachment(&w.msg.Attachments[i])
		if child == nil {
			return nil
		}
		child.exact = true
		n.children = append(n.children, child)
	}
	return n
}

// contentType is a part's Content-Type as text.
func contentType(p *mime.Part) string {
	return mime.DecodeText(p.Header.Get("Content-Type"))
}
