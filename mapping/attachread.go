package mapping

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/mime"
)

// Values of PidTagAttachMethod. [MS-OXCMSG] 2.2.2.9
const (
	attachByValue   = 1
	attachByRefOnly = 4
	attachEmbedded  = 5
	attachOLE       = 6
	attachByWebRef  = 7
)

// attRendered is the flag of PidTagAttachFlags for what the text shows. [MS-OXCMSG] 2.2.2.18
const attRendered = 4

// unnamedMark is set on attachments that had no name and were given one.
var unnamedMark = mapi.InternetHeader("X-Mapigate-Unnamed")

// attach makes a part an attachment. [MS-OXCMAIL] 2.2.3.4
func (r *reader) attach(p *mime.Part, at place) {
	if len(r.msg.Attachments) >= r.limits.Parts {
		r.lose(r.where(p), p.Type, "limit of attachments")
		return
	}
	if r.unfold(p) {
		return
	}
	if inner := r.embedded(p); inner != nil {
		r.msg.Attachments = append(r.msg.Attachments, *inner)
		return
	}
	a := mapi.Attachment{Props: make(mapi.Props, 0, 12), Data: partStream{p}}
	a.Props.Set(mapi.PidTagAttachMethod.Of(attachByValue))
	a.Props.Set(mapi.PidTagAttachMimeTag.Of(p.Type))
	a.Props.Set(mapi.PidTagRenderingPosition.Of(-1))
	r.names(&a.Props, p)
	r.contentIDs(&a.Props, p, at)
	if n := p.Size(); n >= 0 {
		a.Props.Set(mapi.PidTagAttachSize.Of(int32(min(n, 1<<31-1))))
	}
	if p.Major() == "text" {
		if label := p.Params.Get("charset"); label != "" {
			a.Props.Set(mapi.PidTagTextAttachmentCharset.Of(label))
		}
	}
	r.furtherParams(&a.Props, p)
	r.partFields(&a.Props, p)
	r.msg.Attachments = append(r.msg.Attachments, a)
}

// names sets the attachment's names. [MS-OXCMAIL] 2.2.3.4.1.1
func (r *reader) names(ps *mapi.Props, p *mime.Part) {
	name := cleanName(fileName(p))
	if name == "" {
		r.unnamed++
		name = fmt.Sprintf("ATT%05d%s", r.unnamed, extensionOf(p.Type))
		ps.Set(unnamedMark.Of("1"))
	}
	ps.Set(mapi.PidTagAttachLongFilename.Of(name))
	ps.Set(mapi.PidTagAttachFilename.Of(shortName(name)))
	if ext := path.Ext(name); ext != "" {
		ps.Set(mapi.PidTagAttachExtension.Of(ext))
	}
	display := name
	if d := mime.DecodeText(p.Header.Get("Content-Description")); d != "" {
		display = d
	}
	ps.Set(mapi.PidTagDisplayName.Of(display))
	for _, param := range p.DispositionParams {
		t, ok := mime.ParseDate(param.Value)
		switch {
		case !ok:
		case param.Name == "creation-date":
			ps.Set(mapi.PidTagCreationTime.Of(t.UTC()))
		case param.Name == "modification-date":
			ps.Set(mapi.PidTagLastModificationTime.Of(t.UTC()))
		}
	}
}

// fileName is the name a part says it has.
func fileName(p *mime.Part) string {
	if n := p.DispositionParams.Get("filename"); n != "" {
		return n
	}
	return p.Params.Get("name")
}

// cleanName takes path and control characters out of a file name. [MS-OXCMAIL] 2.2.3.4.1.1
func cleanName(name string) string {
	name = strings.Map(func(c rune) rune {
		switch {
		case c < ' ' || c == 0x7F:
			return -1
		case strings.ContainsRune(`/\:*?"<>|`, c):
			return '_'
		}
		return c
	}, baseName(name))
	if name = strings.TrimSpace(name); name == "." || name == ".." {
		return ""
	}
	if len(name) > 255 {
		ext := path.Ext(name)
		if len(ext) > 32 {
			ext = ""
		}
		name = strings.ToValidUTF8(name[:255-len(ext)], "") + ext
	}
	return name
}

// baseName is what follows the last slash of a path; a name that ends in one is kept.
func baseName(name string) string {
	trimmed := strings.TrimRight(name, `/\`)
	if i := strings.LastIndexAny(trimmed, `/\`); i >= 0 {
		return trimmed[i+1:]
	}
	return trimmed
}

// shortName makes the 8.3 form of a name. [MS-OXCMSG] 2.2.2.11
func shortName(name string) string {
	ext := path.Ext(name)
	base := strings.TrimSuffix(name, ext)
	if len(base) <= 8 && len(ext) <= 4 && !strings.ContainsAny(base, " .") && isASCII([]byte(name)) {
		return name
	}
	keep := func(s string, n int) string {
		var b strings.Builder
		for _, c := range s {
			if b.Len() < n && (c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '_' || c == '-') {
				b.WriteRune(c)
			}
		}
		return b.String()
	}
	short := keep(base, 6)
	if short == "" {
		short = "ATT"
	}
	short += "~1"
	if e := keep(strings.TrimPrefix(ext, "."), 3); e != "" {
		short += "." + e
	}
	return short
}

// extensions are those given to attachments without a name.
var extensions = map[string]string{
	"text/plain": ".txt", "text/html": ".htm", "text/calendar": ".ics", "text/vcard": ".vcf", "text/x-vcard": ".vcf", "text/csv": ".csv", "text/rtf": ".rtf", "text/enriched": ".txt", "text/xml": ".xml",
	"image/jpeg": ".jpg", "image/jpg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/bmp": ".bmp", "image/tiff": ".tif", "image/svg+xml": ".svg", "image/webp": ".webp",
	"application/pdf": ".pdf", "application/zip": ".zip", "application/rtf": ".rtf", "application/xml": ".xml", "application/json": ".json", "application/msword": ".doc", "application/ms-tnef": ".dat",
	"application/pkcs7-signature": ".p7s", "application/x-pkcs7-signature": ".p7s", "application/pkcs7-mime": ".p7m", "application/x-pkcs7-mime": ".p7m", "application/pgp-signature": ".asc", "application/pgp-keys": ".asc",
	"message/rfc822": ".eml", "message/delivery-status": ".txt", "message/disposition-notification": ".txt", "text/rfc822-headers": ".txt", "audio/mpeg": ".mp3", "audio/wav": ".wav", "video/mp4": ".mp4",
}

func extensionOf(mediaType string) string {
	if e, ok := extensions[mediaType]; ok {
		return e
	}
	if strings.HasPrefix(mediaType, "text/") {
		return ".txt"
	}
	return ".bin"
}

// contentIDs sets what the text refers to an attachment by, and whether it is
// one that only the text shows. [MS-OXCMAIL] 2.2.3.4.1.4
func (r *reader) contentIDs(ps *mapi.Props, p *mime.Part, at place) {
	id, loc := p.ContentID(), mime.DecodeText(p.Header.Get("Content-Location"))
	if id != "" {
		ps.Set(mapi.PidTagAttachContentId.Of(mime.DecodeText(id)))
	}
	if loc != "" {
		ps.Set(mapi.PidTagAttachContentLocation.Of(loc))
	}
	if base := mime.DecodeText(p.Header.Get("Content-Base")); base != "" {
		ps.Set(mapi.PidTagAttachContentBase.Of(base))
	}
	if at.related && (id != "" || loc != "") && p.Disposition != "attachment" {
		ps.Set(mapi.PidTagAttachFlags.Of(attRendered))
		if p.Major() == "image" {
			ps.Set(mapi.PidTagAttachmentHidden.Of(true))
		}
	}
}

// checkShown makes attachments that the text does not show ordinary ones again:
// hidden, nobody would find them. [MS-OXCMAIL] 2.2.3.4.1.4.1
func (r *reader) checkShown() {
	html := mapi.PidTagHtml.Get(r.props)
	if len(html) == 0 && mapi.PidTagRtfCompressed.Get(r.props) != nil {
		return // who shows it is in the rich text
	}
	for i := range r.msg.Attachments[:min(len(r.msg.Attachments), 200)] { // beyond, looking would cost more than it helps
		ps := &r.msg.Attachments[i].Props
		if r.msg.Attachments[i].Message == nil && mapi.PidTagAttachFlags.Get(*ps)&attRendered != 0 && !refers(html, *ps) {
			ps.Delete(mapi.PidTagAttachFlags.Tag())
			ps.Delete(mapi.PidTagAttachmentHidden.Tag())
		}
	}
}

// refers tells whether HTML refers to an attachment by its Content-ID or location.
func refers(html []byte, ps mapi.Props) bool {
	if id := mapi.PidTagAttachContentId.Get(ps); id != "" && (bytes.Contains(html, []byte(id)) || bytes.Contains(html, []byte(url.PathEscape(id)))) {
		return true
	}
	loc := mapi.PidTagAttachContentLocation.Get(ps)
	return loc != "" && (bytes.Contains(html, []byte(loc)) || bytes.Contains(html, []byte(path.Base(loc))))
}

// furtherParams keeps a Content-Type whose parameters no property holds.
func (r *reader) furtherParams(ps *mapi.Props, p *mime.Part) {
	for _, param := range p.Params {
		switch param.Name {
		case "name", "charset", "boundary", "x-unix-mode", "x-mac-type", "x-mac-creator", "x-mac-hide-extension":
		default:
			ps.Set(mapi.PidNameContentType.Of(mime.Unfold(mime.DecodeText(p.Header.Get("Content-Type")))))
			return
		}
	}
}

// partFields reads the further fields of a part and lists those that nothing carries.
func (r *reader) partFields(ps *mapi.Props, p *mime.Part) {
	if p == r.root {
		return
	}
	for _, f := range p.Header.Fields {
		switch strings.ToLower(f.Name) {
		case "x-payload-class":
			ps.Set(mapi.PidTagAttachPayloadClass.Of(mime.DecodeText(f.Raw))) // [MS-OXCMSG] 2.2.2.29
		case "x-payload-provider-guid":
			ps.Set(mapi.PidTagAttachPayloadProviderGuidString.Of(mime.DecodeText(f.Raw)))
		case "content-type", "content-transfer-encoding", "content-disposition", "content-id", "content-location", "content-base", "content-description", "mime-version", "x-attachment-id":
		default:
			r.lose(r.where(p), f.Name+": "+f.Unfolded(), "no property for this field of a part")
		}
	}
}

// embedded reads a message within the message. [MS-OXCMAIL] 2.2.3.4.3
func (r *reader) embedded(p *mime.Part) *mapi.Attachment {
	var inner *mime.Part
	switch {
	case p.IsMessage():
		inner = p.Parts[0]
	case p.Type == "message/rfc822" && p.Broken == "" && (p.Encoding == "base64" || p.Encoding == "quoted-printable"):
		inner = r.encodedMessage(p)
	}
	if inner == nil || inner.Header.Raw == "" && inner.Body == inner.End {
		return nil
	}
	msg := r.session.message(inner, r.depth+1)
	a := &mapi.Attachment{Message: msg, Props: mapi.Props{
		mapi.PidTagAttachMethod.Of(attachEmbedded),
		mapi.PidTagRenderingPosition.Of(-1),
		mapi.PidTagAttachMimeTag.Of("message/rfc822"),
	}}
	name := cleanName(fileName(p))
	if name != "" {
		a.Props.Set(mapi.PidTagAttachLongFilename.Of(name))
		a.Props.Set(mapi.PidTagAttachFilename.Of(shortName(name)))
	}
	display := mime.DecodeText(p.Header.Get("Content-Description"))
	if display == "" {
		display = subjectOf(msg.Props)
	}
	if display == "" {
		display = name
	}
	a.Props.Set(mapi.PidTagDisplayName.Of(display))
	r.contentIDs(&a.Props, p, place{})
	r.partFields(&a.Props, p)
	return a
}

// encodedMessage parses a message in a transfer encoding that its type must
// not have but often has. RFC 2046 5.2.1
func (r *reader) encodedMessage(p *mime.Part) *mime.Part {
	if r.depth+1 >= r.limits.Depth {
		return nil
	}
	raw, ok := r.readAll(p, r.limits.BodyBytes)
	if !ok {
		return nil
	}
	inner, err := mime.Parse(bytes.NewReader(raw), int64(len(raw)), mime.Limits{Depth: max(r.limits.Depth-r.depth-1, 1), Parts: r.limits.Parts, HeaderBytes: r.limits.HeaderBytes})
	if err != nil || len(inner.Header.Fields) == 0 {
		return nil
	}
	inner.Number = p.Number
	return inner
}

// surroundings gives the text around a multipart's parts, but for blank
// lines and the usual notice.
func (r *reader) surroundings(p *mime.Part) []string {
	var out []string
	for _, piece := range [...]io.Reader{p.PreambleReader(), p.EpilogueReader()} {
		if piece == nil {
			continue
		}
		var buf [512]byte
		n, _ := io.ReadFull(piece, buf[:])
		text := strings.TrimSpace(text8(buf[:n]))
		if text != "" && !strings.Contains(text, "MIME") && !strings.Contains(text, "multi-part") {
			out = append(out, text)
		}
	}
	return out
}

// partStream is a part's decoded body, decoded anew for every reading.
type partStream struct{ part *mime.Part }

// Size implements [mapi.Stream].
func (s partStream) Size() int64 { return s.part.Size() }

// Open implements [mapi.Stream].
func (s partStream) Open(ctx context.Context) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return readCloser{s.part.Open()}, nil
}

// readCloser is a reader that needs no closing, keeping its WriteTo.
type readCloser struct{ io.Reader }

// Close implements io.Closer.
func (readCloser) Close() error { return nil }

// WriteTo implements io.WriterTo.
func (r readCloser) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, r.Reader) }
