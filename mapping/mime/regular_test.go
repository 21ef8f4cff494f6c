package mime

import (
	"bytes"
	"encoding/base64"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// base64Part makes a part of lines of a length.
func base64Part(data []byte, chars int, end string) *Part {
	text := base64.StdEncoding.EncodeToString(data)
	var b strings.Builder
	for len(text) > chars {
		b.WriteString(text[:chars] + end)
		text = text[chars:]
	}
	b.WriteString(text + end + end)
	return textPart(b.String())
}

func textPart(body string) *Part {
	return &Part{Encoding: "base64", End: int64(len(body)), src: strings.NewReader(body)}
}

// TestRandom reads bodies of all lengths at all places.
func TestRandom(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, chars := range []int{4, 60, 76, 500} {
		for _, end := range []string{"\n", "\r\n"} {
			for _, size := range []int{chars, chars + 1, chars + 2, 1000, 5001, 40_002} {
				data := make([]byte, size)
				for i := range data {
					data[i] = byte(random.Uint32())
				}
				r, ok := base64Part(data, chars, end).Random()
				if !ok || r.Size() != int64(size) {
					t.Fatalf("lines of %d, %d bytes: %v", chars, size, ok)
				}
				if all, err := io.ReadAll(r); err != nil || !bytes.Equal(all, data) {
					t.Fatalf("lines of %d, %d bytes: read otherwise, %v", chars, size, err)
				}
				for range 50 {
					from := random.IntN(size)
					b := make([]byte, random.IntN(size-from+1))
					if n, err := r.ReadAt(b, int64(from)); n != len(b) || err != nil && err != io.EOF || !bytes.Equal(b, data[from:from+n]) {
						t.Fatalf("lines of %d, %d bytes: %d at %d: %d, %v", chars, size, len(b), from, n, err)
					}
				}
			}
		}
	}
}

// TestRandomRefuses leaves what is irregular to the reader that reads it from its start.
func TestRandomRefuses(t *testing.T) {
	for _, body := range []string{
		"", "\r\n", "AAAA", "AAAAA\nBBBBB\n", "AAAA\nBBBB\nCCC\n", "AAAA\nBB==\nCCCC\n", "AAAA\n\nBBBB\n", "AAAA\nB*BB\n", "AAAA\nBBBB\r\nCCCC\n", "AAAA\nBBBB\n--sig\n",
		"AAAA\n" + strings.Repeat(" ", 200) + "x",
	} {
		if _, ok := textPart(body).Random(); ok {
			t.Errorf("%q is taken for regular", body)
		}
	}
}

// FuzzRandom holds that whoever reads at random reads what the other reader reads.
func FuzzRandom(f *testing.F) {
	f.Add("AAAA\r\nBBBB\r\nCCC=\r\n\r\n")
	f.Add("QUJDREVG\nR0g=\n")
	f.Fuzz(func(t *testing.T, body string) {
		p := textPart(body)
		r, ok := p.Random()
		if !ok {
			return
		}
		want, err := io.ReadAll(p.Open())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%q: %x, want %x (%v)", body, got, want, err)
		}
	})
}
