package rewrite

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/mapigate/mapigate/mapping/mime"
)

const (
	// maxAddresses is how many addresses of a field are looked at; a field with more stays as it is.
	maxAddresses = 10_000
	// maxHeader is how much of a header is looked at, in bytes; what comes behind stays as it is.
	maxHeader = 1 << 20
)

// fields are the header fields with addresses, and whose they are. RFC 5322 3.6, RFC 8098 2.1
var fields = map[string]Of{
	"from": Senders, "sender": Senders, "reply-to": Senders, "return-path": Senders, "errors-to": Senders,
	"disposition-notification-to": Senders, "return-receipt-to": Senders,
	"resent-from": Senders, "resent-sender": Senders, "resent-reply-to": Senders,
	"to": Recipients, "cc": Recipients, "bcc": Recipients,
	"resent-to": Recipients, "resent-cc": Recipients, "resent-bcc": Recipients,
}

// headers tells whether some rule is for headers.
func (t *Table) headers() bool {
	if t == nil {
		return false
	}
	for i := range t.rules {
		if t.rules[i].In&Headers != 0 {
			return true
		}
	}
	return false
}

// Header gives the fields of a header as they are behind the rules. block is whole fields with CRLF line ends; utf8 allows
// raw UTF-8 in what is written anew (RFC 6532).
func (t *Table) Header(block []byte, utf8 bool) []byte {
	if !t.headers() {
		return block
	}
	out := make([]byte, 0, len(block)+64)
	for len(block) > 0 {
		n := fieldLength(block)
		out = t.field(out, block[:n], utf8)
		block = block[n:]
	}
	return out
}

// fieldLength is the length of the first field with its continuations.
func fieldLength(block []byte) int {
	for n := 0; ; {
		i := bytes.IndexByte(block[n:], '\n')
		if i < 0 {
			return len(block)
		}
		n += i + 1
		if n == len(block) || block[n] != ' ' && block[n] != '\t' {
			return n
		}
	}
}

// field appends a field.
func (t *Table) field(out, raw []byte, utf8 bool) []byte {
	name, value, ok := strings.Cut(string(raw), ":")
	of := fields[strings.ToLower(strings.TrimRight(name, " \t"))]
	if !ok || of == 0 {
		return append(out, raw...)
	}
	list, more := mime.ParseAddresses(value, maxAddresses)
	changed := false
	for i := range list {
		to, ok := t.Address(of, Headers, list[i].Addr)
		if ok {
			list[i].Addr, changed = to, true
		}
	}
	if !changed || more {
		return append(out, raw...)
	}
	return mime.AppendField(out, strings.TrimRight(name, " \t"), mime.FormatAddresses(list, utf8))
}

// Body gives a mail with its header rewritten. Reading goes on from r.
func (t *Table) Body(r io.Reader, utf8 bool) (io.Reader, error) {
	if !t.headers() {
		return r, nil
	}
	br := bufio.NewReaderSize(r, 16<<10)
	var block []byte
	for len(block) < maxHeader {
		line, err := br.ReadSlice('\n')
		long := errors.Is(err, bufio.ErrBufferFull)
		if len(bytes.TrimRight(line, "\r\n")) == 0 && !long || err != nil && !long {
			if err != nil && !errors.Is(err, io.EOF) {
				return nil, err
			}
			rest := append([]byte(nil), line...)
			if len(bytes.TrimRight(line, "\r\n")) > 0 { // the header ends without a line end
				block, rest = append(block, line...), nil
			}
			return io.MultiReader(bytes.NewReader(t.Header(block, utf8)), bytes.NewReader(rest), br), nil
		}
		block = append(block, line...)
	}
	return io.MultiReader(bytes.NewReader(block), br), nil
}
