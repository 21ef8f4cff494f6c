package frame

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func readPreamble(r io.Reader) (tags []Tag, late map[string][]string, rest string, err error) {
	br := bufio.NewReader(r)
	h, err := ReadPreamble(br, func(t Tag) { tags = append(tags, t) })
	if err == nil {
		var b []byte
		b, err = io.ReadAll(br)
		rest = string(b)
	}
	return tags, h, rest, err
}

func TestReadPreamble(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		tags []Tag
		rest string
	}{
		"specification":    {"PROCESSING\r\nPENDING\r\nPENDING\r\nDONE\r\nX-ElapsedTime: 5\r\nX-StartTime: x\r\n\r\npayload", []Tag{Processing, Pending, Pending, Done}, "payload"},
		"gromox execute":   {"PROCESSING\r\nDONE\r\nX-ElapsedTime: 5\r\nX-StartTime: x\r\n\r\npayload", []Tag{Processing, Done}, "payload"},
		"gromox wait":      {"PROCESSING\r\nPENDINGPENDINGPROCESSING\r\nDONE\r\nX-ElapsedTime: 5\r\nX-StartTime: x\r\n\r\npayload", []Tag{Processing, Pending, Pending, Processing, Done}, "payload"},
		"DONE alone":       {"DONE\r\nX-ElapsedTime: 5\r\n\r\n", []Tag{Done}, ""},
		"LF alone":         {"PROCESSING\nDONE\nX-ElapsedTime: 5\n\nDONE\r\n", []Tag{Processing, Done}, "DONE\r\n"},
		"payload like one": {"PROCESSING\r\nDONE\r\nX-ElapsedTime:5\r\n\r\n\r\n\r\nPENDING", []Tag{Processing, Done}, "\r\n\r\nPENDING"},
	} {
		for way, r := range map[string]io.Reader{
			"at once": strings.NewReader(c.in), "byte by byte": iotest.OneByteReader(strings.NewReader(c.in)),
		} {
			tags, late, rest, err := readPreamble(r)
			if err != nil || !slices.Equal(tags, c.tags) || rest != c.rest || late["X-Elapsedtime"][0] != "5" {
				t.Errorf("%s, %s: %v, %v, %q, %v", name, way, tags, late, rest, err)
			}
		}
	}
}

// TestReadPreambleDoesNotWait shows that a tag is told when it has come, not
// when the next one has.
func TestReadPreambleDoesNotWait(t *testing.T) {
	pr, pw := io.Pipe()
	seen := make(chan Tag)
	done := make(chan error)
	go func() {
		_, err := ReadPreamble(bufio.NewReader(pr), func(t Tag) { seen <- t })
		done <- err
	}()
	for _, tag := range []Tag{Processing, Pending, Pending, Processing} {
		if _, err := io.WriteString(pw, string(tag)); err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-seen:
			if got != tag {
				t.Fatalf("told %s, want %s", got, tag)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("%s was not told", tag)
		}
	}
	_ = pw.Close()
	if err := <-done; !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v, want ErrUnexpectedEOF", err)
	}
}

func TestReadPreambleRefused(t *testing.T) {
	done := "DONE\r\nX-ElapsedTime: 5\r\n\r\n"
	for name, c := range map[string]struct {
		in   string
		want error
	}{
		"nothing":           {"", io.ErrUnexpectedEOF},
		"web page":          {"<html><body>Sign in</body></html>", ErrPreamble},
		"half a tag":        {"PROCES", io.ErrUnexpectedEOF},
		"another tag":       {"PROCESSING\r\nPENDULUM\r\n" + done, ErrPreamble},
		"no DONE":           {"PROCESSING\r\nPENDING\r\n", io.ErrUnexpectedEOF},
		"no end of headers": {"PROCESSING\r\nDONE\r\nX-ElapsedTime: 5\r\n", io.ErrUnexpectedEOF},
		"no header":         {"PROCESSING\r\nDONE\r\nsome text\r\n\r\n", ErrPreamble},
		"text behind DONE":  {"PROCESSING\r\nDONE now\r\n\r\n", ErrPreamble},
		"endless PENDING":   {"PROCESSING\r\n" + strings.Repeat("PENDING\r\n", 5000) + done, ErrPreamble},
		"empty lines":       {strings.Repeat("\r\n", 100) + done, ErrPreamble},
		"endless header":    {"DONE\r\nX-A: " + strings.Repeat("a", 10000) + "\r\n\r\n", ErrPreamble},
		"many headers":      {"DONE\r\n" + strings.Repeat("X-A: a\r\n", 100) + "\r\n", ErrPreamble},
	} {
		if _, _, _, err := readPreamble(strings.NewReader(c.in)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestTagWriter(t *testing.T) {
	var b bytes.Buffer
	start := time.Date(2026, 2, 3, 4, 5, 6, 7, time.UTC)
	w := NewTagWriter(&b, start)
	if err := errors.Join(w.Processing(), w.Pending(), w.Done(start.Add(1500*time.Millisecond), CodeInvalidSequence)); err != nil {
		t.Fatal(err)
	}
	const want = "PROCESSING\r\nPENDING\r\nDONE\r\nX-ResponseCode: 15\r\nX-ElapsedTime: 1500\r\nX-StartTime: Tue, 03 Feb 2026 04:05:06 GMT\r\n\r\n"
	if b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
	if _, late, _, err := readPreamble(&b); err != nil || late["X-Responsecode"][0] != "15" {
		t.Errorf("read again: %v, %v", late, err)
	}
	b.Reset()
	if err := w.Done(start, CodeSuccess); err != nil || strings.Contains(b.String(), "X-ResponseCode") {
		t.Errorf("%q, %v", b.String(), err)
	}
}

// FuzzReadPreamble reads anything as the beginning of an answer.
func FuzzReadPreamble(f *testing.F) {
	for _, s := range []string{
		"PROCESSING\r\nPENDING\r\nDONE\r\nX-ResponseCode: 0\r\nX-ElapsedTime: 5\r\n\r\nx",
		"PROCESSING\r\nPENDINGPENDINGPROCESSING\r\nDONE\r\n\r\n", "<html>", "PEN", "\r\n\n\r",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		n := 0
		br := bufio.NewReader(bytes.NewReader(in))
		late, err := ReadPreamble(br, func(Tag) { n++ })
		if n > maxTags || len(late) > maxLateFields {
			t.Fatalf("%d tags, %d headers", n, len(late))
		}
		if err != nil && !errors.Is(err, ErrPreamble) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("an error of another kind: %v", err)
		}
		// Whole or byte by byte, it is the same.
		_, err2 := ReadPreamble(bufio.NewReader(iotest.OneByteReader(bytes.NewReader(in))), nil)
		if fmt.Sprint(err == nil) != fmt.Sprint(err2 == nil) {
			t.Fatalf("%v at once, %v byte by byte", err, err2)
		}
	})
}
