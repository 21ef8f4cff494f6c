package contentline

import (
	"io"
	"strings"
	"unicode/utf8"
)

// A Writer writes content lines with CRLF, folded to 75 octets. Its first
// error sticks.
type Writer struct {
	w   io.Writer
	err error
	buf []byte
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Err is the first error of writing.
func (w *Writer) Err() error { return w.err }

// Begin begins a component.
func (w *Writer) Begin(name string) { w.Line("BEGIN", name) }

// End ends a component.
func (w *Writer) End(name string) { w.Line("END", name) }

// Text writes a text property, unless it is empty.
func (w *Writer) Text(name, value string, params ...Param) {
	if value != "" {
		w.Line(name, Escape(value), params...)
	}
}

// Line writes a property whose value is already escaped. Parameters without
// values are left out.
func (w *Writer) Line(name, value string, params ...Param) {
	w.buf = append(w.buf[:0], name...)
	for _, p := range params {
		for i, v := range p.Values {
			if i == 0 {
				w.buf = append(append(append(w.buf, ';'), p.Name...), '=')
			} else {
				w.buf = append(w.buf, ',')
			}
			w.buf = appendParamValue(w.buf, v)
		}
	}
	w.buf = append(w.buf, ':')
	w.buf = append(w.buf, clean(value)...)
	w.fold()
}

// P makes a parameter; an empty value makes one that is not written.
func P(name, value string) Param {
	if value == "" {
		return Param{Name: name}
	}
	return Param{Name: name, Values: []string{value}}
}

var caretEscaper = strings.NewReplacer("^", "^^", "\r\n", "^n", "\n", "^n", "\r", "^n", `"`, "^'") // RFC 6868 3.1

func appendParamValue(b []byte, v string) []byte {
	v = clean(caretEscaper.Replace(v))
	if strings.ContainsAny(v, ",;:") {
		return append(append(append(b, '"'), v...), '"')
	}
	return append(b, v...)
}

// clean takes out control characters, which no line may have.
func clean(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' && c != '\t' || c == 0x7F {
			return -1
		}
		return c
	}, s)
}

// lineLength is how many octets a line may have. RFC 5545 3.1
const lineLength = 75

// fold writes buf, never breaking a character.
func (w *Writer) fold() {
	rest, limit := w.buf, lineLength
	for len(rest) > limit {
		n := limit
		for n > 0 && !utf8.RuneStart(rest[n]) {
			n--
		}
		if n == 0 {
			n = limit
		}
		w.write(rest[:n], "\r\n ")
		rest, limit = rest[n:], lineLength-1
	}
	w.write(rest, "\r\n")
}

func (w *Writer) write(b []byte, end string) {
	if w.err == nil {
		_, w.err = w.w.Write(b)
	}
	if w.err == nil {
		_, w.err = io.WriteString(w.w, end)
	}
}
