// Package smtptest is an SMTP server that keeps what it gets, for tests and demonstrations. It works like httptest:
//
//	sink, err := smtptest.NewSink(smtptest.Options{})
//	defer sink.Close()
//	... send to sink.Addr ...
//	mails, err := sink.WaitFor(ctx, 1)
//
// It is a server of its own, not the gateway's, so that the two ends of a test do not share their mistakes. It believes
// whatever it is told, and it fails on demand (Fault): replies at any point, cut connections, delays, greylisting.
package smtptest

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options say how a Sink behaves; the zero value works.
type Options struct {
	Addr       string            // default 127.0.0.1:0
	Hostname   string            // default sink.test
	TLS        *tls.Config       // offers STARTTLS
	Implicit   bool              // TLS from the start
	Users      map[string]string // offers AUTH PLAIN and LOGIN, and wants it before MAIL
	Without    []string          // extensions not offered, such as "8BITMIME"; "EHLO" for a server that knows only HELO
	MaxSize    int64             // announced by SIZE; default 100 MiB
	Ledger     io.Writer         // gets the Message-ID of each mail, one a line ("-" for none), before the mail is answered
	Received   func(Mail) error  // told of each mail before it is answered; an error refuses it with 452
	Keep       int               // mails kept; default 10000, the oldest go first
	KeepOctets int               // of each mail; default all
}

// A Mail is what a sink got.
type Mail struct {
	From       string
	FromParams string   // as on the wire
	To         []string //
	ToParams   []string // one for each of To
	Helo       string
	User       string // by AUTH
	TLS        bool
	Session    int    // which connection it came by, counted from 1
	Raw        []byte // CRLF, unstuffed
	Size       int64  // of the whole, where only a part was kept
	At         time.Time
}

// MessageID returns the Message-ID header with its angle brackets, or "".
func (m Mail) MessageID() string { return strings.TrimSpace(m.Header("Message-Id")) }

// Header returns the first header of that name, unfolded but not decoded, or "".
func (m Mail) Header(name string) string {
	msg, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		return ""
	}
	return msg.Header.Get(name)
}

// A Sink is an SMTP server that keeps what it gets.
type Sink struct {
	Addr string // where it listens

	opts     Options
	listener net.Listener
	running  sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	conns    map[net.Conn]struct{}
	sessions int
	mails    []Mail
	count    int
	arrived  chan struct{} // closed at the next arrival
	ended    chan struct{} // closed by Close
	faults   []*faultState
}

// NewSink starts one; Close stops it.
func NewSink(opts Options) (*Sink, error) {
	if opts.Addr == "" {
		opts.Addr = "127.0.0.1:0"
	}
	if opts.Hostname == "" {
		opts.Hostname = "sink.test"
	}
	if opts.MaxSize == 0 {
		opts.MaxSize = 100 << 20
	}
	if opts.Keep == 0 {
		opts.Keep = 10000
	}
	if opts.Implicit && opts.TLS == nil {
		return nil, errors.New("smtptest: implicit TLS needs a TLS configuration")
	}
	l, err := net.Listen("tcp", opts.Addr)
	if err != nil {
		return nil, fmt.Errorf("smtptest: %w", err)
	}
	s := &Sink{
		Addr:     l.Addr().String(),
		opts:     opts,
		listener: l,
		conns:    make(map[net.Conn]struct{}),
		arrived:  make(chan struct{}),
		ended:    make(chan struct{}),
	}
	s.running.Go(s.accept)
	return s, nil
}

func (s *Sink) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		if s.closed {
			conn.Close()
		}
		s.conns[conn] = struct{}{}
		s.sessions++
		number := s.sessions
		s.mu.Unlock()
		s.running.Go(func() {
			newSession(s, conn, number).run()
			conn.Close()
			s.mu.Lock()
			delete(s.conns, conn)
			s.mu.Unlock()
		})
	}
}

// Mails returns what came so far, as far as it is kept.
func (s *Sink) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// Count says how many mails came, kept or not.
func (s *Sink) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// Sessions says how many connections came.
func (s *Sink) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions
}

// WaitFor returns the mails as soon as n have come, or what came and ctx's error.
func (s *Sink) WaitFor(ctx context.Context, n int) ([]Mail, error) {
	for {
		s.mu.Lock()
		count, arrived := s.count, s.arrived
		s.mu.Unlock()
		if count >= n {
			return s.Mails(), nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return s.Mails(), fmt.Errorf("smtptest: %d of %d mails came: %w", count, n, ctx.Err())
		}
	}
}

// keep takes a mail; an error is the ledger's or that of Received.
func (s *Sink) keep(m Mail) error {
	if s.opts.Received != nil {
		if err := s.opts.Received(m); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.opts.Ledger != nil {
		id := m.MessageID()
		if id == "" {
			id = "-"
		}
		if _, err := io.WriteString(s.opts.Ledger, id+"\n"); err != nil {
			return err
		}
	}
	s.count++
	s.mails = append(s.mails, m)
	if extra := len(s.mails) - s.opts.Keep; extra > 0 {
		s.mails = slices.Delete(s.mails, 0, extra)
	}
	close(s.arrived)
	s.arrived = make(chan struct{})
	return nil
}

// Close stops listening, cuts all connections and waits for their ends.
func (s *Sink) Close() error {
	s.mu.Lock()
	if !s.closed {
		close(s.ended)
	}
	s.closed = true
	err := s.listener.Close()
	for conn := range s.conns {
		conn.Close()
	}
	s.mu.Unlock()
	s.running.Wait()
	return err
}
