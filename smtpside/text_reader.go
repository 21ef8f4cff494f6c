package smtpside

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"time"
)

// A lineState says where in a line the text scanner stands.
type lineState int

const (
	lineStart lineState = iota
	lineDot             // after a dot at the start, which is withheld
	lineDotCR           // after a dot and a CR, both withheld
	lineCR              // after a CR
	lineMiddle
)

// Bare line ends are how one server's end of mail becomes another's middle of mail (CVE-2023-51764, -51765, -51766):
// the text scanner knows one line end, CR LF, and one end of mail, CR LF . CR LF (RFC 5321 2.3.8, 4.1.1.4).
var (
	errBareCR   = BadContent("bare CR in the message; lines end with CR LF")
	errBareLF   = BadContent("bare LF in the message; lines end with CR LF")
	errNUL      = BadContent("NUL in the message")
	errTextLine = BadContent("line of the message is too long")
)

// A scanner makes the message out of what the client sends behind 354.
type scanner interface {
	// scan moves octets from src to dst, as many as fit, and reports how many it wrote and read. io.EOF comes with the end.
	scan(dst, src []byte) (wrote, read int, err error)
}

// A textScanner undoes dot stuffing and finds the end of the message.
type textScanner struct {
	state   lineState
	length  int // of the line so far
	maxLine int
	doomed  bool // there is something to refuse in what lies ahead
}

// scan implements scanner.
func (t *textScanner) scan(dst, src []byte) (wrote, read int, err error) {
	for read < len(src) && wrote < len(dst) {
		if t.state == lineStart && !t.doomed {
			n := t.lines(dst[wrote:], src[read:])
			wrote += n
			read += n
			if read == len(src) || wrote == len(dst) {
				break
			}
		}
		if t.state == lineMiddle {
			n, err := t.middle(dst[wrote:], src[read:])
			wrote += n
			read += n
			if err != nil {
				return wrote, read, err
			}
			continue
		}
		c := src[read]
		read++
		emit, err := t.step(c)
		if err != nil {
			return wrote, read, err
		}
		if emit {
			dst[wrote] = c
			wrote++
		}
	}
	return wrote, read, nil
}

// lines copies whole lines in which there is nothing to undo or to refuse, and returns how many octets they have. It looks at each line
// once, for its end; that nothing else is wrong all of them show together.
func (t *textScanner) lines(dst, src []byte) int {
	src = src[:min(len(src), len(dst))]
	n, clean := wholeLines(src, t.maxLine, false)
	if !clean || bytes.IndexByte(src[:n], 0) >= 0 {
		t.doomed = true // step by step it will be found where
		return 0
	}
	return copy(dst, src[:n])
}

// step takes one octet anywhere but in the middle of a line.
func (t *textScanner) step(c byte) (emit bool, err error) {
	switch {
	case t.state == lineDot && c == '\r':
		t.state = lineDotCR
		return false, nil
	case t.state == lineDotCR && c == '\n':
		return false, io.EOF
	case t.state == lineCR && c == '\n':
		t.state, t.length = lineStart, 0
		return true, nil
	case t.state == lineDotCR || t.state == lineCR:
		return false, errBareCR
	case c == '\n':
		return false, errBareLF
	case c == 0:
		return false, errNUL
	case c == '\r':
		t.state = lineCR
		return true, nil
	case t.state == lineStart && c == '.':
		t.state = lineDot
		return false, nil
	}
	t.state, t.length = lineMiddle, 1
	return true, nil
}

// middle copies up to and with the next CR.
func (t *textScanner) middle(dst, src []byte) (int, error) {
	src = src[:min(len(src), len(dst))]
	end := bytes.IndexByte(src, '\r')
	n := end + 1
	if end < 0 {
		n = len(src)
	}
	if bytes.IndexByte(src[:n], '\n') >= 0 {
		return 0, errBareLF
	}
	if bytes.IndexByte(src[:n], 0) >= 0 {
		return 0, errNUL
	}
	if t.length += n; t.length > t.maxLine-1 {
		return 0, errTextLine
	}
	if end >= 0 {
		t.state = lineCR
	}
	return copy(dst, src[:n]), nil
}

// A textReader reads the message of a DATA command from a guard. Its error sticks: io.EOF after the whole message, or the
// Status that the client shall get.
type textReader struct {
	g      *guard
	text   scanner
	size   int64 // octets given
	limit  int64
	ended  bool // the end of the message has been read
	until  time.Time
	err    error
	origin error // what was wrong with the connection, for the log
}

func newTextReader(g *guard) *textReader {
	limits := &g.srv.opts.Limits
	var text scanner = &textScanner{maxLine: limits.TextLine}
	if g.srv.opts.Legacy {
		text = &legacyScanner{lfClient: g.lfData}
	}
	return &textReader{
		g:     g,
		text:  text,
		limit: limits.MessageBytes,
		until: time.Now().Add(limits.MessageTimeout),
	}
}

// Read implements io.Reader.
func (r *textReader) Read(p []byte) (int, error) {
	if r.err != nil || len(p) == 0 {
		return 0, r.err
	}
	n, err := r.scan(p)
	if r.size += int64(n); r.size > r.limit {
		n, err = 0, TooLarge("")
	}
	r.err = err
	return n, err
}

// straight is the size from which on a buffer is read into straight from the connection.
const straight = 32 << 10

// scan reads until there is something to give.
func (r *textReader) scan(p []byte) (int, error) {
	for {
		if text, strict := r.text.(*textScanner); strict && len(p) >= straight && r.g.in.Buffered() == 0 {
			if wrote, err := r.scanStraight(text, p); wrote > 0 || err != nil {
				return wrote, err
			}
			continue
		}
		src, err := r.fill()
		if err != nil {
			return 0, err
		}
		wrote, read, err := r.text.scan(p, src)
		r.g.in.Discard(read)
		r.ended = errors.Is(err, io.EOF)
		if wrote > 0 || err != nil {
			return wrote, err
		}
	}
}

// scanStraight reads from the connection to where the text is wanted and scans it in its place, which spares large mails a copy and many
// reads: a textScanner never gives more than it takes. What comes behind the end of the message goes back.
func (r *textReader) scanStraight(text *textScanner, p []byte) (int, error) {
	r.await()
	n, err := r.g.conn.Read(p)
	if n == 0 && err != nil {
		r.origin = err
		return 0, ConnectionLost("")
	}
	wrote, read, err := text.scan(p, p[:n])
	if r.ended = errors.Is(err, io.EOF); r.ended && read < n {
		r.g.unread(p[read:n])
	}
	return wrote, err
}

// await makes ready for a read that may take long.
func (r *textReader) await() {
	r.g.flush()
	r.g.conn.SetReadDeadline(sooner(time.Now().Add(r.g.srv.opts.Limits.DataTimeout), r.until))
}

// fill returns what the connection has, at least one octet.
func (r *textReader) fill() ([]byte, error) {
	g := r.g
	if g.in.Buffered() == 0 {
		r.await()
		if _, err := g.in.Peek(1); err != nil {
			r.origin = err
			return nil, ConnectionLost("")
		}
	}
	return g.in.Peek(g.in.Buffered())
}

// finish reads what the backend left, and returns nil if the message came to its end, else what the client shall get.
// After a message that did not, the session ends: its next command may be meant as a part of the message.
func (r *textReader) finish() error {
	scratch := make([]byte, 4096)
	for r.err == nil {
		r.Read(scratch)
	}
	switch {
	case errors.Is(r.err, io.EOF):
		return nil
	case errors.Is(r.err, TooLarge("")) && r.skip(scratch):
		return r.err
	}
	r.g.closing, r.g.linger = true, true
	r.g.lost(r.offence())
	return r.err
}

// Repairs implements Repaired.
func (r *textReader) Repairs() []string {
	done := slices.Clone(r.g.amends)
	if l, ok := r.text.(*legacyScanner); ok {
		done = append(done, l.repairs.names()...)
	}
	return done
}

// offence names what the client did wrong, or what happened to the connection, for the Observer.
func (r *textReader) offence() string {
	switch r.err {
	case errBareCR, errBareLF, errNUL:
		return "smuggling"
	case errTextLine:
		return "line_length"
	case TooLarge(""):
		return "message_size"
	}
	return lostBy(r.origin)
}

func (r *textReader) cause() error { return r.origin }

// skip reads too large a message on to its end, so that the answer has its place; but no more than as much again.
func (r *textReader) skip(scratch []byte) bool {
	for left := r.limit + guardBuffer; left > 0 && !r.ended; {
		n, err := r.scan(scratch)
		if left -= int64(n); err != nil {
			break
		}
	}
	return r.ended
}
