package mapping

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/charset"
	"github.com/mapigate/mapigate/mapping/htmltext"
	"github.com/mapigate/mapigate/mapping/mime"
	"github.com/mapigate/mapigate/mapping/textform"
)

// bodies are the parts chosen as the message's text.
type bodies struct {
	plain, html, enriched, calendar *mime.Part
}

// any tells whether a body was chosen.
func (b *bodies) any() bool {
	return b.plain != nil || b.html != nil || b.enriched != nil || b.calendar != nil
}

// A place is where in the tree of parts a part stands.
type place struct {
	// body tells that a text part here may be the message's body.
	body bool
	// alternative tells that the parts beside it say the same in other forms.
	alternative bool
	// related tells that a text beside it may refer to it.
	related bool
}

// walk sorts parts into bodies and attachments. [MS-OXCMAIL] 2.2.3.3.2, 2.2.3.4
func (r *reader) walk(p *mime.Part, at place) {
	if p.Broken != "" && p != r.root {
		r.lose(r.where(p), p.Type, p.Broken)
	}
	switch {
	case !p.IsMultipart():
		r.leaf(p, at)
	case p.Type == "multipart/alternative":
		at.body = at.body && !r.bodies.any()
		at.alternative = true
		r.each(p.Parts, at)
	case p.Type == "multipart/related":
		r.related(p, at)
	case p.Type == "multipart/appledouble" && r.appleDouble(p, at):
	case p.Type == "multipart/signed" && !r.wholeSigned && p != r.root:
		// Only a message that is signed as a whole is kept byte for byte.
		r.lose(r.where(p), "signature", "of a part of the message: it is kept, but what it signs is written anew")
		r.each(p.Parts, at)
	default: // mixed, signed, report, digest and unknown ones
		for _, child := range p.Parts {
			inner := at
			inner.body = at.body && (at.alternative || !r.bodies.any())
			r.walk(child, inner)
		}
	}
	r.around(p)
}

func (r *reader) each(parts []*mime.Part, at place) {
	for _, p := range parts {
		r.walk(p, at)
	}
}

// related takes the root part first: the one that start names, else the first. RFC 2387 3.2
func (r *reader) related(p *mime.Part, at place) {
	root := p.Parts[0]
	if start := strings.Trim(p.Params.Get("start"), "<> "); start != "" {
		for _, child := range p.Parts {
			if child.ContentID() == start {
				root = child
			}
		}
	}
	inner := at
	inner.body = at.body && (at.alternative || !r.bodies.any())
	r.walk(root, inner)
	for _, child := range p.Parts {
		if child != root {
			r.walk(child, place{related: true})
		}
	}
}

// around lists what stands before and after the parts and means something.
func (r *reader) around(p *mime.Part) {
	if p.Epilogue > 16 || p.Preamble > 16 {
		for _, piece := range r.surroundings(p) {
			r.lose(r.where(p), piece, "text outside of the parts")
		}
	}
}

// leaf makes a part that has no parts the body or an attachment.
func (r *reader) leaf(p *mime.Part, at place) {
	if at.body && p.Disposition != "attachment" && r.takeBody(p, at) {
		return
	}
	r.attach(p, at)
}

// takeBody takes a text part as a body if its place is free.
func (r *reader) takeBody(p *mime.Part, at place) bool {
	if !at.alternative && p != r.root && p.DispositionParams.Get("filename") != "" {
		return false
	}
	var slot **mime.Part
	switch p.Type {
	case "text/plain":
		slot = &r.bodies.plain
	case "text/html":
		slot = &r.bodies.html
	case "text/calendar":
		slot = &r.bodies.calendar
	case "text/enriched", "text/richtext":
		if r.bodies.any() || at.alternative {
			return false // another form is better; this one is kept as an attachment
		}
		slot = &r.bodies.enriched
	default:
		if p != r.root || !strings.HasPrefix(p.Type, "multipart/") {
			return false
		}
		slot = &r.bodies.plain // a multipart whose boundary never comes is read as text
	}
	if *slot != nil {
		return false
	}
	*slot = p
	if id := p.ContentID(); id != "" {
		r.default_(mapi.PidTagBodyContentId.Of(mime.DecodeText(id)))
	}
	if fileName(p) != "" {
		r.default_(mapi.PidNameContentType.Of(mime.FormatParams(p.Type, mime.Params{{Name: "name", Value: fileName(p)}})))
	}
	return true
}

// setBodies turns the chosen parts into properties. [MS-OXCMAIL] 2.2.3.3
func (r *reader) setBodies() {
	b := &r.bodies
	if b.enriched != nil {
		r.setEnriched(b)
	}
	if b.plain != nil {
		r.setPlain(b.plain)
	}
	if b.html != nil {
		r.setHTML(b.html)
	}
	if b.html != nil && b.plain == nil && r.opts.AddText {
		r.addText()
	}
	switch {
	case b.html != nil:
		r.default_(mapi.PidTagNativeBody.Of(3))
	case b.plain != nil || b.enriched != nil:
		r.default_(mapi.PidTagNativeBody.Of(1))
	}
}

// bodyBytes reads a body; one over the limit becomes an attachment.
func (r *reader) bodyBytes(p *mime.Part) ([]byte, bool) {
	raw, ok := r.readAll(p, r.limits.BodyBytes)
	if !ok && r.err == nil && !r.wholeSigned {
		r.lose(r.where(p), p.Type, "body over the limit: it is an attachment")
		r.attach(p, place{})
	}
	return raw, ok
}

// setPlain sets PidTagBody. [MS-OXCMAIL] 2.2.3.3
func (r *reader) setPlain(p *mime.Part) {
	raw, ok := r.bodyBytes(p)
	if !ok {
		return
	}
	label := p.Params.Get("charset")
	if isBinary(raw) && !r.wholeSigned && !strings.Contains(strings.ToLower(label), "utf") {
		r.lose(r.where(p), p.Type, "no text but binary data: it is an attachment")
		r.attach(p, place{})
		return
	}
	text, known := charset.Decode(raw, label)
	if !known && label != "" {
		r.lose(r.where(p), "charset "+label, "unknown or contradicted by the text; guessed")
	}
	if strings.EqualFold(p.Params.Get("format"), "flowed") {
		text = textform.Unflow(text, strings.EqualFold(p.Params.Get("delsp"), "yes"))
	}
	r.props.Set(mapi.PidTagBody.Of(textform.CRLF(text)))
	if cp := charset.CodePage(label); cp != 0 {
		r.props.SetDefault(mapi.PidTagInternetCodepage.Of(int32(cp)))
	} else {
		r.props.SetDefault(mapi.PidTagInternetCodepage.Of(charset.UTF8))
	}
}

// setHTML sets PidTagHtml to the bytes as they came, with the code page they
// are in; what has no code page is made UTF-8. [MS-OXCMAIL] 2.2.3.3
func (r *reader) setHTML(p *mime.Part) {
	raw, ok := r.bodyBytes(p)
	if !ok {
		return
	}
	label := p.Params.Get("charset")
	if label == "" || charset.Find(label) == nil {
		label = guessHTML(raw)
	}
	cp := charset.CodePage(label)
	if cp == 0 || cp == 20127 && !isASCII(raw) {
		s, _ := charset.Decode(raw, label)
		raw, cp = []byte(s), charset.UTF8
	}
	r.props.Set(mapi.PidTagHtml.Of(raw))
	r.props.Set(mapi.PidTagInternetCodepage.Of(int32(cp)))
	if loc := p.Header.Get("Content-Location"); loc != "" {
		r.default_(mapi.PidTagBodyContentLocation.Of(mime.DecodeText(loc)))
	}
	if base := p.Header.Get("Content-Base"); base != "" {
		r.default_(mapi.PidNameContentBase.Of(mime.DecodeText(base)))
	}
}

// isBinary tells whether what is called text is none: there are NULs among
// many control characters.
func isBinary(b []byte) bool {
	if bytes.IndexByte(b, 0) < 0 {
		return false
	}
	controls := 0
	for _, c := range b {
		if c < ' ' && c != '\t' && c != '\r' && c != '\n' && c != '\f' && c != 0x1B {
			controls++
		}
	}
	return controls >= 4 && controls*30 > len(b)
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// addText derives the text from the HTML.
func (r *reader) addText() {
	raw, label := mapi.PidTagHtml.Get(r.props), charset.Label(uint32(mapi.PidTagInternetCodepage.Get(r.props)))
	s, _ := charset.Decode(raw, label)
	if text := htmltext.Text(strings.NewReader(s), int(r.limits.BodyBytes)); text != "" {
		r.default_(mapi.PidTagBody.Of(text))
	}
}

// guessHTML finds the charset of HTML without a usable label: UTF-8 by its
// form, else what the HTML says itself, else what it looks like.
func guessHTML(raw []byte) string {
	if !isASCII(raw) && utf8.Valid(raw) {
		return "utf-8"
	}
	if label := htmlCharset(raw); label != "" {
		return label
	}
	return charset.Detect(raw)
}

// htmlCharset finds the charset that HTML names itself in its first 1024 bytes.
func htmlCharset(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte("\xEF\xBB\xBF")):
		return "utf-8"
	case bytes.HasPrefix(b, []byte("\xFF\xFE")):
		return "utf-16le"
	}
	head := bytes.ToLower(b[:min(len(b), 1024)])
	i := bytes.Index(head, []byte("charset="))
	if i < 0 {
		return ""
	}
	v := bytes.TrimLeft(head[i+len("charset="):], "\"' ")
	if end := bytes.IndexAny(v, "\"' ;>/"); end >= 0 {
		v = v[:end]
	}
	if charset.Find(string(v)) == nil || bytes.HasPrefix(v, []byte("utf-16")) {
		return ""
	}
	return string(v)
}

// setEnriched turns a text/enriched body into HTML, and into text where there is no plain one. RFC 1896
func (r *reader) setEnriched(b *bodies) {
	raw, ok := r.bodyBytes(b.enriched)
	if !ok {
		return
	}
	text, _ := charset.Decode(raw, b.enriched.Params.Get("charset"))
	if b.html == nil {
		r.props.Set(mapi.PidTagHtml.Of([]byte(textform.EnrichedHTML(text))))
		r.props.Set(mapi.PidTagInternetCodepage.Of(charset.UTF8))
		r.default_(mapi.PidTagNativeBody.Of(3))
	}
	if b.plain == nil {
		r.props.Set(mapi.PidTagBody.Of(textform.CRLF(textform.EnrichedText(text))))
	}
	r.lose(r.where(b.enriched), "text/enriched", "became HTML")
}
