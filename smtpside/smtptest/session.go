package smtptest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
)

var errDropped = errors.New("connection cut on demand")

// A session is one client's conversation.
type session struct {
	sink   *Sink
	conn   net.Conn
	in     *bufio.Reader
	out    *bufio.Writer
	number int
	helo   string
	user   string
	tls    bool
	mail   *Mail // the transaction
}

func newSession(sink *Sink, conn net.Conn, number int) *session {
	s := &session{sink: sink, number: number}
	s.attach(conn)
	return s
}

func (s *session) attach(conn net.Conn) {
	s.conn, s.in, s.out = conn, bufio.NewReaderSize(conn, 64<<10), bufio.NewWriter(conn)
}

// run serves the client until it or the connection ends.
func (s *session) run() {
	if s.sink.opts.Implicit && s.handshake() != nil {
		return
	}
	err := s.faulty("CONNECT", "", func() error { return s.say("220 %s ESMTP sink", s.sink.opts.Hostname) })
	for err == nil {
		err = s.command()
	}
	s.out.Flush()
}

// say queues a reply line.
func (s *session) say(format string, args ...any) error {
	_, err := fmt.Fprintf(s.out, format+"\r\n", args...)
	return err
}

// readLine returns the next line without its end; replies go out when nothing more is there to read.
func (s *session) readLine() ([]byte, error) {
	if have, _ := s.in.Peek(s.in.Buffered()); bytes.IndexByte(have, '\n') < 0 {
		if err := s.out.Flush(); err != nil {
			return nil, err
		}
	}
	line, err := s.in.ReadBytes('\n')
	return bytes.TrimRight(line, "\r\n"), err
}

// faulty does what shall go wrong now, or the usual.
func (s *session) faulty(verb, address string, usual func() error) error {
	f, ok := s.sink.fault(verb, address)
	if !ok {
		return usual()
	}
	if f.Delay > 0 {
		s.out.Flush()
		select {
		case <-time.After(f.Delay):
		case <-s.sink.ended:
			return errDropped
		}
	}
	if f.Record && verb == "." {
		if err := s.sink.keep(*s.mail); err != nil {
			return err
		}
	}
	if f.Reply != "" {
		if err := s.say("%s", f.Reply); err != nil {
			return err
		}
	}
	switch {
	case f.Drop:
		return errDropped
	case f.Reply != "":
		return nil
	}
	return usual()
}

// command serves one command.
func (s *session) command() error {
	line, err := s.readLine()
	if err != nil {
		return err
	}
	verb, arg, _ := strings.Cut(string(line), " ")
	verb = strings.ToUpper(verb)
	address, params := "", ""
	if verb == "MAIL" || verb == "RCPT" {
		if address, params, err = cutPath(arg); err != nil {
			return s.say("501 5.5.2 %v", err)
		}
	}
	return s.faulty(verb, address, func() error { return s.serve(verb, arg, address, params) })
}

// cutPath splits "FROM:<a@b> PARAMS".
func cutPath(arg string) (address, params string, err error) {
	_, rest, ok := strings.Cut(arg, ":<")
	end := strings.LastIndex(rest, ">")
	if !ok || end < 0 {
		return "", "", errors.New("no <address>")
	}
	return rest[:end], strings.TrimSpace(rest[end+1:]), nil
}

func (s *session) serve(verb, arg, address, params string) error {
	switch verb {
	case "EHLO":
		return s.ehlo(arg)
	case "HELO":
		s.helo, s.mail = arg, nil
		return s.say("250 %s", s.sink.opts.Hostname)
	case "STARTTLS":
		return s.startTLS()
	case "AUTH":
		return s.auth(arg)
	case "MAIL":
		return s.from(address, params)
	case "RCPT":
		if s.mail == nil {
			return s.say("503 5.5.1 MAIL first")
		}
		s.mail.To = append(s.mail.To, address)
		s.mail.ToParams = append(s.mail.ToParams, params)
		return s.say("250 2.1.5 ok")
	case "DATA":
		return s.data()
	case "RSET":
		s.mail = nil
		return s.say("250 2.0.0 ok")
	case "NOOP":
		return s.say("250 2.0.0 ok")
	case "QUIT":
		s.say("221 2.0.0 bye")
		return errDropped
	}
	return s.say("500 5.5.2 unknown command")
}

// ehlo answers with the extensions that are offered now.
func (s *session) ehlo(name string) error {
	o := &s.sink.opts
	if slices.Contains(o.Without, "EHLO") {
		return s.say("502 5.5.1 not implemented")
	}
	s.helo, s.mail = name, nil
	words := []string{"PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "DSN", fmt.Sprintf("SIZE %d", o.MaxSize)}
	if o.TLS != nil && !s.tls {
		words = append(words, "STARTTLS")
	}
	if len(o.Users) > 0 {
		words = append(words, "AUTH PLAIN LOGIN")
	}
	words = slices.DeleteFunc(words, func(w string) bool {
		keyword, _, _ := strings.Cut(w, " ")
		return slices.Contains(o.Without, keyword)
	})
	lines := append([]string{o.Hostname}, words...)
	for _, line := range lines[:len(lines)-1] {
		s.say("250-%s", line)
	}
	return s.say("250 %s", lines[len(lines)-1])
}

func (s *session) startTLS() error {
	if s.sink.opts.TLS == nil || s.tls {
		return s.say("502 5.5.1 not offered")
	}
	s.say("220 2.0.0 go ahead")
	if err := s.out.Flush(); err != nil {
		return err
	}
	s.helo, s.user, s.mail = "", "", nil
	return s.handshake()
}

func (s *session) handshake() error {
	conn := tls.Server(s.conn, s.sink.opts.TLS)
	if err := conn.Handshake(); err != nil {
		return err
	}
	s.tls = true
	s.attach(conn)
	return nil
}

// auth knows PLAIN with its initial response, and LOGIN.
func (s *session) auth(arg string) error {
	mechanism, initial, _ := strings.Cut(arg, " ")
	var user, password string
	switch strings.ToUpper(mechanism) {
	case "PLAIN":
		raw, _ := base64.StdEncoding.DecodeString(initial)
		if parts := strings.Split(string(raw), "\x00"); len(parts) == 3 {
			user, password = parts[1], parts[2]
		}
	case "LOGIN":
		if raw, _ := base64.StdEncoding.DecodeString(initial); len(raw) > 0 {
			user = string(raw)
		} else {
			user = s.ask("Username:")
		}
		password = s.ask("Password:")
	default:
		return s.say("504 5.5.4 unknown mechanism")
	}
	if want, ok := s.sink.opts.Users[user]; !ok || want != password {
		return s.say("535 5.7.8 wrong credentials")
	}
	s.user = user
	return s.say("235 2.7.0 ok")
}

// ask returns the answer to a challenge, "" if there is none.
func (s *session) ask(what string) string {
	s.say("334 %s", base64.StdEncoding.EncodeToString([]byte(what)))
	line, _ := s.readLine()
	answer, _ := base64.StdEncoding.DecodeString(string(line))
	return string(answer)
}

func (s *session) from(address, params string) error {
	switch {
	case s.helo == "":
		return s.say("503 5.5.1 EHLO first")
	case s.mail != nil:
		return s.say("503 5.5.1 nested MAIL")
	case len(s.sink.opts.Users) > 0 && s.user == "":
		return s.say("530 5.7.0 authentication required")
	}
	s.mail = &Mail{From: address, FromParams: params, Helo: s.helo, User: s.user, TLS: s.tls, Session: s.number}
	return s.say("250 2.1.0 ok")
}

// data takes a message.
func (s *session) data() error {
	if s.mail == nil || len(s.mail.To) == 0 {
		return s.say("503 5.5.1 RCPT first")
	}
	s.say("354 go ahead")
	if err := s.readMessage(); err != nil {
		return err
	}
	defer func() { s.mail = nil }()
	s.mail.At = time.Now()
	return s.faulty(".", s.mail.From, func() error {
		if err := s.sink.keep(*s.mail); err != nil {
			return s.say("452 4.3.1 ledger: %v", err)
		}
		return s.say("250 2.0.0 kept")
	})
}

// readMessage reads up to the final dot. Only CR LF ends a line.
func (s *session) readMessage() error {
	if err := s.out.Flush(); err != nil {
		return err
	}
	if _, err := s.in.Peek(1); err != nil {
		return err
	}
	if err := s.faulty("BODY", "", func() error { return nil }); err != nil {
		return err
	}
	keep := s.sink.opts.KeepOctets
	start := true
	for {
		line, err := s.in.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		if start && string(line) == ".\r\n" {
			return nil
		}
		if start && line[0] == '.' {
			line = line[1:]
		}
		start = bytes.HasSuffix(line, []byte("\r\n"))
		s.mail.Size += int64(len(line))
		if keep == 0 || len(s.mail.Raw) < keep {
			s.mail.Raw = append(s.mail.Raw, line...)
		}
	}
}
