package mime

import (
	"bytes"
	"io"
	"strings"
)

// Limits bound what [Parse] accepts. All must be positive.
type Limits struct {
	Depth, Parts, HeaderBytes int
}

// A Part is an entity of a message: the message itself, a part of a
// multipart, or the message within a message/rfc822. RFC 2045 2.4
type Part struct {
	Header Header
	// Type is the media type in lower case, "text/plain" when there is none.
	Type   string
	Params Params
	// Disposition is "inline", "attachment", another word, or "".
	Disposition       string
	DispositionParams Params
	// Encoding is the transfer encoding in lower case, "" for none.
	Encoding string
	// Start, Body and End are where in the source the header and the body begin and the body ends.
	Start, Body, End int64
	// Parts are those of a multipart, or the one message of a message/rfc822.
	Parts []*Part
	// Number is the part's place: "" for the message, "2.1" within. RFC 3501 6.4.5
	Number string
	// Preamble and Epilogue are the lengths of what stands around a multipart's parts.
	Preamble, Epilogue int64
	// Broken says what is wrong with the part, or "".
	Broken string

	src    io.ReaderAt
	parent *Part
}

// Major is the first half of the media type.
func (p *Part) Major() string {
	major, _, _ := strings.Cut(p.Type, "/")
	return major
}

// IsMultipart tells whether the part was cut into parts.
func (p *Part) IsMultipart() bool {
	return len(p.Parts) > 0 && strings.HasPrefix(p.Type, "multipart/")
}

// IsMessage tells whether the part is a message that was parsed as one.
func (p *Part) IsMessage() bool {
	return len(p.Parts) == 1 && !strings.HasPrefix(p.Type, "multipart/")
}

// ContentID is the Content-ID without its brackets.
func (p *Part) ContentID() string {
	return strings.Trim(p.Header.Get("Content-ID"), "<> \t")
}

// parser holds the state of one Parse.
type parser struct {
	scanner
	limits Limits
	parts  int
	stack  []string
}

// Parse reads the structure of the message in src. The error is the source's.
func Parse(src io.ReaderAt, size int64, limits Limits) (*Part, error) {
	src = oldMac(src, size)
	p := parser{scanner: scanner{src: src, size: size}, limits: limits}
	root := &Part{src: src}
	p.entity(root, 0, "text/plain", 0)
	return root, p.err
}

// entity reads a part at off and gives the delimiter it ended with.
func (p *parser) entity(part *Part, off int64, defaultType string, depth int) delimiter {
	p.parts++
	part.Start, part.src = off, p.src
	var cut bool
	part.Header, part.Body, cut = p.header(off, p.stack, p.limits.HeaderBytes)
	if cut {
		part.Broken = "header too long"
	}
	part.describe(defaultType)
	switch {
	case depth >= p.limits.Depth || p.parts >= p.limits.Parts:
		if p.container(part) {
			part.Broken = "nested too deeply or too many parts"
		}
	case strings.HasPrefix(part.Type, "multipart/"):
		return p.multipart(part, depth)
	case isMessage(part.Type) && part.identity() && part.Body < p.size:
		return p.message(part, depth)
	}
	d := p.find(part.Body, p.stack)
	part.End = max(d.start, part.Body)
	return d
}

func (p *parser) container(part *Part) bool {
	return strings.HasPrefix(part.Type, "multipart/") || isMessage(part.Type)
}

// isMessage tells whether a type's body is a message with its header. RFC 2046 5.2.1, RFC 6532 3.7
func isMessage(mediaType string) bool {
	return mediaType == "message/rfc822" || mediaType == "message/global" || mediaType == "message/news"
}

// identity tells whether the body stands in the source as it is.
func (p *Part) identity() bool {
	switch p.Encoding {
	case "base64", "quoted-printable", "x-uuencode", "uuencode", "x-uue":
		return false
	}
	return true
}

func (p *parser) message(part *Part, depth int) delimiter {
	child := &Part{Number: part.Number, parent: part}
	d := p.entity(child, part.Body, "text/plain", depth+1)
	part.Parts = []*Part{child}
	part.End = max(child.End, part.Body)
	if len(p.stack) > 0 {
		part.End = max(d.start, part.Body)
	}
	return d
}

func (p *parser) multipart(part *Part, depth int) delimiter {
	boundary := strings.TrimRight(part.Params.Get("boundary"), " ")
	if boundary == "" {
		boundary = p.guessBoundary(part.Body)
		part.Broken = "no boundary parameter"
	}
	level := len(p.stack)
	if boundary != "" {
		p.stack = append(p.stack, boundary)
	}
	d := p.find(part.Body, p.stack)
	part.Preamble = d.start - part.Body
	childType := "text/plain"
	if part.Type == "multipart/digest" {
		childType = "message/rfc822" // RFC 2046 5.1.5
	}
	for d.level == level && !d.closing {
		if p.parts >= p.limits.Parts {
			part.Broken = "too many parts"
			p.stack = p.stack[:level]
			d = p.rest(part, d.next)
			return d
		}
		child := &Part{parent: part, Number: number(part.Number, len(part.Parts)+1)}
		d = p.entity(child, d.next, childType, depth+1)
		if child.End > child.Start || child.Header.Raw != "" || d.level == level && !d.closing {
			part.Parts = append(part.Parts, child)
		}
	}
	p.stack = p.stack[:min(level, len(p.stack))]
	if d.level == level && d.closing {
		from := d.next
		d = p.find(from, p.stack)
		part.Epilogue = max(d.start-from, 0)
	} else if part.Broken == "" {
		part.Broken = "no closing boundary"
	}
	part.End = max(d.start, part.Body)
	return d
}

// rest keeps what is left of a multipart that has too many parts as one part.
func (p *parser) rest(part *Part, off int64) delimiter {
	d := p.find(off, p.stack)
	part.Parts = append(part.Parts, &Part{parent: part, src: p.src, Number: number(part.Number, len(part.Parts)+1), Type: "application/octet-stream",
		Start: off, Body: off, End: max(d.start, off), Broken: "too many parts: the rest is here as it stood"})
	part.End = max(d.start, part.Body)
	return d
}

func number(parent string, n int) string {
	if parent == "" {
		return itoa(n)
	}
	return parent + "." + itoa(n)
}

func itoa(n int) string {
	var b [20]byte
	i := len(b)
	for {
		i--
		b[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			return string(b[i:])
		}
	}
}

// guessBoundary takes the first line of the body that begins with "--" as the boundary.
func (p *parser) guessBoundary(off int64) string {
	w := p.window(off, 8192)
	for len(w) > 0 {
		n, _ := lineLength(w)
		line := bytes.TrimRight(w[:n], " \t\r\n")
		if len(line) > 4 && len(line) < 72 && line[0] == '-' && line[1] == '-' && bytes.IndexByte(line, ' ') < 0 {
			return string(line[2:])
		}
		w = w[n:]
	}
	return ""
}

// describe reads the part's Content-* fields.
func (p *Part) describe(defaultType string) {
	p.Type = defaultType
	if f, ok := p.Header.Find("Content-Type"); ok {
		value, params := ParseParams(f.Unfolded())
		p.Params = params
		if t := mediaType(value); t != "" {
			p.Type = t
		}
	}
	if f, ok := p.Header.Find("Content-Disposition"); ok {
		p.Disposition, p.DispositionParams = ParseParams(f.Unfolded())
	}
	enc := strings.ToLower(p.Header.Get("Content-Transfer-Encoding"))
	if i := strings.IndexAny(enc, "; ("); i >= 0 {
		enc = enc[:i]
	}
	p.Encoding = strings.Trim(enc, "\"'")
}

// mediaType repairs a Content-Type's value: "text" is text/plain and a value
// that is none is "". RFC 2045 5.2
func mediaType(v string) string {
	major, minor, ok := strings.Cut(strings.ToLower(strings.Trim(v, "\"' ")), "/")
	major, minor = strings.TrimSpace(major), strings.TrimSpace(minor)
	if i := strings.IndexAny(minor, " \t/,"); i >= 0 {
		minor = minor[:i]
	}
	switch {
	case major == "" || strings.ContainsAny(major, " \t=,"):
		return ""
	case ok && minor != "":
		return major + "/" + minor
	case major == "text":
		return "text/plain"
	case major == "html":
		return "text/html"
	case major == "multipart":
		return "multipart/mixed"
	case hasPrefixFold(major, "application"), hasPrefixFold(major, "image"), hasPrefixFold(major, "audio"), hasPrefixFold(major, "video"):
		return "application/octet-stream" // "application-x-gzip": certainly no text
	}
	return ""
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// oldMac turns a source whose lines end in CR alone into one with LF.
func oldMac(src io.ReaderAt, size int64) io.ReaderAt {
	var b [2048]byte
	n, _ := src.ReadAt(b[:min(size, int64(len(b)))], 0)
	if bytes.IndexByte(b[:n], '\n') >= 0 || bytes.IndexByte(b[:n], '\r') < 0 {
		return src
	}
	return crReader{src}
}

// crReader shows CR as LF.
type crReader struct{ src io.ReaderAt }

// ReadAt implements io.ReaderAt.
func (r crReader) ReadAt(b []byte, off int64) (int, error) {
	n, err := r.src.ReadAt(b, off)
	for i := range b[:n] {
		if b[i] == '\r' {
			b[i] = '\n'
		}
	}
	return n, err
}
