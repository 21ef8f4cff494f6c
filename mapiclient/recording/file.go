package recording

import (
	"bufio"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The forms of a body in a file. Lines of a body and of a head begin with a tab.
const (
	formText   = "text"   // quoted strings as Go writes them, one for each line
	formHex    = "hex"    // offset, bytes, and the bytes as ASCII
	formBase64 = "base64" // long ones
)

const (
	hexColumns    = 32
	base64Columns = 120
	maxHexBytes   = 16 << 10
)

// Write writes a conversation.
func Write(w io.Writer, list []Exchange) error {
	b := bufio.NewWriter(w)
	for i := range list {
		fmt.Fprintf(b, "\nexchange %d\n", i+1)
		writeMessage(b, "request", &list[i].Request)
		if !list[i].Answer.empty() {
			writeMessage(b, "answer", &list[i].Answer)
		}
	}
	return b.Flush()
}

func writeMessage(w *bufio.Writer, title string, m *Message) {
	fmt.Fprintf(w, "%s\n", title)
	for _, line := range m.Head {
		fmt.Fprintf(w, "\t%s\n", line)
	}
	switch {
	case len(m.Body) == 0:
	case isText(m.Body):
		fmt.Fprintf(w, "body %s\n", formText)
		for _, line := range strings.SplitAfter(string(m.Body), "\n") {
			if line != "" {
				fmt.Fprintf(w, "\t%s\n", strconv.Quote(line))
			}
		}
	case len(m.Body) <= maxHexBytes:
		fmt.Fprintf(w, "body %s\n", formHex)
		writeHex(w, m.Body)
	default:
		fmt.Fprintf(w, "body %s\n", formBase64)
		for s := base64.StdEncoding.EncodeToString(m.Body); s != ""; {
			n := min(base64Columns, len(s))
			fmt.Fprintf(w, "\t%s\n", s[:n])
			s = s[n:]
		}
	}
}

func writeHex(w *bufio.Writer, b []byte) {
	for at := 0; at < len(b); at += hexColumns {
		row := b[at:min(at+hexColumns, len(b))]
		ascii := make([]byte, len(row))
		for i, c := range row {
			ascii[i] = '.'
			if c >= 0x20 && c < 0x7F {
				ascii[i] = c
			}
		}
		fmt.Fprintf(w, "\t%04x  %-*x  %s\n", at, 2*hexColumns, row, ascii)
	}
}

// isText tells whether people can read a body as it is.
func isText(b []byte) bool {
	if !utf8.Valid(b) {
		return false
	}
	for _, r := range string(b) {
		if !unicode.IsPrint(r) && r != '\r' && r != '\n' && r != '\t' {
			return false
		}
	}
	return true
}

// Read reads what Write has written.
func Read(r io.Reader) ([]Exchange, error) {
	p := parser{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxHead)
	for n := 1; lines.Scan(); n++ {
		if err := p.line(lines.Text()); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	return p.list, lines.Err()
}

// A parser reads one line after another.
type parser struct {
	list []Exchange
	into *Message
	form string // of the body; "" within a head
}

func (p *parser) line(s string) error {
	if content, ok := strings.CutPrefix(s, "\t"); ok {
		return p.content(content)
	}
	word, rest, _ := strings.Cut(s, " ")
	switch {
	case word == "" || strings.HasPrefix(word, "#"):
	case word == "exchange":
		p.list = append(p.list, Exchange{})
		p.into = nil
	case len(p.list) == 0:
		return fmt.Errorf("%q before the first exchange", s)
	case word == "request":
		p.into, p.form = &p.list[len(p.list)-1].Request, ""
	case word == "answer":
		p.into, p.form = &p.list[len(p.list)-1].Answer, ""
	case word == "body":
		p.form = rest
	default:
		return fmt.Errorf("unknown word %q", word)
	}
	return nil
}

func (p *parser) content(s string) error {
	if p.into == nil {
		return fmt.Errorf("content outside of a message")
	}
	var more []byte
	var err error
	switch p.form {
	case "":
		p.into.Head = append(p.into.Head, s)
	case formText:
		var text string
		text, err = strconv.Unquote(s)
		more = []byte(text)
	case formHex:
		columns := strings.Fields(s)
		if len(columns) < 2 {
			return fmt.Errorf("%q is no row of hex", s)
		}
		more, err = hex.DecodeString(columns[1])
	case formBase64:
		more, err = base64.StdEncoding.DecodeString(s)
	default:
		return fmt.Errorf("unknown form %q of a body", p.form)
	}
	p.into.Body = append(p.into.Body, more...)
	return err
}
