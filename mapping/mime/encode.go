package mime

import (
	"bytes"
	"encoding/base64"
	"io"
)

// lineBytes is how many bytes a full base64 line of 76 characters holds. RFC 2045 6.8
const lineBytes = 57

// base64Writer writes lines of 76 characters.
type base64Writer struct {
	w    io.Writer
	held []byte // less than a line
	out  []byte
	err  error
}

// NewBase64Writer encodes what is written to it in lines ended by CRLF; Close
// writes the last one.
func NewBase64Writer(w io.Writer) io.WriteCloser { return &base64Writer{w: w} }

// Write implements io.Writer.
func (e *base64Writer) Write(b []byte) (int, error) {
	n := len(b)
	if len(e.held) > 0 {
		take := min(lineBytes-len(e.held), len(b))
		e.held = append(e.held, b[:take]...)
		b = b[take:]
		if len(e.held) == lineBytes {
			e.lines(e.held)
			e.held = e.held[:0]
		}
	}
	for whole := len(b) / lineBytes * lineBytes; whole > 0; whole = len(b) / lineBytes * lineBytes {
		whole = min(whole, 512*lineBytes)
		e.lines(b[:whole])
		b = b[whole:]
	}
	e.held = append(e.held, b...)
	if e.err != nil {
		return 0, e.err
	}
	return n, nil
}

// lines writes whole lines.
func (e *base64Writer) lines(b []byte) {
	if e.err != nil {
		return
	}
	n := len(b) / lineBytes * 78
	if cap(e.out) < n {
		e.out = make([]byte, n)
	}
	out := e.out[:n]
	for at := 0; len(b) >= lineBytes; at += 78 {
		base64.StdEncoding.Encode(out[at:at+76], b[:lineBytes])
		out[at+76], out[at+77] = '\r', '\n'
		b = b[lineBytes:]
	}
	_, e.err = e.w.Write(out)
}

// Close writes what is left.
func (e *base64Writer) Close() error {
	if len(e.held) > 0 && e.err == nil {
		out := base64.StdEncoding.AppendEncode(nil, e.held)
		e.held = nil
		_, e.err = e.w.Write(append(out, '\r', '\n'))
	}
	return e.err
}

// AppendQP encodes text as quoted-printable: lines of at most 76 characters,
// line breaks of the text (LF or CRLF) as CRLF. RFC 2045 6.7
func AppendQP(dst, text []byte) []byte {
	for len(text) > 0 {
		line, rest, broken := bytes.Cut(text, []byte{'\n'})
		if broken {
			line = bytes.TrimSuffix(line, []byte{'\r'})
		}
		dst = appendQPLine(dst, line)
		if broken {
			dst = append(dst, '\r', '\n')
		}
		text = rest
	}
	return dst
}

const upperHex = "0123456789ABCDEF"

func appendQPLine(dst, line []byte) []byte {
	col := 0
	for i, c := range line {
		plain := c >= '!' && c <= '~' && c != '=' || (c == ' ' || c == '\t') && i+1 < len(line)
		if col == 0 && (c == '.' || c == 'F' && bytes.HasPrefix(line[i:], []byte("From "))) {
			plain = false // safe from mailbox files and careless dot-stuffing
		}
		need := 1
		if !plain {
			need = 3
		}
		if col+need > 75 {
			dst = append(dst, "=\r\n"...)
			col = 0
		}
		if plain {
			dst = append(dst, c)
		} else {
			dst = append(dst, '=', upperHex[c>>4], upperHex[c&15])
		}
		col += need
	}
	return dst
}

// A Form says what a body needs to travel.
type Form struct {
	// EightBit: bytes over 127. Long: a line over 998 bytes. Binary: NUL or a bare CR.
	EightBit, Long, Binary bool
	// Escapes is how many bytes quoted-printable would escape.
	Escapes int
}

// FormOf looks at a text.
func FormOf(b []byte) Form {
	var f Form
	start := 0
	for i, c := range b {
		switch {
		case c == '\n':
			f.Long = f.Long || i-start > 998
			start = i + 1
		case c == '\r':
			f.Binary = f.Binary || i+1 >= len(b) || b[i+1] != '\n'
		case c == 0:
			f.Binary = true
			f.Escapes++
		case c >= 0x80:
			f.EightBit = true
			f.Escapes++
		case c == '=' || c < ' ' && c != '\t':
			f.Escapes++
		}
	}
	f.Long = f.Long || len(b)-start > 998
	return f
}
