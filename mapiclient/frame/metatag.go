package frame

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"strconv"
	"strings"
	"time"
)

// A Tag is a line at the beginning of an answer's body. [MS-OXCMAPIHTTP] 2.2.7
type Tag string

// Meta-tags.
const (
	// Processing says that the server has taken the request and works on it.
	Processing Tag = "PROCESSING"
	// Pending says that the server still works on it.
	Pending Tag = "PENDING"
	// Done says that late headers and the answer follow.
	Done Tag = "DONE"
)

// The bounds of what stands before an answer.
const (
	maxTags       = 4096 // a PENDING each 5 seconds would take 5 hours
	maxTagGap     = 16   // line ends between two tags
	maxLateFields = 64
	maxLateLine   = 4096
)

// ErrPreamble says that an answer does not begin with meta-tags and late headers.
var ErrPreamble = errors.New("malformed meta-tags")

// ReadPreamble reads the meta-tags and the late headers and leaves r at the
// payload. seen, which may be nil, is told every tag as it arrives.
//
// gromox 3.10 sends PENDING without a line end and repeats PROCESSING before
// DONE; both are read.
func ReadPreamble(r *bufio.Reader, seen func(Tag)) (textproto.MIMEHeader, error) {
	for range maxTags {
		tag, err := readTag(r)
		if err != nil {
			return nil, err
		}
		if seen != nil {
			seen(tag)
		}
		if tag == Done {
			return readLate(r)
		}
	}
	return nil, fmt.Errorf("%w: more than %d tags without %s", ErrPreamble, maxTags, Done)
}

func readTag(r *bufio.Reader) (Tag, error) {
	for range maxTagGap {
		b, err := r.ReadByte()
		if err != nil {
			return "", unexpected(err)
		}
		if b == '\r' || b == '\n' {
			continue
		}
		if err := r.UnreadByte(); err != nil {
			return "", err
		}
		for _, tag := range [...]Tag{Pending, Processing, Done} {
			if ok, err := skip(r, tag); ok || err != nil {
				return tag, err
			}
		}
		return "", fmt.Errorf("%w: %s", ErrPreamble, snippet(r))
	}
	return "", fmt.Errorf("%w: empty lines", ErrPreamble)
}

// skip reads the tag if r stands before it. It waits only for as many bytes
// as agree with the tag.
func skip(r *bufio.Reader, tag Tag) (bool, error) {
	for n := 1; n <= len(tag); n++ {
		b, err := r.Peek(n)
		if err != nil {
			return false, unexpected(err)
		}
		if b[n-1] != tag[n-1] {
			return false, nil
		}
	}
	_, err := r.Discard(len(tag))
	return err == nil, err
}

// readLate reads the header lines between DONE and the payload, and the empty
// line that ends them.
func readLate(r *bufio.Reader) (textproto.MIMEHeader, error) {
	h := textproto.MIMEHeader{}
	if line, err := readLine(r); err != nil || line != "" {
		return nil, orPreamble(err, "something follows %s on its line", Done)
	}
	for range maxLateFields {
		line, err := readLine(r)
		if err != nil || line == "" {
			return h, err
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" {
			return nil, fmt.Errorf("%w: header line %.40q", ErrPreamble, line)
		}
		h.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	return nil, fmt.Errorf("%w: more than %d late headers", ErrPreamble, maxLateFields)
}

func readLine(r *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if line = append(line, part...); len(line) > maxLateLine {
			return "", fmt.Errorf("%w: header line longer than %d bytes", ErrPreamble, maxLateLine)
		}
		if err == nil {
			return string(bytes.TrimRight(line, "\r\n")), nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return "", unexpected(err)
		}
	}
}

func orPreamble(err error, format string, args ...any) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("%w: "+format, append([]any{ErrPreamble}, args...)...)
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// snippet quotes the start of what r holds, for an error text.
func snippet(r *bufio.Reader) string {
	b, _ := r.Peek(min(r.Buffered(), 40))
	return strconv.Quote(string(b))
}

// A TagWriter writes the beginning of an answer's body. A server flushes what
// it writes after each call. [MS-OXCMAPIHTTP] 3.2.5.2
type TagWriter struct {
	w     io.Writer
	start time.Time
}

// NewTagWriter writes to w; start is when the request came.
func NewTagWriter(w io.Writer, start time.Time) *TagWriter {
	return &TagWriter{w: w, start: start}
}

// Processing writes the first tag.
func (t *TagWriter) Processing() error { return t.write(string(Processing) + "\r\n") }

// Pending writes a sign of life.
func (t *TagWriter) Pending() error { return t.write(string(Pending) + "\r\n") }

// Done writes the last tag, X-ElapsedTime and X-StartTime, and the late
// response code unless it is zero. The payload follows.
func (t *TagWriter) Done(now time.Time, code ResponseCode) error {
	var b strings.Builder
	b.WriteString(string(Done) + "\r\n")
	if code != CodeSuccess {
		fmt.Fprintf(&b, "%s: %d\r\n", HeaderResponseCode, uint32(code))
	}
	fmt.Fprintf(&b, "%s: %d\r\n", HeaderElapsedTime, now.Sub(t.start).Milliseconds())
	fmt.Fprintf(&b, "%s: %s\r\n\r\n", HeaderStartTime, t.start.UTC().Format(httpDate))
	return t.write(b.String())
}

func (t *TagWriter) write(s string) error {
	_, err := io.WriteString(t.w, s)
	return err
}

// httpDate is IMF-fixdate. RFC 9110 5.6.7
const httpDate = "Mon, 02 Jan 2006 15:04:05 GMT"
