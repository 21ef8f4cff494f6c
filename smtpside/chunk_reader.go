package smtpside

import (
	"bytes"
	"errors"
	"io"

	"github.com/emersion/go-smtp"
)

// A wholeReader reads a message and tells afterwards whether it came whole.
type wholeReader interface {
	io.Reader
	// finish reads what is left; its error is what the client shall get for a message that did not come whole.
	finish() error
	// cause is what was wrong with the connection, if anything.
	cause() error
}

// A chunkReader reads the message of one or several BDAT from go-smtp. Text keeps its line ends strict there as well: the
// message must not turn into two when it is sent on with DATA (RFC 3030 3 wants canonical lines).
type chunkReader struct {
	r    io.Reader
	last byte
	err  error
}

// Read implements io.Reader.
func (c *chunkReader) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.r.Read(p)
	if n > 0 {
		if bad := c.check(p[:n]); bad != nil {
			n, err = 0, bad
		}
	}
	switch {
	case err == nil:
	case errors.Is(err, io.EOF):
		if c.last == '\r' {
			err = errBareCR
		}
	case errors.Is(err, smtp.ErrDataReset):
		err = ConnectionLost("")
	}
	c.err = err
	return n, err
}

// check looks for a NUL, and for a CR or LF that stands alone.
func (c *chunkReader) check(b []byte) error {
	if bytes.IndexByte(b, 0) >= 0 {
		return errNUL
	}
	if c.last == '\r' && b[0] != '\n' {
		return errBareCR
	}
	for i := 0; i < len(b); {
		n := bytes.IndexAny(b[i:], "\r\n")
		if n < 0 {
			break
		}
		i += n
		if b[i] == '\n' && !(i > 0 && b[i-1] == '\r' || i == 0 && c.last == '\r') {
			return errBareLF
		}
		if b[i] == '\r' && i+1 < len(b) && b[i+1] != '\n' {
			return errBareCR
		}
		i++
	}
	c.last = b[len(b)-1]
	return nil
}

func (c *chunkReader) finish() error {
	scratch := make([]byte, 4096)
	for c.err == nil {
		c.Read(scratch)
	}
	if errors.Is(c.err, io.EOF) {
		return nil
	}
	return c.err
}

func (c *chunkReader) cause() error { return nil }
