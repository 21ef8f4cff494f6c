package tnef

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// errDamage is the cause of every loss.
var errDamage = errors.New("damaged")

// A section is a range of the source, and a stream over it.
type section struct {
	src  io.ReaderAt
	from int64
	size int64
}

// Size implements [mapi.Stream].
func (s section) Size() int64 { return s.size }

// Open implements [mapi.Stream].
func (s section) Open(context.Context) (io.ReadCloser, error) {
	return io.NopCloser(io.NewSectionReader(s.src, s.from, s.size)), nil
}

// A scanner reads a section from its start. The first error sticks: an error
// of the source is kept as such, everything else is damage.
type scanner struct {
	src    io.ReaderAt
	at     int64
	end    int64
	budget *int64 // bytes that may still be held in memory
	err    error

	buf   [512]byte // what was read ahead
	bufAt int64
	bufN  int
}

func newScanner(s section, budget *int64) *scanner {
	return &scanner{src: s.src, at: s.from, end: s.from + s.size, budget: budget}
}

func (s *scanner) left() int64 { return s.end - s.at }

// failf makes the scanner fail at the current offset.
func (s *scanner) failf(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf("%w at offset %d: %s", errDamage, s.at, fmt.Sprintf(format, args...))
	}
}

// small reads up to len(buf) bytes through the buffer; nil after failing.
func (s *scanner) small(n int) []byte {
	if s.err != nil {
		return nil
	}
	if int64(n) > s.left() {
		s.failf("%d bytes wanted, %d left", n, s.left())
		return nil
	}
	if s.at < s.bufAt || s.at+int64(n) > s.bufAt+int64(s.bufN) {
		want := s.buf[:min(int64(len(s.buf)), s.left())]
		if err := readAt(s.src, want, s.at); err != nil {
			s.err = err
			return nil
		}
		s.bufAt, s.bufN = s.at, len(want)
	}
	b := s.buf[s.at-s.bufAt:][:n]
	s.at += int64(n)
	return b
}

func readAt(src io.ReaderAt, b []byte, at int64) error {
	if n, err := src.ReadAt(b, at); n < len(b) {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return fmt.Errorf("reading TNEF at offset %d: %w", at, err)
	}
	return nil
}

func (s *scanner) uint8() uint8 {
	if b := s.small(1); b != nil {
		return b[0]
	}
	return 0
}

func (s *scanner) uint16() uint16 {
	if b := s.small(2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

func (s *scanner) uint32() uint32 {
	if b := s.small(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (s *scanner) uint64() uint64 {
	if b := s.small(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// section gives the next n bytes as a section without reading them.
func (s *scanner) section(n int64) section {
	if s.err == nil && (n < 0 || n > s.left()) {
		s.failf("%d bytes wanted, %d left", n, s.left())
	}
	if s.err != nil {
		return section{src: s.src}
	}
	out := section{src: s.src, from: s.at, size: n}
	s.at += n
	return out
}

// bytes reads n bytes into memory, within the budget.
func (s *scanner) bytes(n int64) []byte {
	part := s.section(n)
	if s.err != nil {
		return nil
	}
	if n > *s.budget {
		s.at -= n
		s.failf("a value of %d bytes is beyond the memory limit", n)
		s.at += n
		return nil
	}
	*s.budget -= n
	b := make([]byte, n)
	if err := readAt(s.src, b, part.from); err != nil {
		s.err = err
		return nil
	}
	return b
}

// pad skips to the next multiple of four behind a value of n bytes. The last
// value of a structure may lack its padding.
func (s *scanner) pad(n int64) {
	if s.err == nil {
		s.at = min(s.at+(4-n%4)%4, s.end)
	}
}
