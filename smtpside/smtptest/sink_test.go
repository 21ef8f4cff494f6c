package smtptest

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"net/smtp"
	"net/textproto"
	"strings"
	"testing"
	"time"
)

// The client of these tests is the standard library's.

func newTestSink(t *testing.T, opts Options) *Sink {
	t.Helper()
	s, err := NewSink(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func send(t *testing.T, s *Sink, to ...string) error {
	t.Helper()
	return smtp.SendMail(s.Addr, nil, "from@x.example", to, []byte("Message-ID: <1@x>\r\nSubject: s\r\n\r\n.dot\r\n"))
}

func TestSink(t *testing.T) {
	var ledger bytes.Buffer
	s := newTestSink(t, Options{Ledger: &ledger})
	if err := send(t, s, "a@y.example", "b@y.example"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	mails, err := s.WaitFor(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	m := mails[0]
	if m.From != "from@x.example" || strings.Join(m.To, " ") != "a@y.example b@y.example" || m.MessageID() != "<1@x>" {
		t.Errorf("got %+v", m)
	}
	if !bytes.HasSuffix(m.Raw, []byte("\r\n\r\n.dot\r\n")) || m.Size != int64(len(m.Raw)) {
		t.Errorf("raw %q", m.Raw)
	}
	if ledger.String() != "<1@x>\n" {
		t.Errorf("ledger %q", ledger.String())
	}
}

func TestWaitForGivesUp(t *testing.T) {
	s := newTestSink(t, Options{})
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if _, err := s.WaitFor(ctx, 1); err == nil || !strings.Contains(err.Error(), "0 of 1") {
		t.Errorf("error %v", err)
	}
}

func TestKeep(t *testing.T) {
	s := newTestSink(t, Options{Keep: 2, KeepOctets: 20})
	for range 3 {
		if err := send(t, s, "a@y"); err != nil {
			t.Fatal(err)
		}
	}
	mails := s.Mails()
	if len(mails) != 2 || s.Count() != 3 || s.Sessions() != 3 || mails[0].Session != 2 {
		t.Errorf("kept %d of %d", len(mails), s.Count())
	}
	if m := mails[0]; m.Size <= int64(len(m.Raw)) {
		t.Errorf("%d octets kept of %d", len(m.Raw), m.Size)
	}
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name  string
		fault Fault
		codes []int // of three attempts; 0 is success, 1 a broken connection
		kept  int
	}{
		{"greylisted twice", Fault{Verb: "RCPT", Times: 2, Reply: "450 4.2.0 greylisted"}, []int{450, 450, 0}, 1},
		{"second one refused", Fault{Verb: "MAIL", Skip: 1, Times: 1, Reply: "550 no"}, []int{0, 550, 0}, 2},
		{"another recipient", Fault{Verb: "RCPT", Match: "z@y", Reply: "550 no"}, []int{0, 0, 0}, 3},
		{"greeting", Fault{Verb: "CONNECT", Reply: "554 no"}, []int{554, 554, 554}, 0},
		{"cut at connect", Fault{Verb: "CONNECT", Drop: true}, []int{1, 1, 1}, 0},
		{"cut in the body", Fault{Verb: "BODY", Drop: true, Times: 1}, []int{1, 0, 0}, 2},
		{"cut after the dot", Fault{Verb: ".", Drop: true, Times: 1}, []int{1, 0, 0}, 2},
		{"kept, then cut", Fault{Verb: ".", Drop: true, Record: true, Times: 1}, []int{1, 0, 0}, 3},
		{"kept, then refused", Fault{Verb: ".", Reply: "451 hm", Record: true}, []int{451, 451, 451}, 3},
		{"slow", Fault{Verb: "DATA", Delay: time.Millisecond}, []int{0, 0, 0}, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newTestSink(t, Options{})
			s.Fail(tt.fault)
			for i, want := range tt.codes {
				got := 0
				if err := send(t, s, "a@y"); err != nil {
					got = 1
					if e, ok := err.(*textproto.Error); ok {
						got = e.Code
					}
				}
				if got != want {
					t.Errorf("attempt %d: %d, want %d", i+1, got, want)
				}
			}
			if s.Count() != tt.kept {
				t.Errorf("%d mails kept, want %d", s.Count(), tt.kept)
			}
			s.Heal()
			if err := send(t, s, "a@y"); err != nil {
				t.Errorf("after Heal: %v", err)
			}
		})
	}
}

func TestGreylistingEach(t *testing.T) {
	s := newTestSink(t, Options{})
	s.Fail(Fault{Verb: "RCPT", Times: 1, Each: true, Reply: "450 4.2.0 greylisted"})
	for i, want := range []bool{false, false, true, true} {
		to := []string{"a@y", "b@y"}[i%2]
		if err := send(t, s, to); (err == nil) != want {
			t.Errorf("attempt %d at %s: %v", i, to, err)
		}
	}
}

func TestTLSAndAuth(t *testing.T) {
	ca, err := NewCA()
	if err != nil {
		t.Fatal(err)
	}
	config, err := ca.Server("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	s := newTestSink(t, Options{TLS: config, Users: map[string]string{"u": "p"}})
	client := func(password string) error {
		c, err := smtp.Dial(s.Addr)
		if err != nil {
			return err
		}
		defer c.Close()
		tlsConfig := ca.Client()
		tlsConfig.ServerName = "127.0.0.1"
		if err := c.StartTLS(tlsConfig); err != nil {
			return err
		}
		host, _, _ := net.SplitHostPort(s.Addr)
		if err := c.Auth(smtp.PlainAuth("", "u", password, host)); err != nil {
			return err
		}
		return c.Mail("a@b")
	}
	if err := client("p"); err != nil {
		t.Errorf("right password: %v", err)
	}
	if err := client("q"); err == nil || !strings.HasPrefix(err.Error(), "535") {
		t.Errorf("wrong password: %v", err)
	}
	if err := send(t, s, "a@y"); err == nil {
		t.Error("mail without TLS and AUTH was taken")
	}

	implicit := newTestSink(t, Options{TLS: config, Implicit: true})
	tlsConfig := ca.Client()
	tlsConfig.ServerName = "127.0.0.1"
	conn, err := tls.Dial("tcp", implicit.Addr, tlsConfig)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if c, err := smtp.NewClient(conn, "x"); err != nil {
		t.Error(err)
	} else if ok, _ := c.Extension("STARTTLS"); ok {
		t.Error("STARTTLS offered inside TLS")
	}
}

func TestWithout(t *testing.T) {
	s := newTestSink(t, Options{Without: []string{"8BITMIME", "SIZE"}})
	c, err := smtp.Dial(s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for name, want := range map[string]bool{"8BITMIME": false, "SIZE": false, "PIPELINING": true, "DSN": true} {
		if ok, _ := c.Extension(name); ok != want {
			t.Errorf("%s offered: %v", name, ok)
		}
	}
}
