package smtpside

import (
	"bufio"
	"errors"
	"io"
	"math"
	"net/textproto"
	"strings"
	"testing"
)

// scanAll runs the scanner with buffers of the given sizes.
func scanAll(in string, srcSize, dstSize int) (string, int, error) {
	var out strings.Builder
	t := textScanner{maxLine: math.MaxInt32}
	dst := make([]byte, dstSize)
	used := 0
	for used < len(in) {
		src := in[used:min(used+srcSize, len(in))]
		wrote, read, err := t.scan(dst, []byte(src))
		out.Write(dst[:wrote])
		used += read
		if err != nil {
			return out.String(), used, err
		}
		if wrote == 0 && read == 0 {
			return out.String(), used, errors.New("stuck")
		}
	}
	return out.String(), used, nil
}

// scanInPlace runs the scanner on pieces of a size, each into itself, as large messages are read.
func scanInPlace(in string, size int) (string, int, error) {
	var out strings.Builder
	t := textScanner{maxLine: math.MaxInt32}
	for used := 0; used < len(in); {
		piece := []byte(in[used:min(used+size, len(in))])
		wrote, read, err := t.scan(piece, piece)
		out.Write(piece[:wrote])
		if used += read; err != nil {
			return out.String(), used, err
		}
		if read < len(piece) {
			return out.String(), used, errors.New("stuck")
		}
	}
	return out.String(), len(in), nil
}

// Whatever way the octets come, the scanner sees the same; and where the message is well-formed, the standard library
// sees the same.
func FuzzTextScanner(f *testing.F) {
	for _, tt := range smuggles {
		f.Add("a"+tt.end+"b\r\n.\r\n", 3, 2)
	}
	f.Add("..a\r\n.b\r\n\r\n.\r\nRSET\r\n", 1, 1)
	f.Fuzz(func(t *testing.T, in string, srcSize, dstSize int) {
		if srcSize < 1 || dstSize < 1 || srcSize > 1<<16 || dstSize > 1<<16 {
			return
		}
		want, wantUsed, wantErr := scanAll(in, max(len(in), 1), len(in)+1)
		got, used, err := scanAll(in, srcSize, dstSize)
		ended := errors.Is(wantErr, io.EOF)
		if errors.Is(err, io.EOF) != ended || ended && (got != want || used != wantUsed) || (err == nil) != (wantErr == nil) {
			t.Fatalf("in pieces of %d to %d: %q %d %v; at once: %q %d %v", srcSize, dstSize, got, used, err, want, wantUsed, wantErr)
		}
		got, used, err = scanInPlace(in, srcSize)
		if errors.Is(err, io.EOF) != ended || ended && (got != want || used != wantUsed) || (err == nil) != (wantErr == nil) {
			t.Fatalf("in pieces of %d in place: %q %d %v; at once: %q %d %v", srcSize, got, used, err, want, wantUsed, wantErr)
		}
		if !ended {
			return
		}
		if strings.Contains(strings.ReplaceAll(want, "\r\n", ""), "\r") || strings.Contains(strings.ReplaceAll(want, "\r\n", ""), "\n") {
			t.Fatalf("bare line ends passed: %q", want)
		}
		r := bufio.NewReader(strings.NewReader(in))
		std, err := io.ReadAll(textproto.NewReader(r).DotReader())
		if err != nil || string(std) != strings.ReplaceAll(want, "\r\n", "\n") {
			t.Fatalf("the standard library reads %q, %v; we %q", std, err, want)
		}
	})
}

// What the Sender's writer writes, the Server's reader takes, whatever the message is.
func FuzzTextRoundTrip(f *testing.F) {
	f.Add("a\n.\nb\r.\r\r\n..", 3)
	f.Fuzz(func(t *testing.T, message string, size int) {
		if size < 1 || strings.Contains(message, "\x00") { // a reader refuses NUL
			return
		}
		var wire strings.Builder
		w := &textWriter{out: bufio.NewWriter(&wire)}
		for rest := message; rest != ""; {
			n := min(size, len(rest))
			io.WriteString(w, rest[:n])
			rest = rest[n:]
		}
		w.finish()
		w.out.Flush()
		got, used, err := scanAll(wire.String(), 7, 5)
		if !errors.Is(err, io.EOF) || used != wire.Len() {
			t.Fatalf("%q on the wire is %q: %d of %d octets read, %v", message, wire.String(), used, wire.Len(), err)
		}
		want := strings.ReplaceAll(strings.ReplaceAll(message, "\r\n", "\n"), "\r", "\n")
		if want != "" && !strings.HasSuffix(want, "\n") {
			want += "\n"
		}
		if strings.ReplaceAll(got, "\r\n", "\n") != want {
			t.Fatalf("%q came as %q", message, got)
		}
	})
}
