package backup

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"time"
)

// An mboxReader reads an mbox line by line, however long the lines are.
type mboxReader struct {
	r      *bufio.Reader
	offset int64 // behind what was read
	inside bool  // what comes is not the beginning of a line
}

func newMboxReader(r io.Reader) *mboxReader { return &mboxReader{r: bufio.NewReaderSize(r, 64<<10)} }

// next gives a line with its end, or a piece of a long one; first says that it
// is the beginning of a line. The bytes hold until the next call.
func (m *mboxReader) next() (b []byte, first bool, err error) {
	first = !m.inside
	b, err = m.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) || errors.Is(err, io.EOF) && len(b) > 0 {
		err = nil
	}
	m.inside = len(b) > 0 && b[len(b)-1] != '\n'
	m.offset += int64(len(b))
	return b, first, err
}

// isFromLine tells whether a line begins a message.
func isFromLine(b []byte, first bool) bool { return first && bytes.HasPrefix(b, []byte(fromMark)) }

// scanMbox finds the messages of an mbox that we wrote. A message of somebody
// else has no key and is not among them.
func scanMbox(file string) ([]mboxEntry, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var list []mboxEntry
	var e *mboxEntry
	end := func(at int64) {
		if e != nil && e.Key != "" {
			e.End = at
			list = append(list, *e)
		}
	}
	m := newMboxReader(f)
	for lines := 0; ; lines++ {
		at := m.offset
		b, first, err := m.next()
		if errors.Is(err, io.EOF) {
			end(at)
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		if isFromLine(b, first) {
			end(at)
			e, lines = &mboxEntry{}, 0
			continue
		}
		if e == nil || lines > 3 {
			continue
		}
		name, value, _ := strings.Cut(strings.TrimRight(string(b), "\r\n"), ":")
		value = strings.TrimSpace(value)
		switch {
		case lines == 1 && name == keyField:
			e.Key = value
		case lines == 2 && name == statusField:
			e.States = fromMboxStatus(value, "")
		case lines == 3 && name == xstatusField:
			e.States = parseStates(string(e.States + fromMboxStatus("", value)))
			e.Body = m.offset
		}
	}
}

// fromDate reads the time of a line that begins a message.
func fromDate(b []byte) time.Time {
	fields := strings.Fields(string(b))
	for n := 5; n <= 6 && n < len(fields); n++ { // a zone may stand behind or before the year
		when := strings.Join(fields[len(fields)-n:], " ")
		for _, layout := range []string{"Mon Jan 2 15:04:05 2006", "Mon Jan 2 15:04:05 2006 -0700", "Mon Jan 2 15:04:05 MST 2006"} {
			if t, err := time.Parse(layout, when); err == nil {
				return t
			}
		}
	}
	return time.Time{}
}

// unquote takes the ">" off that mboxrd has put before a line.
func unquote(b []byte, first bool) []byte {
	if first && len(b) > 0 && b[0] == '>' && bytes.HasPrefix(bytes.TrimLeft(b, ">"), []byte(fromMark)) {
		return b[1:]
	}
	return b
}
