package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// records opens the journal and gives what it holds.
func records(t *testing.T, path string) (*Journal, []string, int64) {
	t.Helper()
	var got []string
	j, torn, err := Open(path, func(r []byte) error { got = append(got, string(r)); return nil })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j, got, torn
}

// TestTorn cuts a journal at every place: what is before the cut and whole is
// read, nothing else, and writing goes on behind it.
func TestTorn(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "journal")
	j, _, _ := records(t, path)
	want := []string{"one", "", "three", string(bytes.Repeat([]byte{7}, 300))}
	ends := []int64{0}
	for _, r := range want {
		j.Append([]byte(r))
		ends = append(ends, ends[len(ends)-1]+headSize+int64(len(r)))
	}
	if err := j.Sync(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) + 1 {
		p := filepath.Join(dir, fmt.Sprint(n))
		if err := os.WriteFile(p, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		k, got, torn := records(t, p)
		i, _ := slices.BinarySearch(ends, int64(n)+1)
		if !slices.Equal(got, want[:i-1]) || torn != int64(n)-ends[i-1] {
			t.Fatalf("cut at %d: %d records and %d torn bytes, want %d and %d", n, len(got), torn, i-1, int64(n)-ends[i-1])
		}
		k.Append([]byte("more"))
		if err := k.Close(); err != nil {
			t.Fatal(err)
		}
		if _, again, torn := records(t, p); torn != 0 || !slices.Equal(again, append(got, "more")) {
			t.Fatalf("cut at %d: after writing on there are %q", n, again)
		}
	}
}

// TestFlipped changes each byte: the record it stands in is not believed.
func TestFlipped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j, _, _ := records(t, path)
	j.Append([]byte("first"))
	j.Append([]byte("second"))
	if err := j.Sync(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		bad := bytes.Clone(whole)
		bad[i] ^= 0x40
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		_, got, _ := records(t, path)
		if slices.Contains(got, "second") && i >= headSize+len("first") || len(got) > 1 {
			t.Fatalf("with byte %d changed the journal holds %q", i, got)
		}
	}
}

// TestRewrite shortens a journal, and keeps it as it was when that fails.
func TestRewrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	j, _, _ := records(t, path)
	j.Append([]byte("a"))
	j.Append([]byte("b"))
	if err := j.Rewrite(func(n *Journal) { n.Fail(errors.New("no")) }); err == nil {
		t.Fatal("a rewriting that failed has succeeded")
	}
	if _, got, _ := records(t, path); !slices.Equal(got, []string{"a", "b"}) {
		t.Fatalf("after a failed rewriting: %q", got)
	}
	if err := j.Rewrite(func(n *Journal) { n.Append([]byte("ab")) }); err != nil {
		t.Fatal(err)
	}
	j.Append([]byte("c"))
	if err := j.Sync(); err != nil {
		t.Fatal(err)
	}
	if _, got, _ := records(t, path); !slices.Equal(got, []string{"ab", "c"}) {
		t.Fatalf("after rewriting: %q", got)
	}
	j.Fail(errors.New("disk full"))
	if j.Sync() == nil {
		t.Fatal("a failed journal calls itself durable")
	}
}
