package mime

import (
	"bytes"
	"io"
)

// windowSize is how much of the source is looked at at once.
const windowSize = 128 << 10

// A scanner looks at a source through a window that moves forward.
type scanner struct {
	src  io.ReaderAt
	size int64
	buf  []byte // the window's bytes
	base int64  // where in the source they begin
	err  error  // the source's error, sticky
}

// window gives the bytes from off on, at least min of them (at most
// windowSize) unless the source ends before.
func (s *scanner) window(off int64, min int) []byte {
	if off >= s.base && off+int64(min) <= s.base+int64(len(s.buf)) {
		return s.buf[off-s.base:]
	}
	if off >= s.size || s.err != nil {
		return nil
	}
	if off >= s.base && s.base+int64(len(s.buf)) == s.size && off < s.size {
		return s.buf[off-s.base:]
	}
	s.load(off)
	return s.buf
}

func (s *scanner) load(off int64) {
	n := int64(windowSize)
	if left := s.size - off; left < n {
		n = left
	}
	if int64(cap(s.buf)) < n {
		s.buf = make([]byte, n)
	}
	s.buf = s.buf[:n]
	got, err := s.src.ReadAt(s.buf, off)
	s.buf, s.base = s.buf[:got], off
	if int64(got) < n && err != nil && err != io.EOF {
		s.err = err
	}
}

// A delimiter is a boundary line found in the source.
type delimiter struct {
	// level is the index in the stack of boundaries, -1 for the end of the source.
	level int
	// closing tells that the boundary line ends its multipart.
	closing bool
	// start is where the line begins, without the line break before it, which belongs to it. RFC 2046 5.1.1
	start int64
	// next is where the line after it begins.
	next int64
}

// find looks from off, the beginning of a line, for the next line that is a
// boundary of the stack.
func (s *scanner) find(off int64, stack []string) delimiter {
	if len(stack) == 0 {
		return delimiter{level: -1, start: s.size, next: s.size}
	}
	if d, ok := s.match(off, off, stack); ok {
		return d
	}
	for off < s.size {
		w := s.window(off, 3)
		i := bytes.Index(w, []byte("\n--"))
		if i < 0 {
			if len(w) < 3 {
				break
			}
			off += int64(len(w) - 2)
			if off >= s.size-2 {
				break
			}
			continue
		}
		line := off + int64(i) + 1
		end := line - 1
		if i > 0 && w[i-1] == '\r' {
			end--
		} else if i == 0 && end > 0 && s.at(end-1) == '\r' {
			end--
		}
		if d, ok := s.match(line, end, stack); ok {
			return d
		}
		off = line
	}
	return delimiter{level: -1, start: s.size, next: s.size}
}

// at gives one byte of the source, which may lie just before the window.
func (s *scanner) at(off int64) byte {
	if off >= s.base && off < s.base+int64(len(s.buf)) {
		return s.buf[off-s.base]
	}
	var b [1]byte
	if _, err := s.src.ReadAt(b[:], off); err != nil {
		return 0
	}
	return b[0]
}

// match tells whether the line at off is a boundary of the stack, innermost first.
func (s *scanner) match(off, end int64, stack []string) (delimiter, bool) {
	w := s.window(off, 512)
	if len(w) < 2 || w[0] != '-' || w[1] != '-' {
		return delimiter{}, false
	}
	line, next := w, off+int64(len(w))
	if i := bytes.IndexByte(w, '\n'); i >= 0 {
		line, next = w[:i], off+int64(i)+1
	}
	for level := len(stack) - 1; level >= 0; level-- {
		rest, ok := bytes.CutPrefix(line[2:], []byte(stack[level]))
		if !ok {
			continue
		}
		closing := bytes.HasPrefix(rest, []byte("--"))
		if !closing && len(bytes.Trim(rest, " \t\r")) > 0 {
			continue
		}
		return delimiter{level: level, closing: closing, start: max(end, 0), next: next}, true
	}
	return delimiter{}, false
}
