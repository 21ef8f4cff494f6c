package smtpside

import (
	"bufio"
	"bytes"
)

// A textWriter writes a message as DATA wants it: every line end, CR LF or LF or CR, as CR LF; a dot at the start of a line
// doubled (RFC 5321 4.5.2).
type textWriter struct {
	out     *bufio.Writer
	plain   bool // dots are left alone
	lastCR  bool // the last octet was a CR, and its line end is written
	midLine bool
}

// Write implements io.Writer.
func (w *textWriter) Write(p []byte) (int, error) {
	total, odd := len(p), false
	for len(p) > 0 {
		if w.lastCR && p[0] == '\n' {
			p, w.lastCR = p[1:], false
			continue
		}
		w.lastCR = false
		if !w.midLine && !odd {
			n, clean := wholeLines(p, len(p), w.plain)
			if odd = !clean; n > 0 && clean {
				if _, err := w.out.Write(p[:n]); err != nil {
					return 0, err
				}
				p = p[n:]
				continue
			}
		}
		if !w.plain && !w.midLine && p[0] == '.' {
			w.out.WriteByte('.')
		}
		end := lineEnd(p)
		if end < 0 {
			w.midLine = true
			_, err := w.out.Write(p)
			return total, err
		}
		w.out.Write(p[:end])
		if _, err := w.out.WriteString("\r\n"); err != nil {
			return 0, err
		}
		w.midLine, w.lastCR = false, p[end] == '\r'
		p = p[end+1:]
	}
	return total, nil
}

// wholeLines says how many octets at the start of p are lines that end with CR LF, have most octets at most and, unless dots are no matter, do
// not begin with one. It looks at each line once, for its CR; clean tells that there is no other LF in them either.
func wholeLines(p []byte, most int, dots bool) (n int, clean bool) {
	count := 0
	for n < len(p) && (dots || p[n] != '.') {
		end := bytes.IndexByte(p[n:], '\r')
		if end < 0 || n+end+1 >= len(p) || p[n+end+1] != '\n' || end+2 > most {
			break
		}
		n += end + 2
		count++
	}
	return n, bytes.Count(p[:n], []byte{'\n'}) == count
}

// lineEnd finds the first CR or LF. Lines are mostly short, so two searches cost little.
func lineEnd(p []byte) int {
	lf := bytes.IndexByte(p, '\n')
	head := p
	if lf >= 0 {
		head = p[:lf]
	}
	if cr := bytes.IndexByte(head, '\r'); cr >= 0 {
		return cr
	}
	return lf
}

// finish ends the last line and writes the final dot. Nothing is flushed by it but what had no room.
func (w *textWriter) finish() error {
	w.endLine()
	_, err := w.out.WriteString(".\r\n")
	return err
}

// endLine ends the last line, if it is not ended.
func (w *textWriter) endLine() error {
	if !w.midLine {
		return nil
	}
	w.midLine = false
	_, err := w.out.WriteString("\r\n")
	return err
}
