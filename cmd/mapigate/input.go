package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// An input is a file, or standard input kept in one, with random access.
type input struct {
	*io.SectionReader
	name  string
	close func() error
}

// Close gives back what the input holds.
func (in *input) Close() error { return in.close() }

// openInput opens a file; without a name, or with "-", what stdin has.
func openInput(ctx context.Context, name string, stdin io.Reader) (*input, error) {
	if name == "" || name == "-" {
		return spool(ctx, stdin)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, errors.Join(err, f.Close())
	case info.IsDir():
		return nil, errors.Join(fmt.Errorf("%s is a folder, not a message", name), f.Close())
	case !info.Mode().IsRegular(): // a pipe has no size
		defer f.Close()
		in, err := spool(ctx, f)
		if in != nil {
			in.name = name
		}
		return in, err
	}
	return &input{SectionReader: io.NewSectionReader(f, 0, info.Size()), name: name, close: f.Close}, nil
}

// spool copies r into a temporary file that is gone when the input is closed.
func spool(ctx context.Context, r io.Reader) (*input, error) {
	f, err := os.CreateTemp("", "mapigate-input-")
	if err != nil {
		return nil, err
	}
	remove := func() error { return errors.Join(f.Close(), os.Remove(f.Name())) }
	n, err := copyUntil(ctx, f, r)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reading the message: %w", err), remove())
	}
	return &input{SectionReader: io.NewSectionReader(f, 0, n), name: "standard input", close: remove}, nil
}

// copyUntil is io.Copy that returns when ctx ends, since a read from a
// terminal cannot be ended. The read goes on until the process does.
func copyUntil(ctx context.Context, w io.Writer, r io.Reader) (int64, error) {
	type result struct {
		n   int64
		err error
	}
	done := make(chan result, 1)
	go func() {
		n, err := io.Copy(w, r)
		done <- result{n, err}
	}()
	select {
	case r := <-done:
		return r.n, r.err
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
}

// A format is what a message may be written as.
type format int

const (
	formatMIME format = iota
	formatJSON
	formatTNEF
	formatMSG
	formatCalendar
	formatCard
)

var (
	tnefSignature = []byte{0x78, 0x9F, 0x3E, 0x22}                         // [MS-OXTNEF] 2.1.1, little-endian
	cfbSignature  = []byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1} // [MS-CFB] 2.2
	byteOrderMark = []byte("\xEF\xBB\xBF")
)

// detect tells the format by the first bytes. No MIME message begins with a
// brace: a field name may, but none does.
func detect(r io.ReaderAt) (format, error) {
	head := make([]byte, 512)
	n, err := r.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	head = head[:n]
	if bytes.HasPrefix(head, tnefSignature) {
		return formatTNEF, nil
	}
	if bytes.HasPrefix(head, cfbSignature) {
		return formatMSG, nil
	}
	switch text := bytes.TrimLeft(bytes.TrimPrefix(head, byteOrderMark), " \t\r\n"); {
	case bytes.HasPrefix(text, []byte("{")):
		return formatJSON, nil
	case hasPrefixFold(text, "BEGIN:VCALENDAR"):
		return formatCalendar, nil
	case hasPrefixFold(text, "BEGIN:VCARD"):
		return formatCard, nil
	}
	return formatMIME, nil
}

func hasPrefixFold(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && bytes.EqualFold(b[:len(prefix)], []byte(prefix))
}

// maxItem bounds a calendar or card, which is held in memory.
const maxItem = 16 << 20

// asMail makes a mail of a calendar or card alone: a header that says what it is.
func asMail(in *input, mediaType string) (*bytes.Reader, error) {
	body, err := io.ReadAll(io.LimitReader(skipMark(in), maxItem+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxItem {
		return nil, fmt.Errorf("longer than %d MiB", maxItem>>20)
	}
	head := "MIME-Version: 1.0\r\nContent-Type: " + mediaType + "; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
	return bytes.NewReader(append([]byte(head), body...)), nil
}

// skipMark reads an input without the byte order mark that editors put in front.
func skipMark(in *input) io.Reader {
	head := make([]byte, len(byteOrderMark))
	if n, _ := in.ReadAt(head, 0); bytes.Equal(head[:n], byteOrderMark) {
		return io.NewSectionReader(in, int64(n), in.Size()-int64(n))
	}
	return io.NewSectionReader(in, 0, in.Size())
}
