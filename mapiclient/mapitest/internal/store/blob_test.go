package store

import (
	"bytes"
	"io"
	"os"
	"testing"

	"pgregory.net/rapid"
)

// TestBuffer writes at random places of a value, small and large, and checks it
// and what was frozen on the way against plain bytes.
func TestBuffer(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		const limit = spillOver + spillOver/2
		b := NewBuffer(dir, limit, nil)
		var want []byte
		type frozen struct {
			blob *Blob
			want []byte
		}
		var kept []frozen
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			switch rapid.IntRange(0, 2).Draw(t, "step") {
			case 0:
				at := rapid.IntRange(0, limit).Draw(t, "at")
				data := bytes.Repeat([]byte{rapid.Byte().Draw(t, "byte")}, rapid.IntRange(0, 5000).Draw(t, "n"))
				_, err := b.WriteAt(data, int64(at))
				if fits := at+len(data) <= limit || len(data) == 0; fits != (err == nil) {
					t.Fatalf("writing %d bytes at %d: %v", len(data), at, err)
				}
				if err == nil && len(data) > 0 {
					want = append(want, make([]byte, max(0, at+len(data)-len(want)))...)
					copy(want[at:], data)
				}
			case 1:
				n := rapid.IntRange(0, limit).Draw(t, "size")
				if err := b.Truncate(int64(n)); err != nil {
					t.Fatal(err)
				}
				if n <= len(want) {
					want = want[:n:n]
				} else {
					want = append(want, make([]byte, n-len(want))...)
				}
			case 2:
				kept = append(kept, frozen{b.Blob(), bytes.Clone(want)})
			}
			want = bytes.Clone(want)
			check(t, b.Blob(), want)
		}
		for _, f := range kept {
			check(t, f.blob, f.want)
		}
	})
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%d files left in the directory (%v)", len(left), err)
	}
}

func check(t *rapid.T, b *Blob, want []byte) {
	t.Helper()
	got, err := io.ReadAll(io.NewSectionReader(b, 0, b.Size()))
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("content of %d bytes (%v), want %d", len(got), err, len(want))
	}
}
