// Package journal keeps records in a file so that they survive the end of the
// process, however sudden.
//
//  1. [Open] reads what an earlier process has written, record by record. What
//     a kill has torn at the end is no record and is dropped.
//  2. [Journal.Rewrite] replaces all of it by a shorter account of the same.
//  3. [Journal.Append] hands records to the operating system, and
//     [Journal.Sync] waits until they are on the disk; those who wait at the same
//     time share one fsync.
package journal

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// headSize is the length of a record's head: its length and the CRC-32C of its
// bytes, four bytes each.
const headSize = 8

// maxRecord is the longest record, in bytes.
const maxRecord = 1 << 30

// castagnoli is the table of CRC-32C.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// A Journal is an open file of records. It is safe for concurrent use.
type Journal struct {
	path string
	file *os.File

	mu      sync.Mutex // guards what follows
	written int64
	err     error // the first failure: nothing is written after it

	syncing sync.Mutex // held by who syncs; guards synced
	synced  int64
}

// Open opens the journal at path, or begins it, and hands each of its records to
// replay. torn is how many bytes at the end were none.
func Open(path string, replay func(record []byte) error) (j *Journal, torn int64, err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, 0, fmt.Errorf("journal: %w", err)
	}
	end, err := read(bufio.NewReaderSize(file, 1<<20), replay)
	if err == nil {
		torn, err = cut(file, end)
	}
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("journal %s: %w", path, err), file.Close())
	}
	return &Journal{path: path, file: file, written: end, synced: end}, torn, nil
}

// read replays records until their end, and gives where that is.
func read(r io.Reader, replay func([]byte) error) (end int64, err error) {
	var head [headSize]byte
	for {
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return end, ended(err)
		}
		n := binary.LittleEndian.Uint32(head[:])
		if n > maxRecord {
			return end, nil
		}
		record, err := io.ReadAll(io.LimitReader(r, int64(n)))
		if err != nil {
			return end, err
		}
		if len(record) < int(n) || crc32.Checksum(record, castagnoli()) != binary.LittleEndian.Uint32(head[4:]) {
			return end, nil
		}
		if err := replay(record); err != nil {
			return end, fmt.Errorf("record at %d: %w", end, err)
		}
		end += headSize + int64(n)
	}
}

// ended tells the end of the input from trouble.
func ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// cut drops what stands behind the last record.
func cut(file *os.File, end int64) (torn int64, err error) {
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil || size == end {
		return 0, err
	}
	if err := file.Truncate(end); err != nil {
		return 0, err
	}
	_, err = file.Seek(end, io.SeekStart)
	return size - end, err
}

// Append writes a record. A failure is told by Sync, and by every later one.
func (j *Journal) Append(record []byte) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil {
		return
	}
	if len(record) > maxRecord {
		j.err = fmt.Errorf("journal: a record has %d bytes", len(record))
		return
	}
	n, err := j.file.Write(frame(record))
	j.written += int64(n)
	if err != nil {
		j.err = fmt.Errorf("journal: %w", err)
	}
}

// Fail makes every Sync from now on fail with err: something that records
// speak of could not be kept.
func (j *Journal) Fail(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err == nil {
		j.err = err
	}
}

// frame puts the head before a record, so that one write does both.
func frame(record []byte) []byte {
	b := make([]byte, headSize, headSize+len(record))
	binary.LittleEndian.PutUint32(b, uint32(len(record)))
	binary.LittleEndian.PutUint32(b[4:], crc32.Checksum(record, castagnoli()))
	return append(b, record...)
}

// Sync waits until everything appended so far is on the disk.
func (j *Journal) Sync() error {
	want, err := j.state()
	if err != nil {
		return err
	}
	j.syncing.Lock()
	defer j.syncing.Unlock()
	if j.synced >= want {
		return nil
	}
	reached, err := j.state()
	if err != nil {
		return err
	}
	if err := j.file.Sync(); err != nil {
		// What a failed fsync has lost, a second one does not find.
		err = fmt.Errorf("journal: %w", err)
		j.Fail(err)
		return err
	}
	j.synced = reached
	return nil
}

func (j *Journal) state() (int64, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.written, j.err
}

// Rewrite replaces the records by those that write appends. Nobody else uses
// the journal meanwhile. When it fails the old ones are still there.
func (j *Journal) Rewrite(write func(*Journal)) error {
	file, err := os.OpenFile(j.path+".new", os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	fresh := &Journal{path: j.path, file: file}
	write(fresh)
	if err = fresh.Sync(); err == nil {
		err = os.Rename(file.Name(), j.path)
	}
	if err == nil {
		err = SyncDir(filepath.Dir(j.path))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("journal: rewriting: %w", err), file.Close())
	}
	err = j.file.Close()
	j.file, j.written, j.synced = file, fresh.written, fresh.synced
	return err
}

// Close syncs and closes the file.
func (j *Journal) Close() error { return errors.Join(j.Sync(), j.file.Close()) }

// SyncDir makes the names in a directory durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
