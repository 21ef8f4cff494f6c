package mapping

import (
	"bytes"
	"strings"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/mime"
)

// attachment makes the entity of an attachment. [MS-OXCMAIL] 2.1.3.4
func (w *writer) attachment(a *mapi.Attachment) *node {
	if !w.tnef {
		w.leftoverOf(a)
	}
	n := &node{}
	switch method := mapi.PidTagAttachMethod.Get(a.Props); {
	case a.Message != nil:
		n.mediaType, n.inner = "message/rfc822", a.Message
		n.fields = w.attachmentFields(a, n, "attachment")
		return n
	case a.Data != nil:
		n.stream = a.Data
	case mapi.PidTagAttachDataBinary.Get(a.Props) != nil:
		n.stream = mapi.BytesStream(mapi.PidTagAttachDataBinary.Get(a.Props))
	case method == attachByRefOnly || method == attachByWebRef || mapi.PidTagAttachLongPathname.Get(a.Props) != "":
		return w.reference(a)
	default:
		n.stream = mapi.BytesStream(nil)
	}
	w.describeType(a, n)
	disposition := "attachment"
	if mapi.PidTagAttachFlags.Get(a.Props)&attRendered != 0 || mapi.PidTagAttachmentHidden.Get(a.Props) {
		disposition = "inline"
	}
	n.fields = w.attachmentFields(a, n, disposition)
	return w.appleDouble(a, n)
}

// describeType sets the media type and its parameters. [MS-OXCMAIL] 2.1.3.4.1
func (w *writer) describeType(a *mapi.Attachment, n *node) {
	n.mediaType = cleanType(mapi.PidTagAttachMimeTag.Get(a.Props))
	if full := mapi.PidNameContentType.Get(a.Props); full != "" {
		if t, ps := mime.ParseParams(full); t == n.mediaType {
			for _, p := range ps {
				if p.Name != "name" && p.Name != "charset" && p.Name != "boundary" {
					n.params = append(n.params, p)
				}
			}
		}
	}
	switch {
	case n.mediaType == "" || strings.HasPrefix(n.mediaType, "multipart/"):
		n.mediaType = "application/octet-stream" // base64 is forbidden for multiparts. RFC 2045 6.4
		n.params = nil
		if t := typeOfName(attachmentName(a)); t != "" {
			n.mediaType = t
		}
	}
	if label := mapi.PidTagTextAttachmentCharset.Get(a.Props); label != "" && strings.HasPrefix(n.mediaType, "text/") {
		n.params = append(mime.Params{{Name: "charset", Value: label}}, n.params...)
	}
}

// cleanType gives a media type that can stand in a header, or "".
func cleanType(t string) string {
	t = strings.ToLower(strings.TrimSpace(t))
	if major, minor, ok := strings.Cut(t, "/"); !ok || major == "" || minor == "" || strings.ContainsAny(t, " \t\r\n;,\"") {
		return ""
	}
	return t
}

// typeOfName guesses the media type from a file name's extension. A name alone
// makes no message or report of a file: those travel without an encoding.
func typeOfName(name string) string {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return ""
	}
	ext := strings.ToLower(name[i:])
	best := ""
	for t, e := range extensions {
		if e == ext && !strings.HasPrefix(t, "message/") && (best == "" || t < best) {
			best = t
		}
	}
	return best
}

// attachmentName is the best name an attachment has, "" where it was given one by us.
func attachmentName(a *mapi.Attachment) string {
	if unnamedMark.Get(a.Props) != "" {
		return ""
	}
	for _, tag := range [...]mapi.Tag[string]{mapi.PidTagAttachLongFilename, mapi.PidTagAttachFilename} {
		if n := tag.Get(a.Props); n != "" {
			return n
		}
	}
	if a.Message == nil {
		return mapi.PidTagDisplayName.Get(a.Props)
	}
	return ""
}

// attachmentFields are the fields of an attachment beside its type. [MS-OXCMAIL] 2.1.3.4.1
func (w *writer) attachmentFields(a *mapi.Attachment, n *node, disposition string) []mime.Field {
	name := attachmentName(a)
	var fields []mime.Field
	dp := mime.Params{}
	if name != "" {
		n.params = append(n.params[:len(n.params):len(n.params)], mime.Param{Name: "name", Value: name})
		dp = append(dp, mime.Param{Name: "filename", Value: name})
	}
	for _, d := range [...]struct {
		param string
		tag   mapi.Tag[time.Time]
	}{{"creation-date", mapi.PidTagCreationTime}, {"modification-date", mapi.PidTagLastModificationTime}} {
		if t := formatTime(d.tag.Get(a.Props)); t != "" && a.Message == nil {
			dp = append(dp, mime.Param{Name: d.param, Value: t})
		}
	}
	fields = append(fields, mime.Field{Name: "Content-Disposition", Raw: mime.FormatParams(disposition, dp)})
	text := func(field string, tag mapi.Tag[string]) {
		if v := tag.Get(a.Props); v != "" {
			fields = append(fields, mime.Field{Name: field, Raw: mime.EncodeText(v, len(field)+2, w.opts.UTF8)})
		}
	}
	if d := mapi.PidTagDisplayName.Get(a.Props); d != "" && d != mapi.PidTagAttachLongFilename.Get(a.Props) && d != mapi.PidTagAttachFilename.Get(a.Props) && d != name && (a.Message == nil || d != subjectOf(a.Message.Props)) {
		text("Content-Description", mapi.PidTagDisplayName)
	}
	if id := mapi.PidTagAttachContentId.Get(a.Props); id != "" {
		fields = append(fields, mime.Field{Name: "Content-ID", Raw: "<" + mime.EncodeText(strings.Trim(id, "<> "), 14, w.opts.UTF8) + ">"})
	}
	text("Content-Location", mapi.PidTagAttachContentLocation)
	text("Content-Base", mapi.PidTagAttachContentBase)
	text("X-Payload-Class", mapi.PidTagAttachPayloadClass)
	text("X-Payload-Provider-Guid", mapi.PidTagAttachPayloadProviderGuidString)
	return fields
}

// isShown tells whether the HTML shows an attachment. The mark alone does not
// count: clients set it carelessly. [MS-OXCMAIL] 2.1.3.4.1.2
func isShown(a *mapi.Attachment, html []byte) bool {
	id, loc := mapi.PidTagAttachContentId.Get(a.Props), mapi.PidTagAttachContentLocation.Get(a.Props)
	if a.Message != nil || id == "" && loc == "" {
		return false
	}
	if mapi.PidTagAttachFlags.Get(a.Props)&attRendered != 0 {
		return refers(html, a.Props)
	}
	return id != "" && bytes.Contains(html, []byte("cid:"+id))
}

// reference writes a link in place of a file that is only referred to.
func (w *writer) reference(a *mapi.Attachment) *node {
	target := mapi.PidTagAttachLongPathname.Get(a.Props)
	if target == "" {
		target = mapi.PidTagAttachPathname.Get(a.Props)
	}
	name := attachmentName(a)
	w.lose("attachment "+name, target, "a reference to a file; the link is written as text")
	return &node{mediaType: "text/plain", params: mime.Params{{Name: "charset", Value: "utf-8"}}, text: []byte(name + "\r\n<" + target + ">\r\n"),
		fields: []mime.Field{{Name: "Content-Disposition", Raw: mime.FormatParams("attachment", mime.Params{{Name: "filename", Value: name + ".txt"}})}}}
}
