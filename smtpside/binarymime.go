package smtpside

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"strings"
)

// A message of BODY=BINARYMIME (RFC 3030 3) may have parts with any octets in them. Nobody behind the server shall have to know:
// such parts become base64 as they come in, so that what goes on is text, one mail whatever way it takes. Signatures over the
// binary form break by that, as the RFC says of all who convert; a part that is signed or encrypted as it stands is refused.

// errSealedBinary is for a part that cannot be converted. RFC 3463 3.7
var errSealedBinary = Status{Code: 554, Detail: "6.3", Text: "a binary part that is signed or encrypted cannot be converted"}

const (
	binaryBuffer = 8 << 10
	base64Line   = 57 // octets that make a line of 76 characters
)

// A binaryReader reads a binary message as text. Bare line ends and NUL outside of binary parts stay for others to refuse.
type binaryReader struct {
	in  *bufio.Reader
	out bytes.Buffer
	err error

	outer     []multipartLevel // multiparts around, outermost first
	header    []byte           // of the entity that begins; nil in a body
	inHeader  bool
	midLine   bool   // what comes next does not begin a line
	convert   bool   // the body is a binary part
	lineEnd   bool   // a CR LF of it is withheld: it may belong to a boundary
	unencoded []byte // octets of it that make no whole line yet
}

// A multipartLevel is a multipart that we are in.
type multipartLevel struct {
	boundary string // with its two dashes
	sealed   bool   // nothing in it may be changed
}

func newBinaryReader(r io.Reader) *binaryReader {
	return &binaryReader{in: bufio.NewReaderSize(r, binaryBuffer), inHeader: true}
}

// Read implements io.Reader.
func (b *binaryReader) Read(p []byte) (int, error) {
	for b.out.Len() == 0 && b.err == nil {
		b.err = b.step()
	}
	if b.out.Len() > 0 {
		return b.out.Read(p)
	}
	return 0, b.err
}

// step takes a line, or a piece of a long one.
func (b *binaryReader) step() error {
	line, err := b.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		err = nil
	}
	if len(line) > 0 {
		start := !b.midLine
		b.midLine = !bytes.HasSuffix(line, []byte("\r\n"))
		if taken := b.take(line, start); taken != nil {
			return taken
		}
	}
	if errors.Is(err, io.EOF) {
		b.endHeader()
		b.endPart(true)
	}
	return err
}

func (b *binaryReader) take(line []byte, start bool) error {
	if start && bytes.HasPrefix(line, []byte("--")) && b.boundary(line) {
		return nil
	}
	switch {
	case b.inHeader:
		b.header = append(b.header, line...)
		if start && !b.midLine && len(line) == 2 {
			return b.begin()
		}
		if len(b.header) > maxMIMEHeader { // no header is so long
			b.endHeader()
		}
	case b.convert:
		b.encode(line)
	default:
		b.out.Write(line)
	}
	return nil
}

// boundary takes a line that is one of those around us (RFC 2046 5.1.1): what is inside of its multipart has ended.
func (b *binaryReader) boundary(line []byte) bool {
	text := strings.TrimRight(string(line), " \t\r\n")
	for i := len(b.outer) - 1; i >= 0; i-- {
		rest, ok := strings.CutPrefix(text, b.outer[i].boundary)
		if !ok || rest != "" && rest != "--" {
			continue
		}
		b.endHeader()
		b.endPart(false)
		b.out.Write(line)
		if b.outer = b.outer[:i+1]; rest == "" {
			b.inHeader = true
		} else {
			b.outer = b.outer[:i] // the epilogue follows
		}
		return true
	}
	return false
}

// begin goes from the header of an entity to its body.
func (b *binaryReader) begin() error {
	h := parseMIMEHeader(b.header)
	kind, params, _ := mime.ParseMediaType(h.field("content-type"))
	binary := strings.EqualFold(h.field("content-transfer-encoding"), "binary")
	sealed := len(b.outer) > 0 && b.outer[len(b.outer)-1].sealed
	composite := strings.HasPrefix(kind, "multipart/") && params["boundary"] != "" || kind == "message/rfc822" || kind == "message/global"
	switch {
	case binary && sealed:
		return errSealedBinary
	case binary && composite:
		b.out.Write(h.withEncoding("8bit"))
	case binary:
		b.out.Write(h.withEncoding("base64"))
	default:
		b.out.Write(b.header)
	}
	b.header, b.inHeader = nil, false
	b.convert = binary && !composite
	switch {
	case strings.HasPrefix(kind, "multipart/") && composite && len(b.outer) < maxMIMEDepth:
		sealed = sealed || kind == "multipart/signed" || kind == "multipart/encrypted"
		b.outer = append(b.outer, multipartLevel{"--" + params["boundary"], sealed})
	case composite && h.identity():
		b.inHeader = true
	}
	return nil
}

// endHeader gives a header that has no body.
func (b *binaryReader) endHeader() {
	b.out.Write(b.header)
	b.header, b.inHeader = nil, false
}

// encode takes a line of a binary part, and keeps back what may be the line end before a boundary.
func (b *binaryReader) encode(line []byte) {
	if b.lineEnd {
		b.unencoded = append(b.unencoded, '\r', '\n')
	}
	text, ended := bytes.CutSuffix(line, []byte("\r\n"))
	b.lineEnd = ended
	b.unencoded = append(b.unencoded, text...)
	for len(b.unencoded) >= base64Line {
		b.encodeLine(b.unencoded[:base64Line])
		b.unencoded = b.unencoded[base64Line:]
	}
}

func (b *binaryReader) encodeLine(octets []byte) {
	b.out.Write(base64.StdEncoding.AppendEncode(b.out.AvailableBuffer(), octets))
	b.out.WriteString("\r\n")
}

// endPart ends a binary part. The line end before a boundary is not the part's, the one before the end of the message is.
func (b *binaryReader) endPart(last bool) {
	if !b.convert {
		return
	}
	if b.lineEnd && last {
		b.unencoded = append(b.unencoded, '\r', '\n')
	}
	if len(b.unencoded) > 0 {
		b.encodeLine(b.unencoded)
	}
	b.convert, b.lineEnd, b.unencoded = false, false, nil
}

// parseMIMEHeader reads a header with the empty line that ends it.
func parseMIMEHeader(raw []byte) mimeHeader {
	w := &mimeWalk{in: bufio.NewReaderSize(bytes.NewReader(raw), binaryBuffer)}
	h, _, _ := w.header() // nothing can fail here
	return h
}

// withEncoding gives the header with another transfer encoding.
func (h mimeHeader) withEncoding(encoding string) []byte {
	var b bytes.Buffer
	w := &mimeWalk{out: &b, convert: true}
	w.emitHeader(h, encoding) //nolint:errcheck // memory
	return b.Bytes()
}
