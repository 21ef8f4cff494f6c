package drop

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	netmail "net/mail"
	"slices"
	"strings"

	"github.com/mapigate/mapigate/gateway/ingress"
	"github.com/mapigate/mapigate/smtpside"
)

// errMalformed marks files that will never be a mail.
var errMalformed = errors.New("malformed")

const maxHeader = 512 << 10

// readEnvelope reads the header of a file and finds out whom the mail is from and for. The mail is what is to be sent of the file.
func readEnvelope(r io.Reader) (*ingress.Dropped, error) {
	br := bufio.NewReaderSize(r, 32<<10)
	fields, err := readFields(br)
	if err != nil {
		return nil, err
	}
	d := &ingress.Dropped{}
	var header bytes.Buffer
	for _, f := range fields {
		if !f.is("x-sender") && !f.is("x-receiver") {
			header.WriteString(f.raw)
		}
	}
	if d.From, err = sender(fields); err != nil {
		return nil, err
	}
	if d.To, err = recipients(fields); err != nil {
		return nil, err
	}
	d.Mail = &lines{r: bufio.NewReader(io.MultiReader(&header, br))}
	return d, nil
}

// A field is one of a header, with the lines that continue it.
type field struct{ name, value, raw string }

func (f field) is(name string) bool { return strings.EqualFold(f.name, name) }

// readFields reads up to the first line that is no field; that stays unread.
func readFields(br *bufio.Reader) (fields []field, err error) {
	size := 0
	for {
		start, err := br.Peek(1)
		if err != nil || start[0] == '\n' || start[0] == '\r' {
			return fields, ignoreEOF(err)
		}
		line, err := br.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if size += len(line); size > maxHeader {
			return nil, fmt.Errorf("%w: the header is too long", errMalformed)
		}
		if (line[0] == ' ' || line[0] == '\t') && len(fields) > 0 {
			last := &fields[len(fields)-1]
			last.raw += line
			last.value += strings.TrimRight(line, "\r\n")
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if name = strings.TrimRight(name, " \t"); !ok || name == "" || strings.ContainsAny(name, " \t") {
			return nil, fmt.Errorf("%w: %.60q in the header is no field", errMalformed, line)
		}
		fields = append(fields, field{name, strings.TrimRight(value, "\r\n"), line})
	}
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// sender finds who sends: X-Sender, which may be <>, or else Sender or the first of From.
func sender(fields []field) (string, error) {
	for _, f := range fields {
		if f.is("x-sender") {
			return path(f.value)
		}
	}
	for _, name := range []string{"sender", "from"} {
		list, err := addresses(fields, name)
		if err != nil {
			return "", err
		}
		if len(list) > 0 {
			return list[0], nil
		}
	}
	return "", fmt.Errorf("%w: no X-Sender, Sender or From tells who sends", errMalformed)
}

// recipients finds for whom the mail is: X-Receiver, or else all in To, Cc and Bcc.
func recipients(fields []field) (list []string, err error) {
	for _, f := range fields {
		if f.is("x-receiver") {
			to, err := path(f.value)
			if err != nil || to == "" {
				return nil, fmt.Errorf("%w: X-Receiver %.60q is no address", errMalformed, f.value)
			}
			list = append(list, to)
		}
	}
	for _, name := range []string{"to", "cc", "bcc"} {
		if len(list) > 0 && name == "to" {
			break
		}
		more, err := addresses(fields, name)
		if err != nil {
			return nil, err
		}
		for _, a := range more {
			if !slices.Contains(list, a) {
				list = append(list, a)
			}
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: no X-Receiver, To, Cc or Bcc tells for whom it is", errMalformed)
	}
	return list, nil
}

// path reads an address that stands for itself, with or without angle brackets.
func path(value string) (string, error) {
	value = strings.TrimSpace(value)
	if inner, ok := strings.CutPrefix(value, "<"); ok {
		value = strings.TrimSuffix(inner, ">")
	}
	if value == "" {
		return "", nil
	}
	if err := smtpside.CheckMailbox(value); err != nil {
		return "", fmt.Errorf("%w: %.60q is no address", errMalformed, value)
	}
	return value, nil
}

// addresses gives all in the fields of a name.
func addresses(fields []field, name string) (all []string, err error) {
	for _, f := range fields {
		if !f.is(name) || strings.TrimSpace(f.value) == "" {
			continue
		}
		list, err := netmail.ParseAddressList(f.value)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", errMalformed, f.name, err)
		}
		for _, a := range list {
			all = append(all, a.Address)
		}
	}
	return all, nil
}

// lines gives each line CR LF, whatever it ends with, as mail has it.
type lines struct {
	r       *bufio.Reader
	pending []byte
	last    byte
	ended   bool
}

// Read implements io.Reader.
func (l *lines) Read(p []byte) (int, error) {
	for len(l.pending) == 0 {
		if l.ended {
			return 0, io.EOF
		}
		if err := l.more(); err != nil {
			return 0, err
		}
	}
	n := copy(p, l.pending)
	l.pending = l.pending[n:]
	return n, nil
}

// more reads some and mends its line ends.
func (l *lines) more() error {
	_, err := l.r.Peek(1)
	if errors.Is(err, io.EOF) {
		l.ended = true
		if l.last != '\n' && l.last != '\r' && l.last != 0 {
			l.pending = append(l.pending[:0], '\r', '\n')
		}
		return nil
	}
	if err != nil {
		return err
	}
	chunk, _ := l.r.Peek(l.r.Buffered())
	out := make([]byte, 0, len(chunk)+64)
	for _, c := range chunk {
		switch {
		case c == 0:
			return fmt.Errorf("%w: NUL in the mail", errMalformed)
		case c == '\n' && l.last == '\r': // given already
		case c == '\n' || c == '\r':
			out = append(out, '\r', '\n')
		default:
			out = append(out, c)
		}
		l.last = c
	}
	l.r.Discard(len(chunk))
	l.pending = out
	return nil
}
