package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// A shelf is where a body stands among others: the number of the segment in the upper 32 bits, the offset in the lower. It is
// stored: never change it.
type shelf int64

func shelfAt(segment, offset int64) shelf { return shelf(segment<<32 | offset) }

func (s shelf) segment() int64 { return int64(s) >> 32 }
func (s shelf) offset() int64  { return int64(s) & (1<<32 - 1) }

// A segments keeps bodies of middling size, one behind the other in files that they share: SQLite would write each of them twice, and a file of its own
// costs more than it holds. A session writes its body where nobody else does; the writer syncs a segment once for all
// mails of a transaction. A segment that is full takes no more. It goes when its last body has gone, and when most of it is gone the
// rest is written anew elsewhere (see pack.go).
type segments struct {
	dir  string
	full int64 // bytes at which a segment takes no more

	mu      sync.Mutex // guards all that follows
	all     map[int64]*segment
	current *segment // nil when the next body makes one
	last    int64    // the highest number there is
}

// A segment is one of the files.
type segment struct {
	n       int64
	file    *os.File // to write to; nil when nobody will any more
	size    int64    // bytes handed out
	live    int64    // bytes of bodies that rows name, or soon will
	pending int      // bodies whose rows have not committed
	named   bool     // the name is on the disk
	failed  error    // why nothing in it can be trusted to get to the disk
}

// mostInSegment is the highest offset that a shelf can say.
const mostInSegment = 1<<32 - 1

// openSegments opens the folder; use says how many bytes of which segment rows name. Segments that none does are removed.
func openSegments(dir string, full int64, use map[int64]int64) (*segments, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := errors.Join(syncDir(dir), syncDir(filepath.Dir(dir))); err != nil {
		return nil, err
	}
	s := &segments{dir: dir, full: min(full, mostInSegment), all: map[int64]*segment{}}
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		n, live := segmentNumber(f.Name()), int64(0)
		if n > 0 {
			live = use[n]
		}
		if live == 0 { // what a crash left behind
			if err := os.RemoveAll(filepath.Join(dir, f.Name())); err != nil {
				return nil, err
			}
			continue
		}
		info, err := f.Info()
		if err != nil {
			return nil, err
		}
		s.all[n] = &segment{n: n, size: info.Size(), live: live, named: true}
		s.last = max(s.last, n)
	}
	return s, nil
}

// segmentUse says how many bytes of each segment rows name.
func (r *reader) segmentUse(ctx context.Context) (map[int64]int64, error) {
	rows, err := r.db.QueryContext(ctx, "SELECT content >> 32, sum(size) FROM mail INDEXED BY mail_shelf WHERE place = 4 GROUP BY 1")
	if err != nil {
		return nil, err
	}
	use := map[int64]int64{}
	err = each(rows, func(rows *sql.Rows) error {
		var n, bytes int64
		err := rows.Scan(&n, &bytes)
		use[n] = bytes
		return err
	})
	return use, err
}

const segmentSuffix = ".bodies"

func (s *segments) path(n int64) string {
	return filepath.Join(s.dir, fmt.Sprintf("%08x%s", n, segmentSuffix))
}

// segmentNumber is 0 when that is not the name of a segment.
func segmentNumber(name string) int64 {
	hex, ours := strings.CutSuffix(name, segmentSuffix)
	n, err := strconv.ParseInt(hex, 16, 64)
	if !ours || err != nil || n < 0 || n > 1<<31-1 {
		return 0
	}
	return n
}

// add writes a body. It is not on the disk before sync has been called, and is pending until kept or dropped is.
func (s *segments) add(data []byte) (shelf, error) {
	g, offset, err := s.reserve(int64(len(data)))
	if err != nil {
		return 0, err
	}
	at := shelfAt(g.n, offset)
	if _, err := g.file.WriteAt(data, offset); err != nil { // the file is open as long as anything is pending
		s.dropped(at, int64(len(data)))
		return 0, err
	}
	return at, nil
}

// reserve gives room in the current segment.
func (s *segments) reserve(size int64) (*segment, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.current; g != nil && (g.size+size > s.full || g.failed != nil) {
		s.current = nil
		s.tidy(g)
	}
	if s.current == nil {
		f, err := os.OpenFile(s.path(s.last+1), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, 0, err
		}
		s.last++
		s.current = &segment{n: s.last, file: f}
		s.all[s.last] = s.current
	}
	g := s.current
	offset := g.size
	g.size += size
	g.live += size
	g.pending++
	return g, offset, nil
}

// sync sees to it that what has been added to a segment is on the disk, and that its name is. A segment for which that has failed
// once is never trusted again: the system may have forgotten what it could not write.
func (s *segments) sync(n int64) error {
	s.mu.Lock()
	g := s.all[n]
	s.mu.Unlock()
	if g == nil {
		return fmt.Errorf("segment %d: %w", n, fs.ErrNotExist)
	}
	if g.failed != nil { // only the writer, who calls this, changes it
		return g.failed
	}
	err := g.file.Sync()
	if err == nil && !g.named {
		err = syncDir(s.dir)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g.named = g.named || err == nil
	g.failed = err
	return err
}

// kept says that the row of a body has committed.
func (s *segments) kept(at shelf) { s.change(at, 0, 1) }

// dropped says that the row of a body will not commit.
func (s *segments) dropped(at shelf, size int64) { s.change(at, size, 1) }

// remove says that no row names a body any more.
func (s *segments) remove(at shelf, size int64) { s.change(at, size, 0) }

func (s *segments) change(at shelf, less int64, settled int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.all[at.segment()]; g != nil {
		g.live -= less
		g.pending -= settled
		s.tidy(g)
	}
}

// tidy closes a full segment that nobody writes to any more, and removes it when nothing is in it.
func (s *segments) tidy(g *segment) {
	if g == s.current || g.pending > 0 {
		return
	}
	if g.file != nil {
		g.file.Close() // all that matters was synced
		g.file = nil
	}
	if g.live > 0 {
		return
	}
	if err := os.Remove(s.path(g.n)); err == nil || errors.Is(err, fs.ErrNotExist) { // where it is held open by a reader, the next sweep tries again
		delete(s.all, g.n)
	}
}

// sparse gives the full segments most of which is gone, and removes what is empty.
func (s *segments) sparse() (numbers []int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n, g := range s.all {
		s.tidy(g)
		if g != s.current && g.pending == 0 && g.live > 0 && g.live < g.size/4 {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

// open reads a body; fs.ErrNotExist when its segment has gone.
func (s *segments) open(at shelf, size int64) (io.ReadCloser, error) {
	f, err := os.Open(s.path(at.segment()))
	if err != nil {
		return nil, err
	}
	return &shelved{f, io.NewSectionReader(f, at.offset(), size)}, nil
}

// close closes what is still open.
func (s *segments) close() (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.all {
		if g.file != nil {
			err = errors.Join(err, g.file.Close())
			g.file = nil
		}
	}
	return err
}

// A shelved body is read out of a segment.
type shelved struct {
	file *os.File
	*io.SectionReader
}

func (s *shelved) Close() error { return s.file.Close() }
