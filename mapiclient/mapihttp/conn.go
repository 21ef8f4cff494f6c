package mapihttp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// maxHeader is the most an answer's status line and headers may have, in bytes.
const maxHeader = 64 * 1024

var (
	errHeaderTooLarge = fmt.Errorf("headers of more than %d bytes", maxHeader)
	errStalled        = errors.New("the server fell silent")
)

// A boundedConn reads from a connection with a limit on silence and, while a
// header is read, on bytes. Cancelling goes by closing it.
type boundedConn struct {
	net.Conn
	stall time.Duration
	// budget is how many bytes may still be read; negative is any number.
	budget int
}

// Read implements io.Reader.
func (c *boundedConn) Read(p []byte) (int, error) {
	if c.budget == 0 {
		return 0, errHeaderTooLarge
	}
	if c.budget > 0 && len(p) > c.budget {
		p = p[:c.budget]
	}
	if err := c.SetReadDeadline(time.Now().Add(c.stall)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Read(p)
	if c.budget > 0 {
		c.budget -= n
	}
	if isTimeout(err) {
		err = fmt.Errorf("%w for %v", errStalled, c.stall)
	}
	return n, err
}

func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

// closeOnDone closes c when ctx ends, so that whatever waits on it returns.
// The function it gives ends that and tells whether ctx had not ended before.
func closeOnDone(ctx context.Context, c net.Conn) (stop func() bool) {
	return context.AfterFunc(ctx, func() { _ = c.Close() })
}

// orCause gives why ctx ended if it did, for the error of a connection that
// was closed under its user tells nothing.
func orCause(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
