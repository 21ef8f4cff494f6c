package backup

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// An mboxMessage is one message of an mbox while it is read.
type mboxMessage struct {
	number int
	start  int64
	time   time.Time
	spool  *spool
	w      *bufio.Writer
	header bool
	key    string
	status [2]string // Status, X-Status
	empty  int       // empty lines that stand at the end so far
}

// mbox reads the messages of an mbox one after another, each by a temporary file.
func (p *parcelReader) mbox(ctx context.Context, s *sourceFolder, f *sourceFile, in *os.File) error {
	m := newMboxReader(in)
	var cur *mboxMessage
	defer func() {
		if cur != nil && cur.spool != nil {
			cur.spool.remove()
		}
	}()
	for n := 0; ; {
		at := m.offset
		b, first, err := m.next()
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err == nil && !isFromLine(b, first) {
			if cur == nil {
				return fmt.Errorf("%w: an mbox begins with \"From \"", errUnreadable)
			}
			if err := cur.line(b, first); err != nil {
				return err
			}
			continue
		}
		if cur != nil {
			name := fmt.Sprintf("%s#%d", f.name, cur.number)
			if err := p.failed(ctx, name, p.finish(ctx, s, f, cur, at)); err != nil {
				return err
			}
		}
		if err != nil {
			return nil
		}
		n++
		if cur, err = p.begin(n, at, b); err != nil {
			return err
		}
	}
}

func (p *parcelReader) begin(n int, at int64, from []byte) (*mboxMessage, error) {
	s, err := p.spool(func(*bufio.Writer) error { return nil })
	if err != nil {
		return nil, err
	}
	return &mboxMessage{number: n, start: at, time: fromDate(from), spool: s, w: bufio.NewWriterSize(s, 64<<10), header: true}, nil
}

// line takes a line, or a piece of a long one.
func (m *mboxMessage) line(b []byte, first bool) error {
	bare := len(bytes.TrimRight(b, "\r\n")) == 0 && first
	if m.header && bare {
		m.header = false
	}
	if m.header && first && m.ours(string(b)) {
		return nil
	}
	// The empty line before the next message is none of this one.
	if bare {
		m.empty++
		return nil
	}
	for ; m.empty > 0; m.empty-- {
		if _, err := m.w.WriteString("\r\n"); err != nil {
			return disk(err)
		}
	}
	return writeWireLine(m.w, unquote(b, first))
}

// ours takes the fields that mboxes have for states.
func (m *mboxMessage) ours(line string) bool {
	name, value, ok := strings.Cut(line, ":")
	if !ok {
		return false
	}
	value = strings.TrimSpace(value)
	switch {
	case strings.EqualFold(name, keyField) && m.key == "":
		m.key = value
	case strings.EqualFold(name, statusField) && m.status[0] == "":
		m.status[0] = value
	case strings.EqualFold(name, xstatusField) && m.status[1] == "":
		m.status[1] = value + " "
	default:
		return false
	}
	return true
}

// finish passes a message on that has been read to its end.
func (p *parcelReader) finish(ctx context.Context, s *sourceFolder, f *sourceFile, m *mboxMessage, end int64) error {
	defer func() {
		m.spool.remove()
		m.spool = nil
	}()
	for m.empty--; m.empty > 0; m.empty-- {
		_, _ = m.w.WriteString("\r\n")
	}
	if m.header { // a header alone
		_, _ = m.w.WriteString("\r\n")
	}
	if err := m.w.Flush(); err != nil {
		return disk(err)
	}
	r := s.records[m.key]
	if r != nil && r.Gone && !s.gone {
		return nil
	}
	states := fromMboxStatus(m.status[0], m.status[1])
	t := m.time
	name := fmt.Sprintf("%s#%d", f.name, m.number)
	if r != nil {
		t, states, name = r.Time, parseStates(string(states)+strings.Trim(string(r.States), "DFRS")), f.name+"#"+m.key
	}
	if p.pass(name, end-m.start, time.Time{}) {
		return nil
	}
	return p.message(ctx, m.spool.File, name, states, t, r)
}
