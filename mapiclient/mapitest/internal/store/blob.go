package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// spillOver is the size in bytes from which a value lives in a file.
const spillOver = 1 << 20

// inline is the largest binary value kept as a plain byte slice in a bag, in
// bytes; it is what fits a field with a count of two bytes.
const inline = 0xFFFF

// A Blob is an immutable large value: in memory, or in an unlinked file that
// goes away with the last reference to it. It implements mapi.Stream.
type Blob struct {
	mem  []byte
	file *os.File
	size int64

	naming sync.Mutex
	name   string // of the file that keeps it, once it has one
}

// NewBlob keeps b, which must not be changed any more.
func NewBlob(b []byte) *Blob { return &Blob{mem: b, size: int64(len(b))} }

// Size is the length in bytes.
func (b *Blob) Size() int64 { return b.size }

// ReadAt implements io.ReaderAt.
func (b *Blob) ReadAt(p []byte, off int64) (int, error) {
	if off >= b.size {
		return 0, io.EOF
	}
	if b.file != nil {
		return b.file.ReadAt(p[:min(int64(len(p)), b.size-off)], off)
	}
	n := copy(p, b.mem[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Open implements mapi.Stream.
func (b *Blob) Open(context.Context) (io.ReadCloser, error) {
	return io.NopCloser(io.NewSectionReader(b, 0, b.size)), nil
}

// Bytes reads the whole value.
func (b *Blob) Bytes() ([]byte, error) {
	if b.file == nil {
		return b.mem, nil
	}
	return io.ReadAll(io.NewSectionReader(b, 0, b.size))
}

// value is the blob as a bag keeps it: a []byte when it is small.
func (b *Blob) value() any {
	if b.file == nil && b.size <= inline {
		return b.mem
	}
	return b
}

// A Buffer is a value being written at arbitrary places.
type Buffer struct {
	dir    string
	limit  int64
	mem    []byte
	file   *os.File
	size   int64
	shared bool // a Blob points at mem or file: copy before writing
}

// ErrTooBig says that a value would pass the longest that it may be.
var ErrTooBig = errors.New("value is too long")

// maxValue is the longest a stream may be, in bytes. [MS-OXCPRPT] 2.2.14
const maxValue = 1<<31 - 1

// NewBuffer starts with the content of b, which may be nil. Large content
// goes to files in dir; longer than limit bytes it can't become.
func NewBuffer(dir string, limit int64, b *Blob) *Buffer {
	if b == nil {
		return &Buffer{dir: dir, limit: limit}
	}
	return &Buffer{dir: dir, limit: limit, mem: b.mem, file: b.file, size: b.size, shared: true}
}

// Size is the length in bytes.
func (b *Buffer) Size() int64 { return b.size }

// Blob freezes the present content.
func (b *Buffer) Blob() *Blob {
	b.shared = true
	return &Blob{mem: b.mem, file: b.file, size: b.size}
}

// ReadAt implements io.ReaderAt.
func (b *Buffer) ReadAt(p []byte, off int64) (int, error) {
	return (&Blob{mem: b.mem, file: b.file, size: b.size}).ReadAt(p, off)
}

// WriteAt implements io.WriterAt; a gap before off is filled with zeros.
// Writing nothing changes nothing.
func (b *Buffer) WriteAt(p []byte, off int64) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	end := off + int64(len(p))
	if off < 0 || end > b.limit {
		return 0, ErrTooBig
	}
	if err := b.own(end); err != nil {
		return 0, err
	}
	if b.file != nil {
		n, err := b.file.WriteAt(p, off)
		b.size = max(b.size, off+int64(n))
		return n, err
	}
	b.growMem(end)
	copy(b.mem[off:], p)
	return len(p), nil
}

// Truncate cuts the value to n bytes or fills it up with zeros.
func (b *Buffer) Truncate(n int64) error {
	if n < 0 || n > b.limit {
		return ErrTooBig
	}
	if err := b.own(n); err != nil {
		return err
	}
	if b.file != nil {
		b.size = n
		return b.file.Truncate(n)
	}
	if n > b.size {
		b.growMem(n)
		return nil
	}
	clear(b.mem[n:])
	b.mem, b.size = b.mem[:n], n
	return nil
}

func (b *Buffer) growMem(n int64) {
	if n > int64(len(b.mem)) {
		b.mem = append(b.mem, make([]byte, n-int64(len(b.mem)))...)
	}
	b.size = int64(len(b.mem))
}

// own makes the content safe to change and moves it to a file when it is
// going to be n bytes long and that is much.
func (b *Buffer) own(n int64) error {
	toFile := b.file == nil && n > spillOver
	if !b.shared && !toFile {
		return nil
	}
	if b.file == nil && !toFile {
		b.mem, b.shared = bytes.Clone(b.mem), false
		return nil
	}
	f, err := os.CreateTemp(b.dir, "value-*")
	if err != nil {
		return fmt.Errorf("spilling a large value: %w", err)
	}
	// Unlinked at once: the runtime closes the file with the last reference.
	// Where a system refuses to, the directory is removed with the server.
	_ = os.Remove(f.Name())
	if _, err := io.Copy(f, io.NewSectionReader(b, 0, b.size)); err != nil {
		return errors.Join(fmt.Errorf("spilling a large value: %w", err), f.Close())
	}
	b.mem, b.file, b.shared = nil, f, false
	return nil
}

// blobOf gives a binary value of a bag as a Blob.
func blobOf(v any) (*Blob, bool) {
	switch v := v.(type) {
	case *Blob:
		return v, true
	case []byte:
		return NewBlob(v), true
	}
	return nil, false
}
