package rtf

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

// shared gives a folder of the material beside the checkout, or skips.
func shared(t testing.TB, folder string) string {
	root := os.Getenv("MAPIGATE_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	dir := filepath.Join(root, folder)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no %s beside the checkout (MAPIGATE_SHARED): %v", folder, err)
	}
	return dir
}

// sampleTexts are documents whose packing has corners.
func sampleTexts() map[string][]byte {
	noise := make([]byte, 20000)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(r.UintN(4)) + 'a'
	}
	return map[string][]byte{
		"empty":           {},
		"one byte":        []byte("x"),
		"two bytes":       []byte("{}"),
		"dictionary":      []byte(initialDic),
		"one letter":      bytes.Repeat([]byte("a"), 10000),
		"window and more": bytes.Repeat([]byte(strings.Repeat("0123456789", 409)+"xyzxyz"), 3),
		"noise":           noise,
	}
}

func TestCompressRoundTrip(t *testing.T) {
	for name, text := range sampleTexts() {
		for _, pack := range []func([]byte) []byte{Compress, Store} {
			packed := pack(text)
			got, err := Decompress(packed, 0)
			if err != nil || !bytes.Equal(got, text) {
				t.Errorf("%s: %d bytes came back as %d: %v", name, len(text), len(got), err)
			}
			z, err := NewReader(iotest.OneByteReader(bytes.NewReader(packed)))
			if err != nil {
				t.Fatal(err)
			}
			if err := iotest.TestReader(z, text); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestDecompressDamage(t *testing.T) {
	text := sampleTexts()["noise"]
	packed := Compress(text)
	flipped := bytes.Clone(packed)
	flipped[12] ^= 1
	otherKind := bytes.Clone(packed)
	otherKind[8] ^= 1
	for _, c := range []struct {
		name   string
		in     []byte
		limit  int
		want   error
		prefix int
	}{
		{"no bytes", nil, 0, ErrHeader, 0},
		{"half a header", packed[:10], 0, ErrHeader, 0},
		{"other COMPTYPE", otherKind, 0, ErrHeader, 0},
		{"CRC", flipped, 0, ErrChecksum, len(text)},
		{"cut", packed[:len(packed)/2], 0, ErrTruncated, len(text) / 3},
		{"stored and cut", Store(text)[:1000], 0, ErrTruncated, 900},
		{"limit", packed, 100, ErrTooLong, 100},
	} {
		got, err := Decompress(c.in, c.limit)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.want)
		}
		if len(got) < c.prefix || !bytes.HasPrefix(text, got) {
			t.Errorf("%s: %d bytes given, want at least %d right ones", c.name, len(got), c.prefix)
		}
	}
}

// Every prefix of a packed text gives a prefix of the text and an error.
func TestDecompressTruncations(t *testing.T) {
	plain := []byte("{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n")
	packed := Compress(plain)
	for n := range packed {
		got, err := Decompress(packed[:n], 0)
		if err == nil || !bytes.HasPrefix(plain, got) {
			t.Errorf("%d of %d bytes: %q, %v", n, len(packed), got, err)
		}
	}
}

func FuzzDecompress(f *testing.F) {
	for _, text := range sampleTexts() {
		f.Add(Compress(text[:min(len(text), 2000)]))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := Decompress(b, 1<<20)
		if err == nil {
			again, err := Decompress(Compress(got), 1<<20)
			if err != nil || !bytes.Equal(again, got) {
				t.Fatalf("packed again: %v", err)
			}
		}
		if len(got) > 1<<20 {
			t.Fatal("limit passed")
		}
	})
}

func BenchmarkDecompress(b *testing.B) {
	text := bytes.Repeat([]byte(`\par\pard{\*\htmltag84 &nbsp;}\htmlrtf \'a0\htmlrtf0 Some words of a mail, `), 5000)
	packed := Compress(text)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		z, err := NewReader(bytes.NewReader(packed))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, z); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompress(b *testing.B) {
	text := bytes.Repeat([]byte(`\par\pard{\*\htmltag84 &nbsp;}\htmlrtf \'a0\htmlrtf0 Some words of a mail, `), 5000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		Compress(text)
	}
}
