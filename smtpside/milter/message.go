package milter

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/emersion/go-milter"

	"github.com/mapigate/mapigate/smtpside"
)

// A Result is what a filter wants of a mail that it does not refuse.
type Result struct {
	Fields     [][]byte // the header, field by field, as it was or changed
	Discard    bool     // take the mail and forget it
	Quarantine string   // keep the mail back, and why; "" sends it on

	Body     bool // there is a new body, which was written where Message was told
	EightBit bool // it has octets over 127

	From   *string     // the envelope's new sender, "" for the null sender; nil is as it was
	Remove []string    // recipients who shall not get it, as they were told to Rcpt
	Add    []Recipient // others who shall
}

// A Recipient is one that a filter adds.
type Recipient struct {
	Address string
	Args    []string // parameters as of RCPT
}

// A Message is a mail for a filter.
type Message struct {
	ID     string   // its name in the logs
	Fields [][]byte // the header, each with its line ends
	Body   io.Reader
	Size   int64     // of the body: a new one may have twice as much, and a megabyte
	New    io.Writer // gets a new body, with CR LF line ends
}

// Message asks about the mail.
func (s *Session) Message(m Message) (*Result, error) {
	id, fields, body := m.ID, m.Fields, m.Body
	result := &Result{Fields: fields, Discard: s.discard}
	if s.over {
		return result, nil
	}
	if s.wire == nil {
		return nil, errClosed
	}
	if err := s.wire.Macros(milter.CodeData, "i", id); err != nil {
		return nil, err
	}
	if err := s.header(fields); err != nil || s.over {
		result.Discard = s.discard
		return result, err
	}
	if err := s.body(body); err != nil {
		return nil, err
	}
	if result.Discard = s.discard; s.over {
		return result, nil
	}
	return result, s.end(result, &lineWriter{out: m.New, left: 2*m.Size + bodyRoom})
}

// end asks for the filter's verdict and makes the changes that it wants.
func (s *Session) end(result *Result, body *lineWriter) error {
	e := &ending{conn: s.conn, timeout: s.timeout, body: body}
	a, err := e.ask()
	if err := s.take(a, err); err != nil {
		return err
	}
	result.Discard, result.Body, result.EightBit = s.discard, body.used, body.eightBit
	for i := range e.changes {
		if err := s.apply(result, &e.changes[i]); err != nil {
			return err
		}
	}
	return nil
}

// header gives the fields. Between their lines stands LF alone, as milters expect it.
func (s *Session) header(fields [][]byte) error {
	for _, field := range fields {
		name, value, _ := strings.Cut(strings.TrimRight(string(field), "\r\n"), ":")
		value = strings.ReplaceAll(value, "\r\n", "\n")
		if !s.wire.ProtocolOption(milter.OptHeaderLeadingSpace) {
			value = strings.TrimPrefix(value, " ")
		}
		if err := s.take(s.wire.HeaderField(name, strings.ReplaceAll(value, "\x00", ""))); err != nil || s.over {
			return err
		}
	}
	return s.take(s.wire.HeaderEnd())
}

// body gives the body, as much of it as the filter wants.
func (s *Session) body(r io.Reader) error {
	chunk := make([]byte, milter.MaxBodyChunk)
	for {
		n, err := io.ReadFull(r, chunk)
		if n > 0 {
			a, err := s.wire.BodyChunk(chunk[:n])
			if err := s.take(a, err); err != nil || s.over || a.Code == milter.ActSkip {
				return err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("milter: reading the body: %w", err)
		}
	}
}

// maxInserted bounds what a filter adds to a header, in bytes a field.
const maxInserted = 64 << 10

// apply makes one change. What was not agreed on is an error: half of what a filter wants is worse than nothing.
func (s *Session) apply(r *Result, c *milter.ModifyAction) error {
	switch c.Code {
	case milter.ActAddHeader:
		field, err := s.field(c)
		r.Fields = append(slices.Clip(r.Fields), field)
		return err
	case milter.ActInsertHeader:
		field, err := s.field(c)
		at := min(int(c.HeaderIndex), len(r.Fields))
		r.Fields = slices.Insert(slices.Clone(r.Fields), at, field)
		return err
	case milter.ActChangeHeader:
		return s.change(r, c)
	case milter.ActQuarantine:
		if r.Quarantine = c.Reason; r.Quarantine == "" {
			r.Quarantine = "no reason given"
		}
		return nil
	}
	return s.readdress(r, c)
}

// readdress makes a change of the envelope.
func (s *Session) readdress(r *Result, c *milter.ModifyAction) error {
	said := c.Rcpt
	if c.Code == milter.ActChangeFrom {
		said = c.From
	}
	address := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(said), "<"), ">")
	if bad := smtpside.CheckMailbox(address); bad != nil && (c.Code != milter.ActChangeFrom || address != "") {
		return fmt.Errorf("milter: the filter gives the address %.80q: %w", said, bad)
	}
	switch c.Code {
	case milter.ActChangeFrom:
		r.From = &address
	case milter.ActDelRcpt:
		r.Remove = append(r.Remove, address)
		r.Add = slices.DeleteFunc(r.Add, func(a Recipient) bool { return strings.EqualFold(a.Address, address) })
	default:
		r.Add = append(r.Add, Recipient{address, strings.Fields(strings.Join(c.FromArgs, " "))})
	}
	return nil
}

// change replaces the field of a name with an index from 1, or removes it where the value is empty; one that is not there is added.
func (s *Session) change(r *Result, c *milter.ModifyAction) error {
	nth := uint32(0)
	for i, field := range r.Fields {
		name, _, _ := bytes.Cut(field, []byte(":"))
		if !strings.EqualFold(strings.TrimSpace(string(name)), c.HeaderName) {
			continue
		}
		if nth++; nth < max(c.HeaderIndex, 1) {
			continue
		}
		if c.HeaderValue == "" {
			r.Fields = slices.Delete(slices.Clone(r.Fields), i, i+1)
			return nil
		}
		changed, err := s.field(c)
		r.Fields = slices.Clone(r.Fields)
		r.Fields[i] = changed
		return err
	}
	if c.HeaderValue == "" {
		return nil
	}
	field, err := s.field(c)
	r.Fields = append(slices.Clip(r.Fields), field)
	return err
}

// field writes a field of the filter's, which must be one: lines that continue it begin with a blank.
func (s *Session) field(c *milter.ModifyAction) ([]byte, error) {
	value := strings.ReplaceAll(c.HeaderValue, "\r\n", "\n")
	bad := c.HeaderName == "" || len(value) > maxInserted || strings.ContainsAny(value, "\r\x00") ||
		strings.ContainsFunc(c.HeaderName, func(r rune) bool { return r <= ' ' || r >= 0x7F || r == ':' })
	for _, line := range strings.Split(value, "\n")[1:] {
		bad = bad || line == "" || line[0] != ' ' && line[0] != '\t' || strings.TrimSpace(line) == ""
	}
	if bad {
		return nil, fmt.Errorf("milter: the filter gives a malformed field %.60q", c.HeaderName)
	}
	if !s.wire.ProtocolOption(milter.OptHeaderLeadingSpace) {
		value = " " + value
	}
	return []byte(c.HeaderName + ":" + strings.ReplaceAll(value, "\n", "\r\n") + "\r\n"), nil
}
