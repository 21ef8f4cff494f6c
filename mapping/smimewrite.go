package mapping

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/mime"
)

// secured writes a signed or encrypted message from its one attachment, never
// encoding a signed entity anew. nil: the message is not of that form and is
// written like any other. [MS-OXOSMIME] 2.1
func (w *writer) secured() *node {
	if len(w.msg.Attachments) != 1 {
		w.lose("PidTagMessageClass", mapi.PidTagMessageClass.Get(w.msg.Props), "an S/MIME message has exactly one attachment; written as ordinary mail")
		return nil
	}
	a := &w.msg.Attachments[0]
	n := w.attachment(a)
	if n == nil || n.stream == nil {
		return nil
	}
	if strings.EqualFold(mapi.PidTagAttachMimeTag.Get(a.Props), "multipart/signed") {
		return &node{verbatim: n.stream}
	}
	n.params, n.mediaType = nil, "application/pkcs7-mime"
	if full := mapi.PidNameContentType.Get(w.msg.Props); full != "" {
		if t, params := mime.ParseParams(full); strings.HasSuffix(t, "pkcs7-mime") || t == "application/octet-stream" {
			n.mediaType, n.params = t, params
		}
	}
	if n.params.Get("smime-type") == "" && n.mediaType != "application/octet-stream" {
		if t := w.smimeType(n.stream); t != "" {
			n.params = append(n.params, mime.Param{Name: "smime-type", Value: t})
		}
	}
	if n.params.Get("name") == "" && unnamedMark.Get(a.Props) == "" {
		n.params = append(n.params, mime.Param{Name: "name", Value: "smime.p7m"})
	}
	return n
}

// cmsTypes are the content types of CMS with their smime-type. RFC 5652 14, RFC 8551 3.2.2
var cmsTypes = []struct {
	oid  []byte
	name string
}{
	{[]byte{0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02}, "signed-data"},
	{[]byte{0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x03}, "enveloped-data"},
	{[]byte{0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x09}, "compressed-data"},
	{[]byte{0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x17}, "authEnveloped-data"},
}

// smimeType reads the type out of the first bytes of a CMS object.
func (w *writer) smimeType(s mapi.Stream) string {
	r, err := s.Open(w.ctx)
	if err != nil {
		w.fail(fmt.Errorf("open attachment: %w", err))
		return ""
	}
	defer r.Close()
	var head [32]byte
	n, _ := io.ReadFull(r, head[:])
	for _, t := range cmsTypes {
		if bytes.Contains(head[:n], t.oid) {
			return t.name
		}
	}
	return ""
}

// verbatim writes an entity that lies whole in a stream: of its header only
// the Content-* fields that no property has written yet, then the body byte for byte.
func (w *writer) verbatim(s mapi.Stream) {
	r, err := s.Open(w.ctx)
	if err != nil {
		w.fail(fmt.Errorf("open attachment: %w", err))
		return
	}
	defer func() { w.fail(r.Close()) }()
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		w.fail(err)
		return
	}
	head = head[:n]
	body := len(head)
	if i := bytes.Index(head, []byte("\r\n\r\n")); i >= 0 {
		body = i + 4
	}
	if i := bytes.Index(head, []byte("\n\n")); i >= 0 && i+2 < body {
		body = i + 2
	}
	for _, f := range mime.ParseHeader(string(head[:body]), w.limits.HeaderBytes) {
		if rule := ruleOf(f.Name); hasPrefixFold(f.Name, "Content-") && (rule < 0 || headerRules[rule].write(w, w.msg.Props) == "") {
			w.out.str(f.Name + ":" + f.Raw + "\r\n")
		}
	}
	w.out.str("\r\n")
	to := &watch8bit{w.out}
	_, err = to.Write(head[body:])
	w.fail(err)
	_, err = io.CopyBuffer(onlyWriter{to}, contextReader{w.ctx, r}, make([]byte, copyBuffer))
	w.fail(err)
}

// watch8bit notes when bytes over 127 are written.
type watch8bit struct{ out *output }

// Write implements io.Writer.
func (t *watch8bit) Write(b []byte) (int, error) {
	if !t.out.eightBit && !isASCII(b) {
		t.out.eightBit = true
	}
	return t.out.Write(b)
}
