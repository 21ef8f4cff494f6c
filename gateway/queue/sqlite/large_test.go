package sqlite

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

// A large body is written in whole blocks, and has the size that it came with all the same.
func TestLargeSizes(t *testing.T) {
	const step = 2 * blockSize
	l := newLarge()
	for _, size := range []int{step, step + 1, 2*step - 1, 2 * step, 2*step + blockSize, 5*step + 100} {
		path := filepath.Join(t.TempDir(), "body")
		buf := directBuffer(step)
		r := iotest.HalfReader(strings.NewReader(text(size)))
		n, ended, err := fill(&buf, r, step)
		if err != nil || ended {
			t.Fatalf("%d bytes: %v, ended %v", size, err, ended)
		}
		wrote, err := l.write(t.Context(), path, buf, n, r)
		if err != nil || wrote != int64(size) {
			t.Errorf("%d bytes: wrote %d, %v", size, wrote, err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text(size) {
			t.Errorf("%d bytes came back as %d, %v", size, len(got), err)
		}
	}
}

// A body that breaks off leaves no file.
func TestLargeBreaks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "body")
	r := io.MultiReader(strings.NewReader(text(10_000)), iotest.ErrReader(io.ErrUnexpectedEOF))
	if _, err := newLarge().write(t.Context(), path, directBuffer(blockSize), blockSize, r); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is still there: %v", err)
	}
}

// Where the disk does not take what is written directly, it is written through the cache.
func TestDirectRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "body")
	f, err := createDirect(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	odd := directBuffer(2 * blockSize)[1:] // at an address that no disk takes
	copy(odd, text(100))
	if err := newLarge().step(f, odd[:100], 0); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != text(100) {
		t.Errorf("%q came back, %v", got, err)
	}
}
