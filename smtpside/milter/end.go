package milter

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-milter"
)

// What the end of a message may bring. The milter package would keep all of it in memory, however much a filter says.
const (
	maxPacket  = 1 << 20
	maxChanges = 20_000 // packets, those that only ask for patience among them
	bodyRoom   = 1 << 20
)

// actAddRcptArgs is a recipient with parameters of RCPT (SMFIR_ADDRCPT_PAR), which the milter package does not know.
const actAddRcptArgs milter.ModifyActCode = '2'

// An ending reads what a filter says to the end of a message: its changes, of which a new body goes where that is kept.
type ending struct {
	conn    net.Conn
	timeout time.Duration
	body    *lineWriter
	changes []milter.ModifyAction
}

var errTooMuch = errors.New("milter: the filter does not come to an end")

// read returns the filter's last word.
func (e *ending) read() (*milter.Action, error) {
	for range maxChanges {
		code, data, err := e.packet()
		if err != nil {
			return nil, fmt.Errorf("milter: end of message: %w", err)
		}
		switch milter.ModifyActCode(code) {
		case 'p': // progress
		case milter.ActReplBody:
			if _, err := e.body.Write(data); err != nil {
				return nil, err
			}
		case milter.ActAddRcpt, milter.ActDelRcpt, milter.ActChangeFrom, actAddRcptArgs, milter.ActQuarantine,
			milter.ActAddHeader, milter.ActInsertHeader, milter.ActChangeHeader:
			change, err := parseChange(milter.ModifyActCode(code), data)
			if err != nil {
				return nil, err
			}
			e.changes = append(e.changes, change)
		default:
			return lastWord(milter.ActionCode(code), data)
		}
	}
	return nil, errTooMuch
}

// ask sends the end of the body and reads what comes of it.
func (e *ending) ask() (*milter.Action, error) {
	e.conn.SetWriteDeadline(time.Now().Add(e.timeout))
	defer e.conn.SetDeadline(time.Time{})
	if _, err := e.conn.Write([]byte{0, 0, 0, 1, byte(milter.CodeEOB)}); err != nil {
		return nil, fmt.Errorf("milter: end of message: %w", err)
	}
	return e.read()
}

func (e *ending) packet() (code byte, data []byte, err error) {
	e.conn.SetReadDeadline(time.Now().Add(e.timeout))
	var size [4]byte
	if _, err := io.ReadFull(e.conn, size[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n == 0 || n > maxPacket {
		return 0, nil, fmt.Errorf("a packet of %d octets", n)
	}
	data = make([]byte, n)
	if _, err := io.ReadFull(e.conn, data); err != nil {
		return 0, nil, err
	}
	return data[0], data[1:], nil
}

// parseChange reads one change.
func parseChange(code milter.ModifyActCode, data []byte) (c milter.ModifyAction, err error) {
	c.Code = code
	if code == milter.ActInsertHeader || code == milter.ActChangeHeader {
		if len(data) < 4 {
			return c, fmt.Errorf("milter: a change %q without index", byte(code))
		}
		c.HeaderIndex, data = binary.BigEndian.Uint32(data), data[4:]
	}
	words := strings.Split(string(bytes.TrimSuffix(data, []byte{0})), "\x00")
	switch code {
	case milter.ActAddRcpt, milter.ActDelRcpt, actAddRcptArgs:
		c.Rcpt, c.FromArgs = words[0], words[1:]
	case milter.ActChangeFrom:
		c.From, c.FromArgs = words[0], words[1:]
	case milter.ActQuarantine:
		c.Reason = words[0]
	default:
		if len(words) < 2 {
			words = append(words, "")
		}
		c.HeaderName, c.HeaderValue = words[0], words[1]
	}
	return c, nil
}

// lastWord reads what becomes of the message.
func lastWord(code milter.ActionCode, data []byte) (*milter.Action, error) {
	a := &milter.Action{Code: code}
	if code != milter.ActReplyCode {
		return a, nil // take knows what is possible
	}
	text := string(bytes.TrimSuffix(data, []byte{0}))
	if len(text) < 5 {
		return nil, fmt.Errorf("milter: malformed reply %.20q", text)
	}
	var err error
	a.SMTPCode, err = strconv.Atoi(text[:3])
	a.SMTPText = text[4:]
	return a, err
}

// A lineWriter writes a body with CR LF for every line end, whatever a filter takes for one.
type lineWriter struct {
	out      io.Writer
	left     int64 // how much there may be
	lastCR   bool
	used     bool
	eightBit bool
}

var (
	errBodyTooLong = errors.New("milter: the filter gives a body that is far longer than the one it got")
	errBodyNUL     = errors.New("milter: the filter gives a body with NUL in it")
)

// Write implements io.Writer.
func (w *lineWriter) Write(p []byte) (int, error) {
	w.used = true
	if w.left -= int64(len(p)); w.left < 0 {
		return 0, errBodyTooLong
	}
	out := make([]byte, 0, len(p)+len(p)/32+2)
	for _, c := range p {
		switch {
		case c == 0:
			return 0, errBodyNUL
		case c == '\n' && w.lastCR:
		case c == '\n' || c == '\r':
			out = append(out, '\r', '\n')
		default:
			w.eightBit = w.eightBit || c > 0x7F
			out = append(out, c)
		}
		w.lastCR = c == '\r'
	}
	if _, err := w.out.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}
