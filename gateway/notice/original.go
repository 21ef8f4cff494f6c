package notice

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/mapigate/mapigate/gateway/mail"
)

// maxHeader bounds the header that is returned.
const maxHeader = 256 << 10

// An original is what comes back of the mail that is reported on.
type original struct {
	data  []byte
	whole bool
}

// readOriginal reads what is to be returned: whole mails only with failures. RFC 3461 4.3
func readOriginal(r Request) (original, error) {
	if r.Original == nil {
		return original{}, nil
	}
	limit := int64(maxFull)
	if r.Mail.Envelope.Ret == "FULL" {
		limit = maxFullAsked
	}
	if r.Kind != Failure || r.Mail.Envelope.Ret == "HDRS" || r.Mail.Body == nil || r.Mail.Body.Size() > limit {
		data, err := readHeader(r.Original)
		return original{data: data}, err
	}
	data, err := io.ReadAll(io.LimitReader(r.Original, limit))
	return original{data: withFinalBreak(data), whole: true}, err
}

// readHeader reads a header block, without the empty line, but not more than maxHeader of it in whole lines.
func readHeader(r io.Reader) ([]byte, error) {
	var data []byte
	buf := make([]byte, 8<<10)
	for {
		n, err := r.Read(buf)
		data = append(data, buf[:n]...)
		if end := headerEnd(data); end >= 0 {
			return data[:end], nil
		}
		if len(data) >= maxHeader {
			return data[:bytes.LastIndexByte(data[:maxHeader], '\n')+1], nil
		}
		if errors.Is(err, io.EOF) {
			return withFinalBreak(data), nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// headerEnd is where the header block ends, its last line break included, or -1.
func headerEnd(data []byte) int {
	if bytes.HasPrefix(data, []byte("\r\n")) {
		return 0
	}
	if i := bytes.Index(data, []byte("\r\n\r\n")); i >= 0 {
		return i + 2
	}
	return -1
}

func withFinalBreak(data []byte) []byte {
	if len(data) > 0 && !bytes.HasSuffix(data, []byte("\r\n")) {
		return append(data, "\r\n"...)
	}
	return data
}

// needsUTF8 tells whether the report must be of the kind of RFC 6533: the mail was, or an address has to be.
func needsUTF8(r Request, o original) bool {
	addresses := []string{r.Mail.Envelope.From}
	for _, to := range r.Recipients {
		addresses = append(addresses, to.Address, to.OrigRecipient)
	}
	return r.Mail.Envelope.SMTPUTF8 && !isASCII(headerOf(o)) || !isASCII([]byte(strings.Join(addresses, "")))
}

func headerOf(o original) []byte {
	if end := headerEnd(o.data); end >= 0 {
		return o.data[:end]
	}
	return o.data
}

// returned writes the part with the mail that is reported on.
func (c *composer) returned() {
	if len(c.original.data) == 0 {
		return
	}
	contentType, description := c.either("text/rfc822-headers", "message/global-headers"), "Header of the message"
	if c.original.whole {
		contentType, description = c.either("message/rfc822", "message/global"), "The message"
	}
	encoding := "7bit"
	if !isASCII(c.original.data) {
		encoding = "8bit"
	}
	c.part(contentType, encoding, description)
	c.out.Write(c.original.data)
}

// action is the Action field for a recipient. RFC 3464 2.3.3
func (c *composer) action(o mail.Outcome) string {
	switch {
	case c.Kind == Failure:
		return "failed"
	case c.Kind == Delay:
		return "delayed"
	case o.Relayed:
		return "relayed"
	}
	return "delivered"
}
