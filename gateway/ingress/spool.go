package ingress

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/mapigate/mapigate/gateway/mail"
)

// spoolHeld is how much of a mail a spool keeps in memory, in bytes.
const spoolHeld = 64 << 10

// A spool holds a mail that is not in the queue (yet): small ones in memory, the others in a file without a name, which goes
// with the process at the latest.
type spool struct {
	dir  string
	held []byte
	file *os.File
	size int64
	err  error // of the disk
}

var _ mail.Body = (*spool)(nil)

// errSpool marks a failure of the disk, as opposed to one of what is read.
var errSpool = errors.New("spooling a mail")

// Write implements io.Writer.
func (s *spool) Write(p []byte) (int, error) {
	if s.err == nil && s.file == nil && len(s.held)+len(p) > spoolHeld {
		s.err = s.spill()
	}
	if s.err != nil {
		return 0, s.err
	}
	if s.file == nil {
		s.held = append(s.held, p...)
	} else if _, err := s.file.WriteAt(p, s.size); err != nil {
		s.err = fmt.Errorf("%w: %w", errSpool, err)
		return 0, s.err
	}
	s.size += int64(len(p))
	return len(p), nil
}

// spill goes on in a file.
func (s *spool) spill() error {
	f, err := os.CreateTemp(s.dir, "incoming-*")
	if err != nil {
		return fmt.Errorf("%w: %w", errSpool, err)
	}
	s.file = f
	if err := os.Remove(f.Name()); err != nil {
		return fmt.Errorf("%w: %w", errSpool, err)
	}
	if _, err := f.WriteAt(s.held, 0); err != nil {
		return fmt.Errorf("%w: %w", errSpool, err)
	}
	s.held = nil
	return nil
}

// Size implements mail.Body.
func (s *spool) Size() int64 { return s.size }

// section is what has been written, from the beginning.
func (s *spool) section() *io.SectionReader {
	if s.file == nil {
		return io.NewSectionReader(bytes.NewReader(s.held), 0, s.size)
	}
	return io.NewSectionReader(s.file, 0, s.size)
}

// text is the body alone, where what has been written begins with the empty line behind a header.
func (s *spool) text() *io.SectionReader {
	all := s.section()
	var start [2]byte
	if n, _ := all.ReadAt(start[:], 0); string(start[:n]) == "\r\n" {
		return io.NewSectionReader(all, 2, s.size-2)
	}
	return all
}

// Open implements mail.Body.
func (s *spool) Open(context.Context) (io.ReadCloser, error) {
	return struct {
		*io.SectionReader
		io.Closer
	}{s.section(), io.NopCloser(nil)}, nil
}

// Close frees the room.
func (s *spool) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}
