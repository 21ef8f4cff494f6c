package smtpside

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"strings"
)

// A host without 8BITMIME gets no 8-bit octets (RFC 6152 3): parts that have some are converted to quoted-printable on the
// way. That takes two walks through the message: the first finds the parts that need it, the second converts them. What
// cannot be converted honestly is not: headers with raw 8-bit text, and what is signed or encrypted as it stands.

const (
	maxMIMEDepth   = 50
	maxMIMEHeader  = 1 << 20
	sevenBitBuffer = 8 << 10
)

// A survey tells where a message has octets over 127.
type survey struct {
	header8 bool   // in a header, the message's or a part's
	sealed8 bool   // in something that may not be changed
	parts8  []bool // in each part that has a body of its own, in order
}

func (s *survey) eightBit() bool {
	for _, b := range s.parts8 {
		if b {
			return true
		}
	}
	return s.header8 || s.sealed8
}

func (s *survey) convertible() bool { return !s.header8 && !s.sealed8 }

// surveyMessage walks through a message for the first time.
func surveyMessage(r io.Reader) (*survey, error) {
	w := &mimeWalk{in: bufio.NewReaderSize(r, sevenBitBuffer), out: io.Discard, survey: &survey{}}
	_, err := w.entity(0, false)
	return w.survey, err
}

// write walks through the message again and writes it with 7 bits.
func (s *survey) write(out io.Writer, r io.Reader) error {
	w := &mimeWalk{in: bufio.NewReaderSize(r, sevenBitBuffer), out: out, survey: s, convert: true}
	_, err := w.entity(0, false)
	return err
}

// A mimeWalk goes through a message line by line: to fill the survey in, or to convert by it.
type mimeWalk struct {
	in         *bufio.Reader
	out        io.Writer
	survey     *survey
	convert    bool
	part       int      // the next part with a body of its own
	boundaries []string // of the multiparts around, with the two dashes, outermost first
	midLine    bool
}

// A stop is where a body ends: at a boundary line of a multipart around it, or, with level -1, with the message.
type stop struct {
	level   int // index in boundaries
	closing bool
	line    []byte
}

// next returns the next line, or a fragment of a long one; or where to stop.
func (w *mimeWalk) next() (line []byte, end *stop, err error) {
	line, err = w.in.ReadSlice('\n')
	switch {
	case len(line) > 0 && (errors.Is(err, io.EOF) || errors.Is(err, bufio.ErrBufferFull)):
	case errors.Is(err, io.EOF):
		return nil, &stop{level: -1}, nil
	case err != nil:
		return nil, nil, err
	}
	start := !w.midLine
	w.midLine = line[len(line)-1] != '\n'
	if start && bytes.HasPrefix(line, []byte("--")) {
		return line, w.boundary(line), nil
	}
	return line, nil, nil
}

// boundary tells whether a line is a boundary (RFC 2046 5.1.1); nil if not.
func (w *mimeWalk) boundary(line []byte) *stop {
	text := string(bytes.TrimRight(line, " \t\r\n"))
	for level := len(w.boundaries) - 1; level >= 0; level-- {
		rest, ok := strings.CutPrefix(text, w.boundaries[level])
		if ok && (rest == "" || rest == "--") {
			return &stop{level: level, closing: rest != "", line: bytes.Clone(line)}
		}
	}
	return nil
}

// body gives each line to take, up to where the body stops.
func (w *mimeWalk) body(take func([]byte) error) (*stop, error) {
	for {
		line, end, err := w.next()
		if err != nil || end != nil {
			return end, err
		}
		if err := take(line); err != nil {
			return nil, err
		}
	}
}

// entity goes through a message or part, header and body. sealed says that nothing in it may be changed.
func (w *mimeWalk) entity(depth int, sealed bool) (*stop, error) {
	h, end, err := w.header()
	if err != nil {
		return nil, err
	}
	w.survey.header8 = w.survey.header8 || !isASCII(h.raw)
	if end != nil { // a header without body
		_, err := w.out.Write(h.raw)
		return end, err
	}
	kind, params, _ := mime.ParseMediaType(h.field("content-type"))
	boundary := params["boundary"]
	sealed = sealed || kind == "multipart/signed" || kind == "multipart/encrypted" || depth >= maxMIMEDepth
	switch {
	case strings.HasPrefix(kind, "multipart/") && boundary != "" && depth < maxMIMEDepth:
		return w.multipart(h, boundary, depth, sealed)
	case kind == "message/rfc822" && h.identity() && depth < maxMIMEDepth:
		if err := w.emitHeader(h, "7bit"); err != nil {
			return nil, err
		}
		return w.entity(depth+1, sealed)
	}
	unencoded := strings.HasPrefix(kind, "message/") && !strings.HasPrefix(kind, "message/global") // RFC 2046 5.2.1; RFC 6532 3.7
	return w.leaf(h, sealed || h.overlong || !h.identity() || unencoded)
}

// multipart goes through the parts of an entity.
func (w *mimeWalk) multipart(h mimeHeader, boundary string, depth int, sealed bool) (*stop, error) {
	if err := w.emitHeader(h, "7bit"); err != nil {
		return nil, err
	}
	level := len(w.boundaries)
	w.boundaries = append(w.boundaries, "--"+boundary)
	defer func() { w.boundaries = w.boundaries[:level] }()
	end, err := w.body(w.plain) // the preamble
	for err == nil && end.level == level {
		if _, err := w.out.Write(end.line); err != nil {
			return nil, err
		}
		if end.closing {
			w.boundaries = w.boundaries[:level]
			return w.body(w.plain) // the epilogue
		}
		end, err = w.entity(depth+1, sealed)
	}
	return end, err
}

// plain writes a line that nobody reads: of a preamble or an epilogue.
func (w *mimeWalk) plain(line []byte) error {
	for i, c := range line {
		if c > 0x7F {
			line[i] = '?'
		}
	}
	_, err := w.out.Write(line)
	return err
}

// leaf goes through a part with a body of its own.
func (w *mimeWalk) leaf(h mimeHeader, sealed bool) (*stop, error) {
	n := w.part
	w.part++
	if !w.convert {
		return w.inspect(sealed)
	}
	if n >= len(w.survey.parts8) || !w.survey.parts8[n] {
		if err := w.emitHeader(h, ""); err != nil {
			return nil, err
		}
		return w.body(func(line []byte) error { _, err := w.out.Write(line); return err })
	}
	if err := w.emitHeader(h, "quoted-printable"); err != nil {
		return nil, err
	}
	qp := quotedprintable.NewWriter(w.out)
	end, err := w.body(func(line []byte) error { _, err := qp.Write(line); return err })
	return end, errors.Join(err, qp.Close())
}

// inspect notes whether a part has octets over 127.
func (w *mimeWalk) inspect(sealed bool) (*stop, error) {
	found := false
	end, err := w.body(func(line []byte) error {
		found = found || !isASCII(line)
		return nil
	})
	w.survey.parts8 = append(w.survey.parts8, found && !sealed)
	w.survey.sealed8 = w.survey.sealed8 || found && sealed
	return end, err
}

// A mimeHeader is a header with the empty line that ends it.
type mimeHeader struct {
	raw      []byte
	fields   []mimeField
	overlong bool // only the start of one that is too long to be true
}

// A mimeField is one field with its folded lines, raw[from:to].
type mimeField struct {
	name     string // lower case
	from, to int
}

// header reads a header. It stops with the message or at a boundary when there is no body.
func (w *mimeWalk) header() (mimeHeader, *stop, error) {
	var h mimeHeader
	for {
		fresh := !w.midLine
		line, end, err := w.next()
		if err != nil || end != nil {
			return h, end, err
		}
		from := len(h.raw)
		h.raw = append(h.raw, line...)
		switch {
		case fresh && len(bytes.TrimRight(line, "\r\n")) == 0:
			return h, nil, nil
		case len(h.raw) > maxMIMEHeader:
			h.overlong = true
			return h, nil, nil
		case len(h.fields) > 0 && (!fresh || line[0] == ' ' || line[0] == '\t'):
			h.fields[len(h.fields)-1].to = len(h.raw)
		default:
			name, _, _ := bytes.Cut(line, []byte(":"))
			name = bytes.ToLower(bytes.TrimSpace(name))
			h.fields = append(h.fields, mimeField{string(name), from, len(h.raw)})
		}
	}
}

// field returns the unfolded value of the first field of that name, or "".
func (h mimeHeader) field(name string) string {
	for _, f := range h.fields {
		if f.name != name {
			continue
		}
		_, value, _ := bytes.Cut(h.raw[f.from:f.to], []byte(":"))
		return strings.TrimSpace(strings.NewReplacer("\r", "", "\n", "").Replace(string(value)))
	}
	return ""
}

// identity reports that the body is not encoded (RFC 2045 6.2).
func (h mimeHeader) identity() bool {
	switch strings.ToLower(h.field("content-transfer-encoding")) {
	case "", "7bit", "8bit", "binary":
		return true
	}
	return false
}

// emitHeader writes a header; when converting, with the transfer encoding given, if one is.
func (w *mimeWalk) emitHeader(h mimeHeader, encoding string) error {
	if !w.convert || encoding == "" || encoding == "7bit" && h.field("content-transfer-encoding") == "" {
		_, err := w.out.Write(h.raw)
		return err
	}
	var b bytes.Buffer
	b.WriteString("Content-Transfer-Encoding: " + encoding + "\r\n")
	at := 0
	for _, f := range h.fields {
		if f.name == "content-transfer-encoding" {
			b.Write(h.raw[at:f.from])
			at = f.to
		}
	}
	b.Write(h.raw[at:])
	_, err := w.out.Write(b.Bytes())
	return err
}
