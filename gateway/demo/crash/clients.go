package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

// clients send mail and write down what was accepted. They use nothing of the gateway's own SMTP.
type clients struct {
	addr       string
	accepted   atomic.Int64
	acks       *os.File
	unanswered *os.File
}

func newClients(out, addr string) (*clients, error) {
	acks, err := os.Create(filepath.Join(out, "accepted.txt"))
	if err != nil {
		return nil, err
	}
	unanswered, err := os.Create(filepath.Join(out, "unanswered.txt"))
	return &clients{addr: addr, acks: acks, unanswered: unanswered}, err
}

func (c *clients) close() { errors.Join(c.acks.Close(), c.unanswered.Close()) }

// send sends one mail after the other until done says so. Each is sent again until it is accepted.
func (c *clients) send(ctx context.Context, client int, done func() bool) {
	var conn *session
	for n := 0; !done() && ctx.Err() == nil; n++ {
		id := fmt.Sprintf("<%d.%d.%d@load.example.test>", os.Getpid(), client, n)
		to := fmt.Sprintf("r%d@direct.test", n)
		if n%2 == 1 {
			to = fmt.Sprintf("r%d@through-exchange.test", n)
		}
		for ctx.Err() == nil {
			if conn == nil {
				conn = dial(c.addr)
			}
			answered, err := conn.mail(id, to, message(id, to, n))
			if err == nil {
				break
			}
			if !answered {
				fmt.Fprintln(c.unanswered, id)
			}
			conn.close()
			conn = nil
			time.Sleep(20 * time.Millisecond)
		}
		if ctx.Err() == nil {
			fmt.Fprintln(c.acks, id) // one write: lines of several clients do not mix
			c.accepted.Add(1)
		}
		time.Sleep(5 * time.Millisecond)
	}
	conn.close()
}

// message makes mails of many sizes; some are large enough to be kept as files.
func message(id, to string, n int) string {
	lines := 20
	if n%10 == 0 {
		lines = 2000
	}
	return fmt.Sprintf("From: robot@example.test\r\nTo: %s\r\nSubject: load %d\r\nMessage-ID: %s\r\nDate: Sun, 01 Mar 2026 12:00:00 +0000\r\n\r\n%s",
		to, n, id, strings.Repeat("All work and no play makes a dull gateway.\r\n", lines))
}

// A session is one SMTP connection; nil is one that could not be had.
type session struct{ *textproto.Conn }

func dial(addr string) *session {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return nil
	}
	conn.SetDeadline(time.Now().Add(time.Minute))
	s := &session{textproto.NewConn(conn)}
	if _, _, err := s.ReadResponse(220); err != nil {
		s.close()
		return nil
	}
	if err := s.say(250, "EHLO load.example.test"); err != nil {
		s.close()
		return nil
	}
	return s
}

func (s *session) close() {
	if s != nil {
		s.Close()
	}
}

func (s *session) say(code int, line string) error {
	if err := s.PrintfLine("%s", line); err != nil {
		return err
	}
	_, _, err := s.ReadResponse(code)
	return err
}

// mail sends one mail. answered is false when the message was sent and no answer came: nobody knows then.
func (s *session) mail(id, to, text string) (answered bool, err error) {
	if s == nil {
		return true, errors.New("no connection")
	}
	for _, step := range []struct {
		code int
		line string
	}{{250, "MAIL FROM:<robot@example.test>"}, {250, "RCPT TO:<" + to + ">"}, {354, "DATA"}} {
		if err := s.say(step.code, step.line); err != nil {
			return true, err
		}
	}
	err = s.say(250, text+".")
	var refused *textproto.Error
	return err == nil || errors.As(err, &refused), err
}
