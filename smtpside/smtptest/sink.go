// Package smtptest is an SMTP server that keeps what it gets, for tests and demonstrations.
package smtptest

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"time"
)

// Options say how a Sink behaves; the zero value works.
type Options struct {
	Addr     string      // default 127.0.0.1:0
	Hostname string      // default sink.test
	TLS      *tls.Config // offers STARTTLS
	Implicit bool        // TLS from the start
	Ledger   io.Writer   // gets the Message-ID of each mail, one a line, before the mail is answered
	Keep     int         // mails kept; default 10000, the oldest go first
}

// A Mail is what a sink got.
type Mail struct {
	From       string
	FromParams string // as on the wire
	To         []string
	ToParams   []string
	Helo       string
	TLS        bool
	Raw        []byte // CRLF, unstuffed
	At         time.Time
}

// MessageID returns the Message-ID header with its angle brackets, or "".
func (m Mail) MessageID() string { return "" }

// A Sink is an SMTP server that keeps what it gets.
type Sink struct {
	Addr string // where it listens
}

// NewSink starts one; Close stops it.
func NewSink(opts Options) (*Sink, error) { return nil, errors.ErrUnsupported }

// Mails returns what came so far.
func (s *Sink) Mails() []Mail { return nil }

// WaitFor returns the mails as soon as n have come, or ctx's error.
func (s *Sink) WaitFor(ctx context.Context, n int) ([]Mail, error) { return nil, ctx.Err() }

// Fail adds a fault.
func (s *Sink) Fail(f Fault) {}

// Heal removes all faults.
func (s *Sink) Heal() {}

// Close stops the sink.
func (s *Sink) Close() error { return nil }

// A Fault is something that goes wrong on demand.
type Fault struct {
	Verb  string // "CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "." (after the final dot), "RSET", "QUIT"
	Match string // with MAIL and RCPT: only this address
	Skip  int    // the first Skip matches pass
	Times int    // how often; 0 means always

	Delay  time.Duration // wait first
	Reply  string        // say this, e.g. "450 4.2.0 greylisted"
	Drop   bool          // cut the connection (after Reply, if any)
	Record bool          // with "." and Drop: keep the mail first
}
