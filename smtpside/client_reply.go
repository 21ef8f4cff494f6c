package smtpside

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// How much a host may say at once. RFC 5321 4.5.3.1.5 allows 512 octets on a line; some say more.
const maxReplyLines = 100

var errReplyTooLong = errors.New("reply is too long")

// readReply reads one reply. The timeout is for the whole of it, so that a host cannot talk for ever.
func (c *client) readReply(timeout time.Duration) (Status, error) {
	c.conn.SetReadDeadline(time.Now().Add(timeout))
	var raw strings.Builder
	for range maxReplyLines {
		line, err := c.in.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return Status{}, c.fail(errReplyTooLong)
		case errors.Is(err, io.EOF):
			return Status{}, c.fail(io.ErrUnexpectedEOF)
		case err != nil:
			return Status{}, c.fail(err)
		}
		_, more, _, err := cutReply(string(bytes.TrimRight(line, "\r\n")))
		if err != nil {
			return Status{}, c.fail(err)
		}
		raw.Write(line)
		if more {
			continue
		}
		s, err := ParseStatus(raw.String())
		if err != nil {
			return Status{}, c.fail(err)
		}
		if s.Code == 421 { // the host hangs up (RFC 5321 4.2.3)
			c.broken = true
		}
		return s, nil
	}
	return Status{}, c.fail(errReplyTooLong)
}

// fail notes that the connection is of no further use.
func (c *client) fail(err error) error {
	c.broken = true
	return err
}

// command says a line and returns the reply.
func (c *client) command(line string, timeout time.Duration) (Status, error) {
	if err := c.send(line); err != nil {
		return Status{}, err
	}
	if err := c.flush(); err != nil {
		return Status{}, err
	}
	return c.readReply(timeout)
}

// send queues a line.
func (c *client) send(line string) error {
	if strings.ContainsAny(line, "\r\n\x00") { // nothing gets here unchecked; should it, it does no harm
		return c.fail(fmt.Errorf("command %.20q has a line end", line))
	}
	if _, err := c.out.WriteString(line + "\r\n"); err != nil {
		return c.fail(err)
	}
	return nil
}

func (c *client) flush() error {
	if err := c.out.Flush(); err != nil {
		return c.fail(err)
	}
	return nil
}
