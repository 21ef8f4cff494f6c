package mime

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"io"
)

// Section is the body as it stands in the source.
func (p *Part) Section() *io.SectionReader {
	return io.NewSectionReader(p.src, p.Body, p.End-p.Body)
}

// Whole is the part as it stands in the source, header and body.
func (p *Part) Whole() *io.SectionReader {
	return io.NewSectionReader(p.src, p.Start, p.End-p.Start)
}

// Open reads the body with its transfer encoding undone, decoding as it is read.
func (p *Part) Open() io.Reader {
	switch p.Encoding {
	case "base64":
		return NewBase64Reader(p.Section())
	case "quoted-printable":
		return NewQPReader(p.Section())
	case "x-uuencode", "uuencode", "x-uue":
		return NewUUReader(p.Section())
	}
	return p.Section()
}

// Size is the decoded body's length, or -1 when only reading tells.
func (p *Part) Size() int64 {
	if p.identity() {
		return p.End - p.Body
	}
	return -1
}

// chunk is how much encoded text is decoded at once.
const chunk = 32 << 10

// base64Reader decodes base64 between whatever line breaks and garbage.
type base64Reader struct {
	src  io.Reader
	in   []byte // raw text
	flat []byte // the alphabet's characters of it; up to 3 stay for the next chunk
	out  []byte
	pos  int // in out
	err  error
}

// NewBase64Reader decodes base64 as mail has it: any line lengths, characters
// outside of the alphabet skipped, padding missing or in the middle. RFC 2045 6.8
func NewBase64Reader(src io.Reader) io.Reader {
	return &base64Reader{src: src}
}

// Read implements io.Reader.
func (r *base64Reader) Read(b []byte) (int, error) {
	for r.pos == len(r.out) {
		if r.err != nil {
			return 0, r.err
		}
		r.fill()
	}
	n := copy(b, r.out[r.pos:])
	r.pos += n
	return n, nil
}

// WriteTo implements io.WriterTo.
func (r *base64Reader) WriteTo(w io.Writer) (n int64, err error) {
	for {
		if r.pos < len(r.out) {
			m, err := w.Write(r.out[r.pos:])
			n += int64(m)
			r.pos += m
			if err != nil {
				return n, err
			}
		}
		if r.err != nil {
			if r.err == io.EOF {
				return n, nil
			}
			return n, r.err
		}
		r.fill()
	}
}

// fill decodes the next chunk into out.
func (r *base64Reader) fill() {
	if r.in == nil {
		r.in = make([]byte, chunk)
		r.flat = make([]byte, 0, chunk+4)
		r.out = make([]byte, 0, chunk)
	}
	r.out, r.pos = r.out[:0], 0
	n, err := r.src.Read(r.in)
	r.err = err
	kept := len(r.flat)
	r.flat = appendLines(r.flat, r.in[:n])
	whole := len(r.flat) / 4 * 4
	if err != nil && err != io.EOF {
		return
	}
	out, derr := base64.StdEncoding.AppendDecode(r.out, r.flat[:whole])
	if derr == nil {
		r.out = out
		r.flat = append(r.flat[:0], r.flat[whole:]...)
	} else {
		r.slow(append(append(make([]byte, 0, kept+n), r.flat[:kept]...), r.in[:n]...))
	}
	if r.err == io.EOF {
		r.out = appendB(r.out, bytes.TrimRight(r.flat, "="))
		r.flat = r.flat[:0]
	}
}

// appendLines appends text without its line breaks.
func appendLines(dst, text []byte) []byte {
	for len(text) > 0 {
		i := bytes.IndexByte(text, '\n')
		if i < 0 {
			return append(dst, text...)
		}
		line := text[:i]
		if i > 0 && line[i-1] == '\r' {
			line = line[:i-1]
		}
		dst = append(dst, line...)
		text = text[i+1:]
	}
	return dst
}

// slow decodes a chunk that is not clean: character by character.
func (r *base64Reader) slow(text []byte) {
	r.out = r.out[:0]
	r.flat = r.flat[:0]
	for _, c := range text {
		switch {
		case isB64(c):
			r.flat = append(r.flat, c)
		case c == '=' && len(r.flat)%4 != 0: // padding ends a run; another may follow
			r.out = appendB(r.out, r.flat)
			r.flat = r.flat[:0]
		}
	}
	whole := len(r.flat) / 4 * 4
	r.out = appendB(r.out, r.flat[:whole])
	r.flat = append(r.flat[:0], r.flat[whole:]...)
}

// qpReader decodes quoted-printable line by line.
type qpReader struct {
	src  *bufio.Reader
	line []byte
	err  error
}

// NewQPReader decodes quoted-printable; what is no valid escape stays as it is. RFC 2045 6.7
func NewQPReader(src io.Reader) io.Reader {
	return &qpReader{src: bufio.NewReaderSize(src, 8<<10)}
}

// Read implements io.Reader.
func (r *qpReader) Read(b []byte) (int, error) {
	for len(r.line) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		var raw []byte
		raw, r.err = r.src.ReadSlice('\n')
		full := r.err == bufio.ErrBufferFull
		if full {
			r.err = nil
			raw = r.holdBack(raw)
		}
		r.line = decodeQP(r.line[:0], raw, !full)
	}
	n := copy(b, r.line)
	r.line = r.line[n:]
	return n, nil
}

// holdBack keeps an escape that a full buffer cut for the next reading.
func (r *qpReader) holdBack(raw []byte) []byte {
	i := bytes.LastIndexByte(raw[len(raw)-3:], '=')
	if i < 0 {
		return raw
	}
	cut := len(raw) - 3 + i
	tail := append([]byte(nil), raw[cut:]...)
	head := raw[:cut]
	r.src = bufio.NewReaderSize(io.MultiReader(bytes.NewReader(tail), r.src), 8<<10)
	return head
}

// decodeQP decodes one line, or a piece of one when whole is false.
func decodeQP(dst, line []byte, whole bool) []byte {
	end := []byte(nil)
	if whole {
		text := bytes.TrimRight(line, "\r\n")
		end = line[len(text):]
		line = bytes.TrimRight(text, " \t")
		if n := len(line); n > 0 && line[n-1] == '=' && len(end) >= 0 {
			line, end = line[:n-1], nil
		}
	}
	for {
		i := bytes.IndexByte(line, '=')
		if i < 0 {
			break
		}
		dst = append(dst, line[:i]...)
		line = line[i:]
		if len(line) >= 3 && unhex(line[1]) >= 0 && unhex(line[2]) >= 0 {
			dst = append(dst, byte(unhex(line[1])<<4|unhex(line[2])))
			line = line[3:]
			continue
		}
		dst = append(dst, '=')
		line = line[1:]
	}
	return append(append(dst, line...), end...)
}

// uuReader decodes the lines of uuencode.
type uuReader struct {
	src   *bufio.Reader
	line  []byte
	begun bool
	err   error
}

// NewUUReader decodes uuencode from the line that begins with "begin ".
func NewUUReader(src io.Reader) io.Reader { return &uuReader{src: bufio.NewReader(src)} }

// Read implements io.Reader.
func (r *uuReader) Read(b []byte) (int, error) {
	for len(r.line) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		var raw []byte
		raw, r.err = r.src.ReadSlice('\n')
		raw = bytes.TrimRight(raw, "\r\n")
		switch {
		case bytes.HasPrefix(raw, []byte("begin ")) && !r.begun:
			r.begun = true
		case !r.begun || len(raw) == 0:
		case bytes.Equal(raw, []byte("end")):
			r.err = io.EOF
		default:
			r.line = decodeUU(r.line[:0], raw)
		}
	}
	n := copy(b, r.line)
	r.line = r.line[n:]
	return n, nil
}

func decodeUU(dst, line []byte) []byte {
	want := int(line[0]-' ') & 0x3F
	at := len(dst)
	for i := 1; i < len(line); i += 4 {
		var q [4]byte
		for j := range q {
			if i+j < len(line) {
				q[j] = (line[i+j] - ' ') & 0x3F
			}
		}
		dst = append(dst, q[0]<<2|q[1]>>4, q[1]<<4|q[2]>>2, q[2]<<6|q[3])
	}
	return dst[:min(at+want, len(dst))]
}

// PreambleReader reads what stands before a multipart's first part, nil without any.
func (p *Part) PreambleReader() io.Reader {
	if p.Preamble <= 0 || len(p.Parts) == 0 {
		return nil
	}
	return io.NewSectionReader(p.src, p.Body, p.Preamble)
}

// EpilogueReader reads what stands after a multipart's last part, nil without any.
func (p *Part) EpilogueReader() io.Reader {
	if p.Epilogue <= 0 {
		return nil
	}
	return io.NewSectionReader(p.src, p.End-p.Epilogue, p.Epilogue)
}
