package mapping

import (
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/mime"
	"github.com/mapigate/mapigate/mapping/rtf"
)

// richBodies gives the forms of a text that is there only as RTF: the HTML or
// text it was made of, else what it looks like. [MS-OXCMAIL] 2.1.3.3, [MS-OXRTFEX]
func (w *writer) richBodies(plain, html *node) (*node, *node) {
	packed := mapi.PidTagRtfCompressed.Get(w.msg.Props)
	if html != nil || len(packed) == 0 {
		return plain, html
	}
	doc, err := rtf.Decompress(packed, int(w.limits.InflatedBytes))
	if err != nil {
		w.lose("PidTagRtfCompressed", "rich text", err.Error())
	}
	opts := rtf.Options{CodePage: uint32(mapi.PidTagMessageCodepage.Get(w.msg.Props)), Limit: int(w.limits.BodyBytes)}
	kind := rtf.Detect(doc)
	if kind != rtf.EncapsulatedText {
		html = w.richBody(rtf.ToHTML(doc, opts))
		if html != nil {
			html.mediaType = "text/html"
		}
	}
	if plain == nil && kind != rtf.EncapsulatedHTML {
		plain = w.richBody(rtf.ToText(doc, opts))
	}
	return plain, html
}

// richBody makes an entity of what RTF gave.
func (w *writer) richBody(b *rtf.Body, err error) *node {
	if err != nil {
		w.lose("PidTagRtfCompressed", "rich text", err.Error())
		return nil
	}
	for _, l := range b.Losses {
		w.lose("PidTagRtfCompressed "+l.Where, l.What, l.Reason)
	}
	return &node{mediaType: "text/plain", params: mime.Params{{Name: "charset", Value: "utf-8"}}, text: []byte(b.Content)}
}
