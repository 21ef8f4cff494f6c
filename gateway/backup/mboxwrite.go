package backup

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
)

// An MboxWriter writes messages one after another in the form called mboxrd:
// with LF, and ">" before lines that would look like the beginning of a
// message, however many ">" they have already. RFC 4155
type MboxWriter struct {
	w *bufio.Writer
	// held is a beginning of "From " at the beginning of a line.
	held int
	// start says that nothing but ">" was written of the line.
	start bool
	// quoted says that there are such.
	quoted bool
	cr     bool
	err    error
}

const fromMark = "From "

// NewMboxWriter begins an mbox.
func NewMboxWriter(w io.Writer) *MboxWriter { return &MboxWriter{w: bufio.NewWriterSize(w, 64<<10)} }

// Begin begins a message: sender is the envelope's, or "".
func (m *MboxWriter) Begin(sender string, t time.Time) error {
	if sender == "" || strings.ContainsAny(sender, " \t\r\n") {
		sender = "MAILER-DAEMON"
	}
	_, err := fmt.Fprintf(m.w, "From %s %s\n", sender, t.UTC().Format(time.ANSIC))
	m.start, m.quoted = true, false
	return err
}

// Write implements io.Writer.
func (m *MboxWriter) Write(p []byte) (int, error) {
	for _, b := range p {
		m.put(b)
	}
	return len(p), m.err
}

func (m *MboxWriter) put(b byte) {
	if m.cr { // only that of a CRLF goes
		m.cr = false
		if b != '\n' {
			m.release()
			m.emit('\r')
		}
	}
	switch {
	case b == '\r':
		m.cr = true
	case b == '\n':
		m.release()
		m.emit('\n')
		m.start, m.quoted = true, false
	case m.start && m.held == 0 && b == '>':
		m.emit('>')
		m.quoted = true
	case m.start && b == fromMark[m.held]:
		if m.held++; m.held == len(fromMark) {
			m.emit('>')
			m.release()
		}
	default:
		m.release()
		m.emit(b)
	}
}

// release writes what was held back; the line has begun.
func (m *MboxWriter) release() {
	for _, b := range []byte(fromMark[:m.held]) {
		m.emit(b)
	}
	m.held, m.start = 0, false
}

func (m *MboxWriter) emit(b byte) {
	if err := m.w.WriteByte(b); err != nil && m.err == nil {
		m.err = err
	}
}

// End ends the message with an empty line.
func (m *MboxWriter) End() error {
	if m.cr {
		m.cr = false
		m.release()
		m.emit('\r')
	}
	whole := m.start && !m.quoted && m.held == 0 // the last line has its end
	m.release()
	if !whole {
		m.emit('\n')
	}
	m.emit('\n')
	if err := m.w.Flush(); m.err == nil {
		m.err = err
	}
	return m.err
}
