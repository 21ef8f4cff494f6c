package mime

import (
	"bytes"
	"strings"
)

// A Field is one header field as it stands in the source.
type Field struct {
	// Name is the field's name without the colon.
	Name string
	// Raw is what stands after the colon, folded, without the last line break.
	Raw string
}

// Unfolded is the field's value with its folds undone and trimmed. RFC 5322 2.2.3
func (f Field) Unfolded() string { return Unfold(f.Raw) }

// Unfold takes line breaks out of a value and trims it.
func Unfold(raw string) string {
	raw = strings.Trim(raw, " \t\r\n")
	if strings.IndexByte(raw, '\n') < 0 && strings.IndexByte(raw, '\r') < 0 {
		return raw
	}
	var b strings.Builder
	b.Grow(len(raw))
	for i := 0; i < len(raw); i++ {
		if c := raw[i]; c != '\r' && c != '\n' {
			b.WriteByte(c)
		} else if i+1 < len(raw) && raw[i+1] != ' ' && raw[i+1] != '\t' && raw[i+1] != '\n' && raw[i+1] != '\r' {
			b.WriteByte(' ') // a fold without white space
		}
	}
	return b.String()
}

// A Header is a header block.
type Header struct {
	// Raw is the whole block, without the empty line.
	Raw    string
	Fields []Field
}

// Find gives the first field of that name.
func (h *Header) Find(name string) (Field, bool) {
	for i := range h.Fields {
		if strings.EqualFold(h.Fields[i].Name, name) {
			return h.Fields[i], true
		}
	}
	return Field{}, false
}

// Get gives the unfolded value of the first field of that name, or "".
func (h *Header) Get(name string) string {
	f, _ := h.Find(name)
	return f.Unfolded()
}

// Has tells whether there is such a field.
func (h *Header) Has(name string) bool {
	_, ok := h.Find(name)
	return ok
}

// header reads a header block at off; it ends at an empty line, at a boundary
// of the stack, at the first line that can't be a field, or at the limit.
// body is where what follows begins; cut tells that the limit was hit.
func (s *scanner) header(off int64, stack []string, limit int) (h Header, body int64, cut bool) {
	start := off
	first := true
	var lines []span // of fields
	for {
		w := s.window(off, 4096)
		if len(w) == 0 {
			break
		}
		n, whole := lineLength(w)
		for !whole && len(w) == n && off+int64(n) < s.size && n < windowSize {
			w = s.window(off, windowSize)
			if n, whole = lineLength(w); n == windowSize || off+int64(n) >= s.size {
				break
			}
		}
		line := w[:n]
		if int(off-start)+n > limit {
			cut = true
			break
		}
		text := bytes.TrimRight(line, "\r\n")
		if len(text) == 0 {
			h, body = s.block(start, off, lines), off+int64(n)
			return h, body, false
		}
		if len(text) > 2 && text[0] == '-' && text[1] == '-' && len(stack) > 0 {
			if _, ok := s.match(off, off, stack); ok {
				break
			}
			w = s.window(off, n)
			line = w[:n]
			text = bytes.TrimRight(line, "\r\n")
		}
		blank := len(bytes.Trim(text, " \t")) == 0
		switch {
		case first && (isMboxLine(text) || blank && s.fieldFollows(off+int64(n))):
			start = off + int64(n)
		case blank && !s.fieldFollows(off+int64(n)) && !s.foldFollows(off+int64(n)):
			return s.block(start, off, lines), off + int64(n), false // an empty line that is not quite empty
		case text[0] == ' ' || text[0] == '\t':
			if len(lines) > 0 {
				lines[len(lines)-1].end = int(off-start) + n
			}
		case fieldName(text) > 0:
			lines = append(lines, span{int(off - start), int(off-start) + n})
		case len(lines) > 0 && !bytes.HasPrefix(text, []byte("--")) && s.headerGoesOn(off+int64(n), hasPrefixFold(string(text[:min(len(text), 2)]), "X-")):
			if bytes.IndexByte(text, ':') > 0 { // a field with an impossible name
				lines = append(lines, span{int(off - start), int(off-start) + n})
			} else { // folded without white space
				lines[len(lines)-1].end = int(off-start) + n
			}
		default:
			return s.block(start, off, lines), off, false
		}
		first = false
		off += int64(n)
	}
	return s.block(start, off, lines), off, cut
}

type span struct{ begin, end int }

// block copies the header out of the source and cuts it into fields.
func (s *scanner) block(start, end int64, lines []span) Header {
	if end <= start {
		return Header{}
	}
	raw := make([]byte, end-start)
	if w := s.window(start, int(min(end-start, windowSize))); int64(len(w)) >= end-start {
		copy(raw, w)
	} else {
		n, err := s.src.ReadAt(raw, start)
		if n < len(raw) {
			s.err = err
			return Header{}
		}
	}
	h := Header{Raw: string(raw), Fields: make([]Field, 0, len(lines))}
	for _, l := range lines {
		text := h.Raw[l.begin:l.end]
		n := strings.IndexByte(text, ':')
		h.Fields = append(h.Fields, Field{Name: strings.TrimRight(text[:n], " \t"), Raw: strings.TrimRight(text[n+1:], "\r\n")})
	}
	return h
}

func lineLength(w []byte) (n int, whole bool) {
	if i := bytes.IndexByte(w, '\n'); i >= 0 {
		return i + 1, true
	}
	return len(w), false
}

// fieldName gives the length of the field name a line begins with, or 0. RFC 5322 2.2
func fieldName(line []byte) int {
	n := bytes.IndexByte(line, ':')
	if n <= 0 {
		return 0
	}
	name := bytes.TrimRight(line[:n], " \t")
	if len(name) == 0 || len(name) > 256 {
		return 0
	}
	for _, c := range name {
		if c <= ' ' || c >= 0x7F {
			return 0
		}
	}
	return len(name)
}

// isMboxLine tells whether a line is the envelope line of a mailbox file.
func isMboxLine(line []byte) bool {
	return bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From "))
}

// fieldFollows tells whether the line at off is a header field.
func (s *scanner) fieldFollows(off int64) bool {
	w := s.window(off, 512)
	n, _ := lineLength(w)
	return n > 0 && fieldName(w[:n]) > 0 && !bytes.HasPrefix(w, []byte("http"))
}

// foldFollows tells whether the line at off continues a field.
func (s *scanner) foldFollows(off int64) bool {
	w := s.window(off, 512)
	n, _ := lineLength(w)
	return n > 0 && (w[0] == ' ' || w[0] == '\t') && len(bytes.Trim(w[:n], " \t\r\n")) > 0
}

// headerGoesOn tells whether, after a line that is no field, more of the
// header comes: a field next, or continuations and then a field. oddBefore
// tells that the line looks like a field but for its name; then the empty line
// may come as well.
func (s *scanner) headerGoesOn(off int64, oddBefore bool) bool {
	for range 20 {
		w := s.window(off, 1024)
		n, _ := lineLength(w)
		if n == 0 {
			return false
		}
		odd := hasPrefixFold(string(w[:min(n, 2)]), "X-") // a field with an impossible name again
		if !odd && !s.foldFollows(off) {
			return s.fieldFollows(off) || len(bytes.Trim(w[:n], " \t\r\n")) == 0 && oddBefore
		}
		oddBefore = odd || oddBefore
		off += int64(n)
	}
	return false
}

// ParseHeader cuts a header block in memory into its fields.
func ParseHeader(block string, limit int) []Field {
	if !strings.HasSuffix(block, "\n") {
		block += "\r\n"
	}
	s := scanner{src: strings.NewReader(block), size: int64(len(block))}
	h, _, _ := s.header(0, nil, limit)
	return h.Fields
}
