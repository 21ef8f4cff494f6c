package sqlite

import (
	"context"
	"errors"
	"io"
	"os"
	"unsafe"
)

const (
	// blockSize is what offsets and addresses of direct writes are multiples of; no disk wants more.
	blockSize = 4 << 10
	// mostAtOnce bounds the steps that are being written: each holds a thread, and more make no disk faster.
	mostAtOnce = 32
)

const createFlags = os.O_WRONLY | os.O_CREATE | os.O_EXCL

// A large writes large bodies to files of their own, past the system's cache where it can: what must be on the disk before the answer gains
// nothing from lying there first, and to put ten megabytes into it costs more processor time than to receive them.
type large struct{ writing chan struct{} }

func newLarge() *large { return &large{make(chan struct{}, mostAtOnce)} }

// write makes a file of the n bytes that are in buf and what else r gives, and returns its size when all of it is on the disk. buf is a
// directBuffer, of whole blocks. Nothing stays behind when it fails.
func (l *large) write(ctx context.Context, path string, buf []byte, n int, r io.Reader) (size int64, err error) {
	f, err := createDirect(path)
	if err != nil {
		return 0, err
	}
	size, err = l.fill(ctx, f, buf, n, r)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(path)
		return 0, err
	}
	return size, nil
}

// fill writes step by step. The last one is filled up to a whole block, and the file then cut to its size.
func (l *large) fill(ctx context.Context, f *os.File, buf []byte, n int, r io.Reader) (size int64, err error) {
	for ended := false; ; {
		whole := blocks(n)
		clear(buf[n:whole])
		if err := l.step(f, buf[:whole], size); err != nil {
			return size, err
		}
		size += int64(n)
		if ended {
			return size, f.Truncate(size)
		}
		if n, ended, err = fill(&buf, r, len(buf)); err != nil {
			return size, err
		}
		if err := ctx.Err(); err != nil {
			return size, err
		}
	}
}

func (l *large) step(f *os.File, data []byte, at int64) error {
	l.writing <- struct{}{}
	defer func() { <-l.writing }()
	_, err := f.WriteAt(data, at)
	if refused(err) && cached(f) == nil {
		_, err = f.WriteAt(data, at)
	}
	return err
}

// blocks is n filled up to whole blocks.
func blocks(n int) int { return (n + blockSize - 1) / blockSize * blockSize }

// directBuffer gives memory for direct writes, so many bytes in whole blocks.
func directBuffer(n int) []byte {
	raw := make([]byte, blocks(n)+blockSize)
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(raw))) % blockSize)
	return raw[skip : skip+blocks(n) : skip+blocks(n)]
}
