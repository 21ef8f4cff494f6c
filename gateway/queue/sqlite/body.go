package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
)

// A place is where the body of a mail is kept. The numbers are stored: never change one.
type place int

const (
	nowhere   place = 0 // no longer kept
	inOldRow  place = 1 // in table body, where schemas before version 4 had them
	inFile    place = 2 // in a file named after the mail
	inContent place = 3 // in table content
	inSegment place = 4 // in a file with others
)

// A spot is a place, and the number there: in table content, or a shelf.
type spot struct {
	place place
	n     int64
	size  int64 // of the body
}

// bodies keeps large bodies as files, in folders that are named after the first letters of the id and so hold
// the mails of about four minutes each, and middling ones in segments.
type bodies struct {
	dir      string
	inline   int       // up to so many bytes go into the database
	shared   int       // less than so many into a segment; in whole blocks
	pool     sync.Pool // of *[]byte, up to shared long
	segments *segments
	large    *large

	mu    sync.Mutex      // guards known
	known map[string]bool // folders that exist, and are on the disk
}

// folderLetters is how many letters of the id name the folder: 30 of the 48 bits of time.
const folderLetters = 6

func openBodies(dir string, inline, shared int) (*bodies, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := errors.Join(syncDir(dir), syncDir(filepath.Dir(dir))); err != nil {
		return nil, err
	}
	b := &bodies{dir: dir, inline: inline, shared: blocks(max(inline, shared)), known: map[string]bool{}, large: newLarge()}
	b.pool.New = func() any { buf := directBuffer(min(firstBuffer, b.shared)); return &buf }
	return b, nil
}

func (b *bodies) path(id mail.ID) string {
	return filepath.Join(b.dir, string(id[:folderLetters]), string(id))
}

// A spooled body is where Put has laid a body before its row commits.
type spooled struct {
	place place
	size  int64
	data  []byte // inContent
	path  string // inFile
	shelf shelf  // inSegment

	buf *[]byte
	b   *bodies
}

// spool reads a body to its end. Small ones stay in memory; middling ones are in a segment, which the writer syncs; large ones are on the
// disk when it returns, their folder apart.
func (b *bodies) spool(ctx context.Context, id mail.ID, r io.Reader) (*spooled, error) {
	buf := b.pool.Get().(*[]byte)
	n, ended, err := fill(buf, r, b.shared)
	s := &spooled{place: inContent, size: int64(n), data: (*buf)[:n], buf: buf, b: b}
	if err == nil && ended && n <= b.inline {
		return s, nil
	}
	defer s.release()
	if err != nil {
		return nil, err
	}
	if !ended {
		return b.spoolFile(ctx, id, *buf, n, r)
	}
	at, err := b.segments.add(s.data)
	if err != nil {
		return nil, classify("body", err)
	}
	return &spooled{place: inSegment, size: s.size, shelf: at, b: b}, nil
}

// firstBuffer is what most mails need.
const firstBuffer = 16 << 10

// mostGrowth bounds by how much a buffer grows at once: hundreds of sessions have one each.
const mostGrowth = 48 << 10

// fill reads until r ends or limit bytes are there; the buffer grows as it must. Unlike io.ReadFull it tells an end from a reader that says io.ErrUnexpectedEOF
// because its connection was cut.
func fill(buf *[]byte, r io.Reader, limit int) (n int, ended bool, err error) {
	for n < limit {
		if n == len(*buf) {
			larger := directBuffer(min(n+min(3*n, mostGrowth), limit))
			copy(larger, *buf)
			*buf = larger
		}
		m, err := r.Read((*buf)[n:])
		n += m
		if errors.Is(err, io.EOF) {
			return n, true, nil
		}
		if err != nil {
			return n, false, err
		}
	}
	return n, false, nil
}

func (b *bodies) spoolFile(ctx context.Context, id mail.ID, buf []byte, n int, r io.Reader) (*spooled, error) {
	path := b.path(id)
	if err := b.folder(filepath.Dir(path)); err != nil {
		return nil, classify("body", err)
	}
	size, err := b.large.write(ctx, path, buf, n, r)
	if err != nil {
		return nil, classify("body", err)
	}
	return &spooled{place: inFile, size: size, path: path, b: b}, nil
}

// folder makes a folder and sees to it that it is on the disk.
func (b *bodies) folder(dir string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.known[dir] {
		return nil
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := syncDir(b.dir); err != nil {
		return err
	}
	b.known[dir] = true
	return nil
}

// keep is for a body whose row has committed.
func (s *spooled) keep() {
	if s.place == inSegment {
		s.b.segments.kept(s.shelf)
	}
	s.release()
}

// release gives the memory back.
func (s *spooled) release() {
	if s.buf != nil {
		s.b.pool.Put(s.buf)
		s.buf, s.data = nil, nil
	}
}

// abandon forgets the body, because its row will not commit.
func (s *spooled) abandon() {
	switch s.place {
	case inFile:
		os.Remove(s.path) // what stays behind is collected at the next start
	case inSegment:
		s.b.segments.dropped(s.shelf, s.size)
	}
	s.release()
}

// remove deletes the file of a body, after the row has let go of it, and its folder when that is empty.
func (b *bodies) remove(id mail.ID) {
	path := b.path(id)
	os.Remove(path) // what stays behind is collected at the next start
}

// sweep removes folders that have become empty, save those that may still be written to.
func (b *bodies) sweep(now mail.ID) error {
	dirs, err := os.ReadDir(b.dir)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, d := range dirs {
		if d.Name() >= string(now[:folderLetters]) {
			continue
		}
		path := filepath.Join(b.dir, d.Name())
		if os.Remove(path) == nil { // fails while anything is in it
			delete(b.known, path)
		}
	}
	return nil
}

// collect removes files that no row names: what a crash left behind. It must not run beside Put.
func (b *bodies) collect(named func(id string) (bool, error)) error {
	return filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if mail.ID(d.Name()).Valid() {
			if keep, err := named(d.Name()); err != nil || keep {
				return err
			}
		}
		return os.Remove(path)
	})
}

// open reads a body from its file.
func (b *bodies) open(id mail.ID) (*os.File, error) {
	f, err := os.Open(b.path(id))
	if err != nil {
		return nil, fmt.Errorf("body of %s: %w", id, err)
	}
	return f, nil
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// A body is the body of a mail in the queue, as couriers see it.
type body struct {
	q  *reader
	id mail.ID
	at spot // where it was when the row was read
}

func (b *body) Size() int64 { return b.at.size }

// Open looks where the body was: the row needs to be read only when it is not there any more.
func (b *body) Open(ctx context.Context) (io.ReadCloser, error) {
	if rc, err := b.q.bodies.openAt(b.id, b.at); err == nil {
		return rc, nil
	}
	return b.q.Open(ctx, b.id)
}

// openAt opens a body that is not in the database.
func (b *bodies) openAt(id mail.ID, at spot) (io.ReadCloser, error) {
	switch {
	case at.place == inFile && id.Valid():
		return b.open(id)
	case at.place == inSegment:
		rc, err := b.segments.open(shelf(at.n), at.size)
		if err != nil {
			return nil, fmt.Errorf("body of %s: %w", id, err)
		}
		return rc, nil
	}
	return nil, fmt.Errorf("body of %s: %w", id, queue.ErrNotFound)
}

// memory is a body from a row.
type memory struct{ *bytes.Reader }

func (memory) Close() error { return nil }
