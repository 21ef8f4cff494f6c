package mime

import (
	"encoding/base64"
	"io"
	"strings"
)

// maxRegularLine is how long a line may be that random access is given to.
const maxRegularLine = 1000

// A regularBody is a base64 body whose lines are all alike, so that each byte's
// place is known: nothing has to be decoded to get behind it.
type regularBody struct {
	src   io.ReaderAt
	from  int64 // of the first line
	chars int64 // of a line
	step  int64 // of a line with its end
	size  int64 // decoded
}

// Random gives random access to the decoded body, of which nothing is held in
// memory. It is there for bodies without an encoding and for base64 in lines of
// one length, as all programs write it; false for all others.
func (p *Part) Random() (*io.SectionReader, bool) {
	if p.identity() {
		return p.Section(), true
	}
	if p.Encoding != "base64" {
		return nil, false
	}
	b := &regularBody{src: p.src, from: p.Body}
	if !b.measure(p.Section()) {
		return nil, false
	}
	return io.NewSectionReader(b, 0, b.size), true
}

// measure reads the body once and tells whether its lines are alike.
func (b *regularBody) measure(src *io.SectionReader) bool {
	var head [maxRegularLine]byte
	n, _ := io.ReadFull(src, head[:])
	first := 0
	for first < n && inAlphabet(head[first]) {
		first++
	}
	end := first
	for end < n && (head[end] == '\r' || head[end] == '\n') && end-first < 2 {
		end++
	}
	if first == 0 || first%4 != 0 || end == first || head[end-1] != '\n' || end-first == 2 && head[first] != '\r' {
		return false
	}
	b.chars, b.step = int64(first), int64(end)
	if _, err := src.Seek(0, io.SeekStart); err != nil {
		return false
	}
	lines := make([]byte, chunk/end*end)
	for {
		n, err := io.ReadFull(src, lines)
		whole := n / end * end
		for at := 0; at < whole; at += end {
			if !b.isLine(lines[at : at+end]) {
				return b.last(lines[at:n], src)
			}
			b.size += b.chars / 4 * 3
		}
		if err != nil {
			return (err == io.EOF || err == io.ErrUnexpectedEOF) && b.last(lines[whole:n], src)
		}
	}
}

// isLine tells whether a line is like the first.
func (b *regularBody) isLine(line []byte) bool {
	foreign := byte(0)
	for _, c := range line[:b.chars] {
		foreign |= foreignBytes[c]
	}
	return foreign == 0 && line[len(line)-1] == '\n' && (b.step-b.chars == 1 || line[b.chars] == '\r')
}

// last reads the last line: shorter, or padded, and nothing but blank lines behind it.
func (b *regularBody) last(rest []byte, src io.Reader) bool {
	n := 0
	for n < len(rest) && int64(n) < b.chars && inAlphabet(rest[n]) {
		n++
	}
	padding := 0
	for n+padding < len(rest) && rest[n+padding] == '=' {
		padding++
	}
	if (n+padding)%4 != 0 || padding > 2 || !isBlank(rest[n+padding:]) {
		return false
	}
	var more [64]byte
	if k, err := io.ReadFull(src, more[:]); err == nil || !isBlank(more[:k]) {
		return false
	}
	b.size += int64(n * 3 / 4)
	return true
}

func inAlphabet(c byte) bool { return foreignBytes[c] == 0 }

// foreignBytes has 1 for each byte outside of the alphabet. It is never changed. RFC 4648 4
var foreignBytes = func() (table [256]byte) {
	for c := range table {
		if !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", rune(c)) {
			table[c] = 1
		}
	}
	return table
}()

func isBlank(b []byte) bool {
	for _, c := range b {
		if c != '\r' && c != '\n' && c != ' ' && c != '\t' {
			return false
		}
	}
	return true
}

// pieceLines is how many lines are decoded at once.
const pieceLines = 100

// ReadAt implements io.ReaderAt.
func (b *regularBody) ReadAt(p []byte, off int64) (int, error) {
	perLine := b.chars / 4 * 3
	if off < 0 || off >= b.size {
		return 0, io.EOF
	}
	text := make([]byte, min(int64(len(p))/perLine+2, pieceLines)*b.step)
	done := 0
	for done < len(p) && off < b.size {
		line := off / perLine
		n, err := b.src.ReadAt(text, b.from+line*b.step)
		if n == 0 && err != nil {
			return done, err
		}
		decoded, err := b.decode(text[:n], int(b.size/perLine-line))
		if err != nil {
			return done, err
		}
		skip := off - line*perLine
		if skip >= int64(len(decoded)) {
			return done, io.ErrUnexpectedEOF
		}
		k := copy(p[done:], decoded[skip:min(int64(len(decoded)), b.size-line*perLine)])
		done, off = done+k, off+int64(k)
	}
	if done < len(p) {
		return done, io.EOF
	}
	return done, nil
}

// decode decodes lines in place, of which a number is whole.
func (b *regularBody) decode(text []byte, whole int) ([]byte, error) {
	flat := text[:0]
	for ; whole > 0 && int64(len(text)) >= b.chars; whole-- {
		flat = append(flat, text[:b.chars]...)
		text = text[min(int(b.step), len(text)):]
	}
	if whole == 0 {
		n := 0
		for n < len(text) && (inAlphabet(text[n]) || text[n] == '=') {
			n++
		}
		flat = append(flat, text[:n]...)
	}
	n, err := base64.StdEncoding.Decode(flat, flat[:len(flat)/4*4])
	return flat[:n], err
}
