package mapping

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/mime"
	"github.com/mapigate/mapigate/mapping/textform"
)

// A node is an entity to be written: either its children, or a text in
// memory, or a stream, or a message, or verbatim bytes.
type node struct {
	mediaType string
	params    mime.Params
	fields    []mime.Field // Content-ID and the like, values encoded
	// one of:
	children []*node
	text     []byte // line ends are normalized
	stream   mapi.Stream
	inner    *mapi.Message
	generate func(io.Writer) error
	// exact tells to write the stream as it is when it can travel so.
	exact bool
	// verbatim bytes hold the entity's header fields, the empty line and the body.
	verbatim mapi.Stream
}

// node writes an entity: its header, the empty line and its body.
func (w *writer) node(n *node) {
	if w.err != nil {
		return
	}
	if err := w.ctx.Err(); err != nil {
		w.err = err
		return
	}
	switch {
	case n.verbatim != nil:
		w.verbatim(n.verbatim)
	case n.children != nil:
		w.multipart(n)
	case n.inner != nil:
		w.inner(n)
	case n.stream != nil || n.generate != nil:
		w.streamed(n)
	default:
		w.text(n)
	}
}

// head writes an entity's header.
func (w *writer) head(n *node, encoding string) {
	b := mime.AppendParams(make([]byte, 0, 256), "Content-Type", mime.FormatParams(n.mediaType, n.params))
	for _, f := range n.fields {
		if f.Name == "Content-Disposition" {
			b = mime.AppendParams(b, f.Name, f.Raw)
			continue
		}
		b = mime.AppendField(b, f.Name, f.Raw)
	}
	if encoding != "" {
		b = mime.AppendField(b, "Content-Transfer-Encoding", encoding)
	}
	b = append(b, '\r', '\n')
	_, err := w.out.Write(b)
	w.fail(err)
}

func (w *writer) fail(err error) {
	if w.err == nil && err != nil {
		w.err = err
	}
}

// multipart writes children between boundaries. "=_" never occurs in base64
// or quoted-printable, and the digest covers every text. RFC 2045 6.7, RFC 2046 5.1.1
func (w *writer) multipart(n *node) {
	w.nodes++
	boundary := fmt.Sprintf("=_mapigate_%s_%d_%d", w.id, w.depth, w.nodes)
	n.params = append(n.params[:len(n.params):len(n.params)], mime.Param{Name: "boundary", Value: boundary})
	w.head(n, "")
	for i, child := range n.children {
		if i > 0 {
			w.out.str("\r\n")
		}
		w.out.str("--" + boundary + "\r\n")
		w.node(child)
	}
	w.out.str("\r\n--" + boundary + "--\r\n")
}

// inner writes a message within the message.
func (w *writer) inner(n *node) {
	if w.depth+1 > w.limits.Depth {
		w.lose("embedded message", subjectOf(n.inner.Props), "limit of depth")
		w.text(&node{mediaType: "text/plain", text: []byte("[An embedded message was nested too deeply to be written.]\r\n")})
		return
	}
	w.head(n, "")
	x := &writer{ctx: w.ctx, opts: w.opts, limits: w.limits, out: w.out, res: w.res, msg: n.inner, addresses: w.addresses, depth: w.depth + 1}
	x.message()
	w.fail(x.err)
}

// streamed writes an attachment in base64 while it is read. RFC 2045 6.8
func (w *writer) streamed(n *node) {
	if n.exact && n.stream != nil && w.armored(n.stream) {
		w.head(n, "7bit")
		w.copy(w.out, n.stream)
		return
	}
	if strings.HasPrefix(n.mediaType, "message/") && n.stream != nil && w.unencoded(n) {
		return
	}
	w.head(n, "base64")
	enc := mime.NewBase64Writer(w.out)
	if n.generate != nil {
		w.fail(n.generate(enc))
	} else {
		w.copy(enc, n.stream)
	}
	w.fail(enc.Close())
}

// unencoded writes a part of a type that forbids transfer encodings as it is,
// but for line ends; false when it can't travel so. RFC 2046 5.2
func (w *writer) unencoded(n *node) bool {
	r, err := n.stream.Open(w.ctx)
	if err != nil {
		return false
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, w.limits.BodyBytes+1))
	if err != nil || int64(len(b)) > w.limits.BodyBytes {
		return false
	}
	f := mime.FormOf(b)
	if f.Long || f.Binary || f.EightBit && !w.opts.EightBit {
		return false
	}
	encoding := "7bit"
	if f.EightBit {
		encoding, w.out.eightBit = "8bit", true
	}
	w.head(n, encoding)
	_, err = w.out.Write(crlf(b))
	w.fail(err)
	return true
}

// armored tells whether a stream is short lines of ASCII ended by CRLF, which
// need no encoding and lose nothing without one.
func (w *writer) armored(s mapi.Stream) bool {
	r, err := s.Open(w.ctx)
	if err != nil {
		return false
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, w.limits.BodyBytes))
	if err != nil || int64(len(b)) >= w.limits.BodyBytes {
		return false
	}
	f := mime.FormOf(b)
	return !f.EightBit && !f.Long && !f.Binary && bytes.Count(b, []byte("\n")) == bytes.Count(b, []byte("\r\n"))
}

// copy writes a stream's bytes.
func (w *writer) copy(to io.Writer, s mapi.Stream) {
	if w.err != nil {
		return
	}
	r, err := s.Open(w.ctx)
	if err != nil {
		w.fail(fmt.Errorf("open attachment: %w", err))
		return
	}
	_, err = io.CopyBuffer(onlyWriter{to}, contextReader{w.ctx, r}, make([]byte, copyBuffer))
	w.fail(err)
	w.fail(r.Close())
}

// copyBuffer is a whole number of base64 lines.
const copyBuffer = 57 * 512

// onlyWriter hides everything but Write, so that CopyBuffer uses its buffer.
type onlyWriter struct{ io.Writer }

// contextReader ends reading when the context does.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (c contextReader) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(b)
}

// text writes a text in the simplest encoding it can travel in.
func (w *writer) text(n *node) {
	f := mime.FormOf(n.text)
	switch {
	case !f.EightBit && !f.Long && !f.Binary:
		w.head(n, "7bit")
		_, err := w.out.Write(crlf(n.text))
		w.fail(err)
	case !f.Long && !f.Binary && w.opts.EightBit:
		w.out.eightBit = true
		w.head(n, "8bit")
		_, err := w.out.Write(crlf(n.text))
		w.fail(err)
	case !f.Binary && f.Escapes*4 < len(n.text):
		w.head(n, "quoted-printable")
		_, err := w.out.Write(mime.AppendQP(make([]byte, 0, len(n.text)*5/4), n.text))
		w.fail(err)
	default:
		w.head(n, "base64")
		enc := mime.NewBase64Writer(w.out)
		_, err := enc.Write(n.text)
		w.fail(err)
		w.fail(enc.Close())
	}
}

// crlf makes every line end CRLF.
func crlf(b []byte) []byte { return []byte(textform.CRLF(string(b))) }
