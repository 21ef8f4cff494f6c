package frame

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

// samples are inputs whose matches take every form of length and distance.
func samples() map[string][]byte {
	rnd := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 20000)
	for i := range noise {
		noise[i] = byte(rnd.Uint32())
	}
	m := map[string][]byte{
		"empty":         {},
		"one":           {7},
		"32 literals":   noise[:32],
		"33 literals":   noise[:33],
		"noise":         noise,
		"zeros":         make([]byte, 65535),
		"text":          []byte(strings.Repeat("The quick brown fox jumps over the lazy dog. ", 700)),
		"far":           append(append(append([]byte{}, noise[:8192]...), noise[:64]...), noise[100:164]...),
		"too far":       append(append([]byte{}, noise[:8193+64]...), noise[:64]...),
		"repeated tail": append([]byte("xyzxyzab"), bytes.Repeat([]byte("ab"), 50)...),
	}
	// A match of every length up to well beyond one byte, in pairs, so that
	// both halves of a shared length byte are used.
	var lengths []byte
	for n := 3; n < 700; n += 1 + n/40 {
		lengths = append(lengths, noise[:n]...)
		lengths = append(lengths, byte(n), byte(n>>3), 0xEE)
		lengths = append(lengths, noise[:n]...)
	}
	m["lengths"] = lengths[:min(len(lengths), 65535)]
	return m
}

func TestCompressRoundTrip(t *testing.T) {
	for name, plain := range samples() {
		t.Run(name, func(t *testing.T) {
			packed := Compress(plain)
			got, err := Decompress(packed, len(plain))
			if err != nil || !bytes.Equal(got, plain) {
				t.Fatalf("%d bytes packed to %d came back as %d (%v)", len(plain), len(packed), len(got), err)
			}
		})
	}
	if n := len(Compress(samples()["text"])); n > 600 {
		t.Errorf("text of %d bytes is packed to %d, want less than 600", len(samples()["text"]), n)
	}
}

// TestDecompressTruncated cuts compressed data everywhere: nothing but an
// error, or output that was complete already, may come of it.
func TestDecompressTruncated(t *testing.T) {
	plain := samples()["lengths"][:3000]
	packed := Compress(plain)
	for n := range packed {
		got, err := Decompress(packed[:n], len(plain))
		if err == nil && !bytes.Equal(got, plain) {
			t.Fatalf("%d of %d bytes gave no error", n, len(packed))
		}
	}
}

func TestDecompressDamaged(t *testing.T) {
	for name, in := range map[string]struct {
		packed []byte
		size   int
	}{
		"no flags":                {[]byte{1, 2}, 1},
		"match at the beginning":  {[]byte{0, 0, 0, 0x80, 0, 0}, 5},
		"match beyond the window": {[]byte{0, 0, 0, 0x40, 'a', 0xF8, 0xFF}, 5},
		"longer than promised":    {[]byte{0, 0, 0, 0x40, 'a', 5, 0}, 4},
		"length below its form":   {[]byte{0, 0, 0, 0x40, 'a', 7, 0, 15, 255, 3, 0}, 100},
		"length in four bytes, huge": {
			[]byte{0, 0, 0, 0x40, 'a', 7, 0, 15, 255, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF}, 60000},
	} {
		if out, err := Decompress(in.packed, in.size); !errors.Is(err, ErrCompressed) {
			t.Errorf("%s: %x, %v, want ErrCompressed", name, out, err)
		}
	}
}

// fuzzMost is how large what is fuzzed may be, in bytes. Every find is made
// smaller byte by byte, which for large ones takes all of the time; what only
// large ones can show, such as the end of the window, the samples test.
const fuzzMost = 512

// seeds are the beginnings of the samples.
func seeds() (list [][]byte) {
	for _, plain := range samples() {
		list = append(list, plain[:min(len(plain), fuzzMost/2)])
	}
	return list
}

// FuzzDecompress feeds damaged data: it must end, within the size promised.
func FuzzDecompress(f *testing.F) {
	for _, plain := range seeds() {
		f.Add(Compress(plain), uint16(len(plain)))
	}
	f.Fuzz(func(t *testing.T, packed []byte, size uint16) {
		plain, err := Decompress(packed, int(size))
		if err != nil {
			return
		}
		if len(plain) == int(size) && size > 8*fuzzMost {
			return
		}
		if len(plain) != int(size) {
			t.Fatalf("%d bytes, promised were %d", len(plain), size)
		}
		again, err := Decompress(Compress(plain), len(plain))
		if err != nil || !bytes.Equal(again, plain) {
			t.Fatalf("not the same after compressing: %v", err)
		}
	})
}

// FuzzCompress packs anything and unpacks it again.
func FuzzCompress(f *testing.F) {
	for _, plain := range seeds() {
		f.Add(plain)
	}
	f.Fuzz(func(t *testing.T, plain []byte) {
		if len(plain) > fuzzMost {
			return
		}
		got, err := Decompress(Compress(plain), len(plain))
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("not the same again: %v", err)
		}
	})
}

func BenchmarkCompress(b *testing.B) {
	plain := samples()["text"][:30000]
	b.SetBytes(int64(len(plain)))
	for b.Loop() {
		Compress(plain)
	}
}

func BenchmarkDecompress(b *testing.B) {
	plain := samples()["text"][:30000]
	packed := Compress(plain)
	b.SetBytes(int64(len(plain)))
	for b.Loop() {
		if _, err := Decompress(packed, len(plain)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompressNoise(b *testing.B) {
	plain := samples()["noise"]
	b.SetBytes(int64(len(plain)))
	for b.Loop() {
		Compress(plain)
	}
}
