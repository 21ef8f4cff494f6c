package mapping

import (
	"slices"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/charset"
	"github.com/mapigate/mapigate/mapping/htmltext"
	"github.com/mapigate/mapigate/mapping/mime"
)

// content decides the structure of the message: the text in its forms, what
// the text shows, and what is attached. [MS-OXCMAIL] 2.1.3.3
func (w *writer) content() *node {
	if n := w.special(); n != nil {
		return n
	}
	plain, html := w.richBodies(w.plain(), w.html())
	if plain == nil && html != nil && w.opts.AddText {
		plain = w.textOf(html)
	}
	calendar, card := w.calendar(), w.card()
	w.nameBody(plain, html)
	w.placeBody(plain, html)
	var shown, files []*node
	for i := range w.msg.Attachments {
		a := &w.msg.Attachments[i]
		if calendar != nil && isException(a) || card != nil && mapi.PidTagAttachmentContactPhoto.Get(a.Props) {
			continue
		}
		n := w.attachment(a)
		if n == nil {
			continue
		}
		if html != nil && isShown(a, html.text) {
			shown = append(shown, n)
		} else {
			files = append(files, n)
		}
	}
	body := w.alternatives(plain, html, shown, calendar)
	if card != nil && body == nil && len(files) == 0 {
		return card
	} else if card != nil {
		card.fields = []mime.Field{{Name: "Content-Disposition", Raw: mime.FormatParams("attachment", mime.Params{{Name: "filename", Value: cleanName(subjectOf(w.msg.Props) + ".vcf")}})}}
		files = append(files, card)
	}
	switch {
	case len(files) == 0 && body == nil:
		return &node{mediaType: "text/plain", params: mime.Params{{Name: "charset", Value: "us-ascii"}}}
	case len(files) == 0:
		return body
	}
	mixed := &node{mediaType: "multipart/mixed"}
	if body != nil {
		mixed.children = append(mixed.children, body)
	}
	mixed.children = append(mixed.children, files...)
	return mixed
}

// alternatives puts the text's forms together, the best one last: the text,
// the HTML with what it shows, the calendar. [MS-OXCMAIL] 2.1.3.3.4
func (w *writer) alternatives(plain, html *node, shown []*node, calendar *node) *node {
	rich := html
	if html != nil && len(shown) > 0 {
		rich = &node{mediaType: "multipart/related", params: mime.Params{{Name: "type", Value: "text/html"}}, children: append([]*node{html}, shown...)}
	}
	var forms []*node
	for _, n := range [...]*node{plain, rich, calendar} {
		if n != nil {
			forms = append(forms, n)
		}
	}
	switch len(forms) {
	case 0:
		return nil
	case 1:
		return forms[0]
	}
	return &node{mediaType: "multipart/alternative", children: forms}
}

// textOf derives the plain alternative of HTML.
func (w *writer) textOf(html *node) *node {
	s, _ := charset.Decode(html.text, html.params.Get("charset"))
	text := htmltext.Text(strings.NewReader(s), int(w.limits.BodyBytes))
	if text == "" {
		return nil
	}
	return &node{mediaType: "text/plain", params: mime.Params{{Name: "charset", Value: "utf-8"}}, text: []byte(text)}
}

// placeBody gives the best text what others refer to it by. [MS-OXCMSG] 2.2.1.56.7
func (w *writer) placeBody(plain, html *node) {
	n := html
	if n == nil {
		n = plain
	}
	if n == nil {
		return
	}
	if id := mapi.PidTagBodyContentId.Get(w.msg.Props); id != "" {
		n.fields = append(n.fields, mime.Field{Name: "Content-ID", Raw: "<" + mime.EncodeText(strings.Trim(id, "<> "), 14, w.opts.UTF8) + ">"})
	}
	if loc := mapi.PidTagBodyContentLocation.Get(w.msg.Props); loc != "" {
		n.fields = append(n.fields, mime.Field{Name: "Content-Location", Raw: mime.EncodeText(loc, 20, w.opts.UTF8)})
	}
	if base := mapi.PidNameContentBase.Get(w.msg.Props); base != "" {
		n.fields = append(n.fields, mime.Field{Name: "Content-Base", Raw: mime.EncodeText(base, 16, w.opts.UTF8)})
	}
}

// nameBody gives the text the name that its part came with.
func (w *writer) nameBody(bodies ...*node) {
	t, params := mime.ParseParams(mapi.PidNameContentType.Get(w.msg.Props))
	for _, n := range bodies {
		if name := params.Get("name"); n != nil && n.mediaType == t && name != "" {
			n.params = append(n.params, mime.Param{Name: "name", Value: name})
			return
		}
	}
}

// plain gives the text body, nil for none, in the charset that the message
// prefers where that holds all of it. [MS-OXCMAIL] 2.1.3.3.3
func (w *writer) plain() *node {
	s, ok := mapi.PidTagBody.From(w.msg.Props)
	if !ok {
		return nil
	}
	text, label := []byte(s), "us-ascii"
	if !isASCII(text) {
		text, label = preferred(strings.ToValidUTF8(s, "\ufffd"), charset.Label(uint32(mapi.PidTagInternetCodepage.Get(w.msg.Props))))
	}
	return &node{mediaType: "text/plain", params: mime.Params{{Name: "charset", Value: label}}, text: text}
}

// preferred encodes a text in the charset asked for, and in UTF-8 where that
// one cannot hold it. Only charsets of a byte a letter are taken: the others
// have more than one table under their name, and UTF-8 has one.
func preferred(s, label string) ([]byte, string) {
	latin := strings.HasPrefix(label, "iso-8859-")
	if latin || strings.HasPrefix(label, "windows-125") || label == "windows-874" || strings.HasPrefix(label, "koi8-") {
		b, ok := charset.Encode(s, label)
		if ok && latin {
			ok = !slices.ContainsFunc(b, func(c byte) bool { return c >= 0x80 && c < 0xA0 }) // those of windows-125x
		}
		if back, _ := charset.Decode(b, label); ok && back == s {
			return b, label
		}
	}
	return []byte(s), "utf-8"
}

// html gives the HTML body in the charset its bytes are in, nil for none. [MS-OXCMAIL] 2.1.3.3
func (w *writer) html() *node {
	b, ok := mapi.PidTagHtml.From(w.msg.Props)
	if !ok {
		s, ok := mapi.PidTagBodyHtml.From(w.msg.Props)
		if !ok {
			return nil
		}
		return &node{mediaType: "text/html", params: mime.Params{{Name: "charset", Value: "utf-8"}}, text: []byte(s)}
	}
	label := charset.Label(uint32(mapi.PidTagInternetCodepage.Get(w.msg.Props)))
	switch {
	case label == "us-ascii" && !isASCII(b), label == "":
		label = guessHTML(b)
	case strings.HasPrefix(label, "utf-16"):
		s, _ := charset.Decode(b, label)
		b, label = []byte(s), "utf-8"
	}
	return &node{mediaType: "text/html", params: mime.Params{{Name: "charset", Value: label}}, text: b}
}
