package smtpside

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// A transcript runs against a fresh server.
type transcript struct {
	name   string
	opts   ServerOptions
	book   *notebook
	script string
	events string // what the backend must have heard; "" is not compared
	body   string
	act    func(t *testing.T, s *Server, addr string) // where the script has ACT
}

var transcripts = []transcript{
	{
		name: "one mail",
		script: `
			S: 220 mail.example ESMTP
			C: EHLO client.example
			S: 250-mail.example
			S: 250-PIPELINING
			S: 250-SIZE 52428800
			S: 250-ENHANCEDSTATUSCODES
			S: 250-8BITMIME
			S: 250-SMTPUTF8
			S: 250-CHUNKING
			S: 250-BINARYMIME
			S: 250 LIMITS RCPTMAX=1000
			C: MAIL FROM:<a@b.example> SIZE=100 BODY=8BITMIME
			S: 250 2.1.0
			C: RCPT TO:<c@d.example>
			S: 250 2.1.5
			C: DATA
			S: 354
			C: Subject: hi
			C:
			C: ..dot
			C: .
			S: 250 2.0.0 queued as 42
			C: QUIT
			S: 221 2.0.0
			EOF`,
		events: `NEW client.example ESMTP
			MAIL <a@b.example> ESMTP size=100
			RCPT <c@d.example>
			DATA 21
			RESET
			CLOSE`,
		body: "Subject: hi\r\n\r\n.dot\r\n",
	},
	{
		name: "pipelined, answers in order",
		script: `
			S: 220
			C= "EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\nRCPT TO:<bad\r\nDATA\r\n"
			S: *
			S: 250 2.1.0
			S: 250 2.1.5
			S: 501
			S: 354
			C= "x\r\n.\r\nRSET\r\nNOOP\r\nQUIT\r\n"
			S: 250 2.0.0 queued
			S: 250 2.0.0 reset
			S: 250 2.0.0 ok
			S: 221
			EOF`,
		body: "x\r\n",
	},
	{
		name: "HELO",
		script: `
			S: 220
			C: HELO old.example
			S: 250 2.0.0
			C: MAIL FROM:<a@b.example>
			S: 250 2.1.0`,
		events: "NEW old.example SMTP\nMAIL <a@b.example> SMTP",
	},
	{
		name: "out of sequence",
		script: `
			S: 220
			C: MAIL FROM:<a@b>
			S: 503 5.5.1
			C: EHLO
			S: 501
			C: EHLO x
			S: *
			C: RCPT TO:<a@b>
			S: 503 5.5.1
			C: DATA
			S: 503 5.5.1
			C: MAIL FROM:<a@b>
			S: 250
			C: MAIL FROM:<c@d>
			S: 503 5.5.1
			C: DATA
			S: 503 5.5.1
			C: AUTH PLAIN
			S: 502
			C: STARTTLS
			S: 502
			C: EHLO again
			S: *
			C: RCPT TO:<a@b>
			S: 503 5.5.1`,
	},
	{
		name: "bad commands",
		script: `
			S: 220
			C: WHAT
			S: 500 5.5.2
			C:
			S: 500 5.5.2
			C= "NOOP\x00\r\n"
			S: 501 5.5.2
			C= "NOOP\n"
			S: 501 5.5.2
			C= "NOOP\rNOOP\r\n"
			S: 501 5.5.2
			C= "NOOP \xff\r\n"
			S: 501 5.5.2
			C: noop
			S: 250
			C: VRFY someone
			S: 252
			C: EXPN list
			S: 502
			C: HELP
			S: 502`,
		events: " ",
	},
	{
		name: "bad addresses and parameters",
		script: `
			S: 220
			C: EHLO x
			S: *
			C: MAIL FROM:<"a"@b@c>
			S: 501 5.1.7
			C: MAIL FROM:a@b@c
			S: 501 5.1.7
			C: MAIL TO:<a@b>
			S: 501
			C: MAIL FROM:<jörg@b>
			S: 553 5.6.7
			C: MAIL FROM:<a@b> SIZE=999999999
			S: 552 5.3.4
			C: MAIL FROM:<a@b> SIZE=x
			S: 501
			C: MAIL FROM:<a@b> BODY=9BIT
			S: 501
			C: MAIL FROM:<a@b> RET=FULL
			S: 555 5.5.4
			C: MAIL FROM:<a@b> FOO=BAR
			S: 555 5.5.4
			C: MAIL FROM:<jörg@b> SMTPUTF8
			S: 250
			C: RCPT TO:<>
			S: 501
			C: RCPT TO:<@relay.example:user@host.example>
			S: 250
			C: RCPT TO:<"quoted user"@host.example>
			S: 250
			C: RCPT TO:<Postmaster>
			S: 250`,
		events: `NEW x ESMTP
			MAIL <jörg@b> ESMTP utf8
			RCPT <user@host.example>
			RCPT <"quoted user"@host.example>
			RCPT <Postmaster>`,
	},
	{
		name: "DSN",
		opts: ServerOptions{DSN: true},
		script: `
			S: 220
			C: EHLO x
			S: *
			C: MAIL FROM:<a@b> RET=HDRS ENVID=q+2B1
			S: 250
			C: RCPT TO:<c@d> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;o+2B1@d
			S: 250
			C: RCPT TO:<e@d> ORCPT=rfc822;gr+C3+BC@d NOTIFY=FAILURE
			S: 250
			C: RCPT TO:<"x> ORCPT=y"@d> NOTIFY=FAILURE ORCPT=x400;/c+3Dde
			S: 250
			C: RCPT TO:<c@d> ORCPT=x400;+zz
			S: 501
			C: RCPT TO:<c@d> NOTIFY=NEVER,DELAY
			S: 501`,
		events: `NEW x ESMTP
			MAIL <a@b> ESMTP envid=q+1 ret=HDRS
			RCPT <c@d> notify=10 rfc822;o+1@d
			RCPT <e@d> notify=4 utf-8;grü@d
			RCPT <"x> ORCPT=y"@d> notify=4 x400;/c=de`,
	},
	{
		name: "refused by the backend",
		book: &notebook{refuse: map[string]error{
			"RCPT <x@b>": fmt.Errorf("looking up: %w", NoSuchUser("")),
			"RCPT <y@b>": errors.New("secret database is down"),
			"DATA":       fmt.Errorf("storing: %w", StorageFull("")),
		}},
		script: `
			S: 220
			C: EHLO x
			S: *
			C: MAIL FROM:<a@b>
			S: 250
			C: RCPT TO:<x@b>
			S: 550 5.1.1 no such user here
			C: RCPT TO:<y@b>
			S: 451 4.3.0 temporary local problem, try again later
			C: RCPT TO:<z@b>
			S: 250
			C: DATA
			S: 354
			C: .
			S: 452 4.3.1 insufficient system storage
			C: MAIL FROM:<a@b>
			S: 250`,
	},
	{
		name: "backend answers DATA without reading",
		book: &notebook{early: true},
		script: `
			S: 220
			C= "EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"
			S: *
			S: 250
			S: 250
			S: 354
			C= "a lot\r\n\r\n..\r\n.\r\nNOOP\r\n"
			S: 250 2.0.0
			S: 250 2.0.0 ok`,
	},
	{
		name:   "session refused",
		book:   &notebook{refuse: map[string]error{"NEW": NotAllowed("go away")}},
		script: "S: 220\nC: EHLO x\nS: 550 5.7.1 go away\nC: MAIL FROM:<a@b>\nS: 503",
	},
	{
		name:   "panic costs one session",
		book:   &notebook{panics: "MAIL"},
		script: "S: 220\nC: EHLO x\nS: *\nC: MAIL FROM:<a@b>\nS: 421\nEOF",
		events: "NEW x ESMTP\nMAIL <a@b> ESMTP\nCLOSE",
	},
	{
		name: "BDAT",
		script: `
			S: 220
			C= "EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT 7\r\none\r\n.\r"
			S: *
			S: 250
			S: 250
			C= "BDAT 0\r\nBDAT 6 LAST\r\n\n.\r\nx\r"
			S: 250
			S: 250
			S: 554 5.6.0
			C= "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT 3\r\n.\r\n"
			S: 250
			S: 250
			S: 250
			C= "BDAT 0 LAST\r\nBDAT 5 LAST\r\nQUIT\nNOOP\r\n"
			S: 250 2.0.0 queued as 42
			S: 503 5.5.1
			S: 250 2.0.0 ok
			C: BDAT x LAST
			S: 501
			EOF`,
		body: ".\r\n",
	},
	{
		name: "BDAT broken off",
		script: `
			S: 220
			C= "EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT 3\r\nabc"
			S: *
			S: 250
			S: 250
			S: 250
			C= "RSET\r\nMAIL FROM:<a@b>\r\n"
			S: 250 2.0.0 reset
			S: 250`,
		events: `NEW x ESMTP
			MAIL <a@b> ESMTP
			RCPT <c@d>
			DATA broken
			RESET
			MAIL <a@b> ESMTP`,
	},
	{
		name:   "recipients",
		opts:   ServerOptions{Limits: Limits{Recipients: 2}},
		script: "S: 220\nC: EHLO x\nS: *\nC: MAIL FROM:<a@b>\nS: 250\nC: RCPT TO:<a@b>\nS: 250\nC: RCPT TO:<b@b>\nS: 250\nC: RCPT TO:<c@b>\nS: 452 4.5.3",
	},
	{
		name:   "errors",
		opts:   ServerOptions{Limits: Limits{Errors: 3}},
		script: "S: 220\nC: A\nS: 500\nC: B\nS: 500\nC: C\nS: 500\nS: 421 4.7.0\nEOF",
	},
	{
		name:   "idle talk",
		opts:   ServerOptions{Limits: Limits{Idle: 2}},
		script: "S: 220\nC: NOOP\nS: 250\nC: NOOP\nS: 250\nC: NOOP\nS: 421\nEOF",
	},
	{
		name:   "mails in a session",
		opts:   ServerOptions{Limits: Limits{Mails: 1}},
		script: "S: 220\nC: EHLO x\nS: *\nC= \"MAIL FROM:<>\\r\\nRCPT TO:<a@b>\\r\\nDATA\\r\\n\"\nS: 250\nS: 250\nS: 354\nC: .\nS: 250\nC: MAIL FROM:<>\nS: 421\nEOF",
	},
	{
		name:   "command line too long",
		script: "S: 220\nC: NOOP " + strings.Repeat("x", 3000) + "\nS: 500 5.5.6\nEOF",
	},
	{
		name:   "command line without end",
		script: "S: 220\nC: NOOP " + strings.Repeat("x", 100000) + "\nS: 500 5.5.6\nEOF",
	},
	{
		name:   "silence",
		opts:   ServerOptions{Limits: Limits{CommandTimeout: time.Second}},
		script: "S: 220\nS: 421 4.4.2\nEOF",
	},
	{
		name:   "silence in the middle of a message",
		opts:   ServerOptions{Limits: Limits{DataTimeout: time.Second}},
		script: "S: 220\nC= \"EHLO x\\r\\nMAIL FROM:<>\\r\\nRCPT TO:<a@b>\\r\\nDATA\\r\\nabc\"\nS: *\nS: 250\nS: 250\nS: 354\nS: 451 4.4.2\nEOF",
		events: "NEW x ESMTP\nMAIL <> ESMTP\nRCPT <a@b>\nDATA broken\nRESET\nCLOSE",
	},
	{
		name:   "HTTP",
		script: "S: 220\nC: POST / HTTP/1.1\nS: 421\nEOF",
		events: " ",
	},
	{
		name:   "no limits",
		opts:   ServerOptions{Limits: Limits{MessageBytes: -1, Recipients: -1}},
		script: "S: 220\nC: EHLO x\nS: 250-mail\nS: 250-PIPELINING\nS: 250-SIZE 0\nS: 250-ENH\nS: 250-8BIT\nS: 250-SMTPUTF8\nS: 250-CHUNKING\nS: 250 BINARYMIME\nC: MAIL FROM:<> SIZE=4000000000\nS: 250",
	},
	{
		name:   "strangers",
		opts:   ServerOptions{Trusted: trusted("192.0.2.0/24"), Strangers: true},
		book:   &notebook{refuse: map[string]error{"RCPT <x@elsewhere>": RelayDenied("")}},
		script: "S: 220\nC: EHLO x\nS: *\nC: MAIL FROM:<a@b>\nS: 250\nC: RCPT TO:<x@elsewhere>\nS: 554 5.7.1\nC: DATA\nS: 503",
	},
	{
		name:   "not from here",
		opts:   ServerOptions{Trusted: trusted("192.0.2.0/24")},
		script: "S: 220\nC: EHLO x\nS: *\nC: MAIL FROM:<a@b>\nS: 550 5.7.1",
	},
}

func TestTranscripts(t *testing.T) {
	for _, tt := range transcripts {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			book := &notebook{} // fresh for each run of the test
			if tt.book != nil {
				book.refuse, book.panics, book.early = tt.book.refuse, tt.book.panics, tt.book.early
			}
			opts := tt.opts
			opts.Backend = book
			if opts.Trusted == nil {
				opts.Trusted = loopback
			}
			s, addr := startServer(t, opts)
			dialTalk(t, addr).play(tt.script)
			if tt.events != "" {
				settle(t, s, book, tt.events)
			}
			if tt.body != book.body(0) && tt.body != "" {
				t.Errorf("body %q, want %q", book.body(0), tt.body)
			}
		})
	}
}

// settle waits until the backend has heard the events.
func settle(t *testing.T, s *Server, book *notebook, events string) {
	t.Helper()
	var want []string
	for line := range strings.Lines(events) {
		want = append(want, strings.TrimSpace(line))
	}
	events = strings.TrimSpace(strings.Join(want, "\n"))
	deadline := time.Now().Add(20 * time.Second)
	for book.all() != events {
		if time.Now().After(deadline) {
			t.Fatalf("the backend heard\n%s\nwant\n%s", book.all(), events)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestSessionLimits(t *testing.T) {
	observer := newCounter()
	_, addr := startServer(t, ServerOptions{
		Backend: &notebook{}, Trusted: loopback, Observer: observer, Limits: Limits{Sessions: 2},
	})
	first, second := dialTalk(t, addr), dialTalk(t, addr)
	first.play("S: 220")
	second.play("S: 220")
	dialTalk(t, addr).play("S: 421 4.7.0 too many sessions\nEOF")
	second.play("C: QUIT\nS: 221\nEOF")
	for range 100 { // the place is free as soon as the server has noticed
		third := dialTalk(t, addr)
		third.conn.SetDeadline(time.Now().Add(20 * time.Second))
		if line, _ := third.r.ReadString('\n'); strings.HasPrefix(line, "220") {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("the place of an ended session stayed taken")
}

func TestSessionsPerIP(t *testing.T) {
	observer := newCounter()
	_, addr := startServer(t, ServerOptions{
		Backend: &notebook{}, Trusted: loopback, Observer: observer, Limits: Limits{SessionsPerIP: 1},
	})
	dialTalk(t, addr).play("S: 220")
	dialTalk(t, addr).play("S: 421 4.7.0\nEOF")
	if n := observer.count("refused sessions_per_ip"); n != 1 {
		t.Errorf("%d refusals counted, want 1", n)
	}
}

func TestShutdown(t *testing.T) {
	book := &notebook{block: make(chan struct{})}
	s, addr := startServer(t, ServerOptions{Backend: book, Trusted: loopback})
	idle, busy := dialTalk(t, addr), dialTalk(t, addr)
	idle.play("S: 220")
	busy.play("S: 220\nC= \"EHLO x\\r\\nMAIL FROM:<>\\r\\nRCPT TO:<a@b>\\r\\nDATA\\r\\n\"\nS: *\nS: 250\nS: 250\nS: 354\nC: half")
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(context.Background()) }()
	idle.play("S: 421 4.3.2\nEOF")
	if conn, err := net.Dial("tcp", addr); err == nil {
		conn.Close()
		t.Error("still listening")
	}
	busy.play("C: whole\nC: .")
	close(book.block)
	busy.play("S: 250 2.0.0 queued\nS: 421 4.3.2\nEOF")
	if err := <-down; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if got := book.body(0); got != "half\r\nwhole\r\n" {
		t.Errorf("body %q", got)
	}
}

// A server that is retired has no port any more, and all the patience with the clients that it has.
func TestRetire(t *testing.T) {
	book := &notebook{}
	s, addr := startServer(t, ServerOptions{Backend: book, Trusted: loopback})
	idle, busy := dialTalk(t, addr), dialTalk(t, addr)
	idle.play("S: 220")
	busy.play("S: 220\nC= \"EHLO x\\r\\nMAIL FROM:<>\\r\\nRCPT TO:<a@b>\\r\\nDATA\\r\\n\"\nS: *\nS: 250\nS: 250\nS: 354\nC: half")
	s.Retire()
	if conn, err := net.Dial("tcp", addr); err == nil {
		conn.Close()
		t.Error("still listening")
	}
	busy.play("C: whole\nC: .\nS: 250 2.0.0 queued")
	for _, k := range []*talk{idle, busy} {
		k.play("C= \"EHLO x\\r\\nMAIL FROM:<>\\r\\nRCPT TO:<a@b>\\r\\nDATA\\r\\n\"\nS: *\nS: 250\nS: 250\nS: 354\nC: more\nC: .\nS: 250")
	}
	busy.play("C: QUIT\nS: 221\nEOF")
	if err := s.Shutdown(context.Background()); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	idle.play("S: 421 4.3.2\nEOF")
}

func TestShutdownCuts(t *testing.T) {
	book := &notebook{}
	s, addr := startServer(t, ServerOptions{Backend: book, Trusted: loopback})
	k := dialTalk(t, addr)
	k.play("S: 220\nC= \"EHLO x\\r\\nMAIL FROM:<>\\r\\nRCPT TO:<a@b>\\r\\nDATA\\r\\n\"\nS: *\nS: 250\nS: 250\nS: 354\nC: half")
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown: %v", err)
	}
	k.play("EOF")
	settle(t, s, book, "NEW x ESMTP\nMAIL <> ESMTP\nRCPT <a@b>\nDATA broken\nRESET\nCLOSE")
}

func TestServerOptions(t *testing.T) {
	book := &notebook{}
	tests := []struct {
		name string
		opts ServerOptions
	}{
		{"no hostname", ServerOptions{Backend: book, Trusted: loopback}},
		{"no backend", ServerOptions{Hostname: "x", Trusted: loopback}},
		{"nobody could send", ServerOptions{Hostname: "x", Backend: book}},
		{"STARTTLS without certificate", ServerOptions{Hostname: "x", Backend: book, Trusted: loopback, Mode: TLSStart}},
		{"AUTH that can never be used", ServerOptions{Hostname: "x", Backend: book, Auth: true}},
		{"TLS required, not offered", ServerOptions{Hostname: "x", Backend: book, Trusted: loopback, RequireTLS: true}},
	}
	for _, tt := range tests {
		if _, err := NewServer(tt.opts); err == nil {
			t.Errorf("%s: no error", tt.name)
		}
	}
}
