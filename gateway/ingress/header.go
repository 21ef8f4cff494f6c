package ingress

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/encoding/htmlindex"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/smtpside"
)

// A header is the header of a mail as it goes on: its fields as they came, without those that must not travel.
type header struct {
	fields    bytes.Buffer
	unparted  bool // there was no empty line before what is body
	messageID string
	subject   string // decoded
	has       map[string]bool
	received  int
	delivered []string // to whom other hosts say that they have delivered it, in lower case
	passed    []string // ids under which gateways like this one have had the mail
	added     []string // what trace adds because it is missing
	from      bool     // repair has written a From
	repaired  []string // what it has mended
}

// The fields that we set.
const (
	idField     = mail.IDHeader
	passedField = "X-Mapigate-Passed" // its ids before, in this gateway and others
)

// dropped are the fields that must not travel: who got blind copies, what another hop says of the end of the way (RFC 5321
// 4.4), and what an Exchange organisation says to itself.
func dropped(name string) bool {
	switch name {
	case "bcc", "resent-bcc", "return-path", "x-mapigate-id", "x-mapigate-passed":
		return true
	}
	return strings.HasPrefix(name, "x-ms-exchange-organization-") || strings.HasPrefix(name, "x-ms-exchange-forest-")
}

// readHeader reads the header and refuses what goes round in circles. rest is what comes after the header's last field.
func (s *session) readHeader(r io.Reader) (*header, io.Reader, error) {
	br := bufio.NewReaderSize(r, 16<<10)
	h := &header{has: map[string]bool{}}
	if err := h.read(br, s.opts.MaxHeader); err != nil {
		if errors.Is(err, errHeaderTooLarge) {
			return nil, nil, s.refuse("header", smtpside.BadContent("the header is too large"))
		}
		return nil, nil, err
	}
	if h.received > s.opts.MaxReceived || len(h.passed) >= s.opts.MaxPasses || s.deliveredBefore(h) {
		// RFC 5321 6.3; X.4.6 is "routing loop detected", RFC 3463 3.5
		return nil, nil, s.refuse("loop", smtpside.Status{Code: 554, Detail: "4.6", Text: "this mail goes round in circles"})
	}
	return h, br, nil
}

// deliveredBefore tells whether one of the recipients has had the mail: it comes back from whoever he forwards to.
func (s *session) deliveredBefore(h *header) bool {
	return slices.ContainsFunc(s.envelope.Recipients, func(r mail.Recipient) bool {
		return slices.Contains(h.delivered, strings.ToLower(r.Address))
	})
}

var errHeaderTooLarge = errors.New("the header is too large")

// read takes fields until what follows is none: the empty line, or the body of a mail that has no header or no empty line.
func (h *header) read(br *bufio.Reader, limit int) error {
	if mbox, _ := br.Peek(5); string(mbox) == "From " { // the separator of an mbox file, from careless scripts
		if _, err := readField(br, limit); err != nil {
			return err
		}
	}
	size := 0
	for {
		if ok, err := startsField(br); err != nil || !ok {
			if h.unparted = err == nil && !startsEmptyLine(br); h.unparted && h.any() {
				h.mended("no empty line behind the header")
			}
			return err
		}
		field, err := readField(br, limit-size)
		if err != nil {
			return err
		}
		size += len(field)
		h.take(field)
	}
}

func (h *header) any() bool { return len(h.has) > 0 }

// startsField looks whether a field begins here: a name and a colon. RFC 5322 2.2
func startsField(br *bufio.Reader) (bool, error) {
	for n := 1; ; n++ {
		line, err := br.Peek(n)
		if len(line) < n {
			if errors.Is(err, io.EOF) {
				return false, nil
			}
			return false, err
		}
		switch c := line[n-1]; {
		case c == ':':
			return n > 1, nil
		case c == ' ' || c == '\t': // "Subject : x" is obsolete, but a field; "From bob" is not. RFC 5322 4.5.8
			return n > 1 && colonAfterBlanks(br, n), nil
		case c < 33 || c > 126 || n > 998:
			return false, nil
		}
	}
}

func colonAfterBlanks(br *bufio.Reader, n int) bool {
	for n++; ; n++ {
		line, _ := br.Peek(n)
		if len(line) < n || n > 998 {
			return false
		}
		if c := line[n-1]; c != ' ' && c != '\t' {
			return c == ':'
		}
	}
}

func startsEmptyLine(br *bufio.Reader) bool {
	line, _ := br.Peek(2)
	return len(line) < 2 || string(line) == "\r\n"
}

// readField reads one field with its continuation lines.
func readField(br *bufio.Reader, limit int) ([]byte, error) {
	var field []byte
	for {
		line, err := br.ReadSlice('\n')
		field = append(field, line...)
		if len(field) > limit {
			return nil, errHeaderTooLarge
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if errors.Is(err, io.EOF) {
			return append(bytes.TrimRight(field, "\r\n"), "\r\n"...), nil
		}
		if err != nil {
			return nil, err
		}
		if next, err := br.Peek(1); len(next) == 0 || next[0] != ' ' && next[0] != '\t' {
			if err != nil && !errors.Is(err, io.EOF) {
				return nil, err
			}
			return field, nil
		}
	}
}

// take notes what a field says and keeps it, unless it is one that must not travel.
func (h *header) take(field []byte) {
	name, value, _ := bytes.Cut(field, []byte(":"))
	key := strings.ToLower(strings.TrimSpace(string(name)))
	first := !h.has[key]
	h.has[key] = true
	switch key {
	case "received":
		h.received++
	case "delivered-to":
		h.delivered = append(h.delivered, strings.ToLower(strings.Trim(strings.TrimSpace(string(value)), "<>")))
	case "x-mapigate-id", "x-mapigate-passed":
		for _, id := range strings.Fields(string(value)) {
			if mail.ID(id).Valid() {
				h.passed = append(h.passed, id)
			}
		}
	case "message-id":
		if first {
			h.messageID = messageID(string(value))
		}
		if h.messageID == "" { // an empty one is as good as none
			delete(h.has, key)
			return
		}
	case "subject":
		if first {
			h.subject = decodeSubject(string(value))
		}
	}
	if !dropped(key) {
		h.fields.Write(field)
	}
}

// separator is the empty line behind the header where the mail had none: all must see the same end of the header.
func (h *header) separator() string {
	if h.unparted {
		return "\r\n"
	}
	return ""
}

// messageID finds the id in a Message-ID field, folded or not. What has no angle brackets is taken as it is.
func messageID(value string) string {
	value = strings.Join(strings.Fields(value), "")
	if i := strings.IndexByte(value, '<'); i >= 0 {
		if j := strings.IndexByte(value[i:], '>'); j > 1 {
			value = value[i : i+j+1]
		}
	}
	return value[:min(len(value), 900)]
}

// maxSubject is how much of a subject the queue keeps, in characters.
const maxSubject = 200

// decodeSubject reads encoded words (RFC 2047) and mends what is neither those nor UTF-8.
func decodeSubject(value string) string {
	value = strings.Join(strings.Fields(value), " ")
	words := mime.WordDecoder{CharsetReader: func(charset string, r io.Reader) (io.Reader, error) {
		e, err := htmlindex.Get(charset)
		if err != nil {
			return nil, err
		}
		return e.NewDecoder().Reader(r), nil
	}}
	if decoded, err := words.DecodeHeader(value); err == nil {
		value = decoded
	}
	value = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(value, "\uFFFD"))
	if runes := []rune(value); len(runes) > maxSubject {
		value = string(runes[:maxSubject])
	}
	return value
}

// trace gives the fields that go on top: Received (RFC 5321 4.4), our id, and what was mended.
func (s *session) trace(m *mail.Mail, h *header) string {
	var b strings.Builder
	to := ""
	if len(m.Envelope.Recipients) == 1 {
		to = m.Envelope.Recipients[0].Address
	}
	b.WriteString(s.peer.Received(s.opts.Hostname, string(m.ID), to, m.Received))
	fmt.Fprintf(&b, "%s: %s\r\n", idField, m.ID)
	if len(h.passed) > 0 {
		fmt.Fprintf(&b, "%s: %s\r\n", passedField, strings.Join(h.passed, " "))
	}
	if len(h.repaired) > 0 {
		fmt.Fprintf(&b, "%s: %s\r\n", repairedField, strings.Join(h.repaired, ",\r\n\t"))
	}
	return b.String()
}

// complete gives the fields that are missing. RFC 6409 8: a submission server completes what a client left out.
func (s *session) complete(m *mail.Mail, h *header) string {
	var b strings.Builder
	add := func(name, value string) {
		if !h.has[strings.ToLower(name)] {
			fmt.Fprintf(&b, "%s: %s\r\n", name, value)
			h.added = append(h.added, name)
		}
	}
	add("Date", m.Received.Format(time.RFC1123Z))
	add("Message-ID", m.MessageID)
	from := m.Envelope.From
	if from == "" {
		from = "postmaster@" + s.opts.Hostname
	}
	add("From", "<"+from+">")
	return b.String()
}
