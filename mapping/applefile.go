package mapping

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/apple"
	"github.com/mapigate/mapigate/mapping/mime"
)

// macBinary is the PidTagAttachEncoding of attachments whose data is MacBinary. [MS-OXCMSG] 2.2.2.20
var macBinary = []byte{0x2A, 0x86, 0x48, 0x86, 0xF7, 0x14, 0x03, 0x0B, 0x01}

// maxAppleHeader is how long the part may be that tells what only a Macintosh knows of a file.
const maxAppleHeader = 1 << 20

// appleDouble reads a file and what a Macintosh knows of it as one attachment:
// its data is the file, so that everybody can open it, and the other part is
// PidNameAttachmentMacInfo. false: the parts are read one by one.
// [MS-OXCMAIL] 2.2.3.4.2, RFC 1740 4
func (r *reader) appleDouble(p *mime.Part, at place) bool {
	if len(p.Parts) != 2 || p.Parts[0].Type != "application/applefile" || p.Parts[1].IsMultipart() || p.Parts[1].IsMessage() {
		return false
	}
	info, ok := r.readAll(p.Parts[0], maxAppleHeader)
	if !ok {
		return false
	}
	n := len(r.msg.Attachments)
	r.attach(p.Parts[1], at)
	if len(r.msg.Attachments) != n+1 || r.msg.Attachments[n].Data == nil {
		r.attach(p.Parts[0], at) // the file became something else
		return true
	}
	ps := &r.msg.Attachments[n].Props
	ps.Set(mapi.PidNameAttachmentMacInfo.Of(info))
	ps.Set(mapi.PidNameAttachmentMacContentType.Of(p.Parts[1].Type))
	if finder := apple.Entry(info, apple.FinderInfo); len(finder) >= 8 {
		ps.Set(mapi.PidTagAttachAdditionalInformation.Of(fmt.Appendf(nil, ":%s:%s", finder[4:8], finder[:4])))
	}
	return true
}

// appleDouble writes an attachment of a Macintosh in two parts, from what was
// kept or from MacBinary; n itself for all others. [MS-OXCMAIL] 2.1.3.4.3
func (w *writer) appleDouble(a *mapi.Attachment, n *node) *node {
	info := mapi.PidNameAttachmentMacInfo.Get(a.Props)
	if bytes.Equal(mapi.PidTagAttachEncoding.Get(a.Props), macBinary) {
		file, err := apple.OpenMacBinary(w.ctx, n.stream)
		if err != nil {
			w.lose("attachment "+attachmentName(a), "MacBinary", err.Error()+"; written as it is")
			return n
		}
		info, n.stream = file.AppleDouble(), file.Data
		if t := mapi.PidNameAttachmentMacContentType.Get(a.Props); cleanType(t) != "" {
			n.mediaType = cleanType(t)
		}
	}
	if len(info) == 0 || strings.HasPrefix(n.mediaType, "message/") {
		return n
	}
	header := &node{mediaType: "application/applefile", stream: mapi.BytesStream(info)}
	return &node{mediaType: "multipart/appledouble", children: []*node{header, n}}
}
