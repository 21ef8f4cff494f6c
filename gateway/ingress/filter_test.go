package ingress

import (
	"net"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	wire "github.com/emersion/go-milter"

	"github.com/mapigate/mapigate/smtpside/milter"
)

// A script is a milter that does what the subject of a mail says.
type script struct {
	wire.NoOpMilter
	subject string
	seen    *seenByMilter
	body    int
}

// seenByMilter is what came to a milter.
type seenByMilter struct {
	mu   sync.Mutex
	said []string
}

func (s *seenByMilter) note(words ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = append(s.said, strings.Join(words, " "))
}

func (s *script) Connect(host, family string, _ uint16, addr net.IP, m *wire.Modifier) (wire.Response, error) {
	s.seen.note("CONNECT", host, family, addr.String(), m.Macros["j"])
	return wire.RespContinue, nil
}

func (s *script) MailFrom(from string, _ *wire.Modifier) (wire.Response, error) {
	s.seen.note("MAIL", from)
	if from == "spammer@here.test" {
		return wire.NewResponseStr(byte(wire.ActReplyCode), "550 5.7.1 go away\x00"), nil
	}
	return wire.RespContinue, nil
}

func (s *script) RcptTo(to string, _ *wire.Modifier) (wire.Response, error) {
	s.seen.note("RCPT", to)
	if to == "trap@here.test" {
		return wire.RespReject, nil
	}
	return wire.RespContinue, nil
}

func (s *script) Headers(h textproto.MIMEHeader, _ *wire.Modifier) (wire.Response, error) {
	s.subject = h.Get("Subject")
	return wire.RespContinue, nil
}

func (s *script) BodyChunk(chunk []byte, _ *wire.Modifier) (wire.Response, error) {
	s.body += len(chunk)
	return wire.RespContinue, nil
}

func (s *script) Body(m *wire.Modifier) (wire.Response, error) {
	switch s.subject {
	case "add":
		m.AddHeader("X-Spam", "no")
		m.InsertHeader(0, "X-First", "a\n\tb")
		m.ChangeHeader(1, "Subject", "changed")
		m.ChangeHeader(2, "X-Twice", "")
	case "reject":
		return wire.RespReject, nil
	case "later":
		return wire.RespTempFail, nil
	case "discard":
		return wire.RespDiscard, nil
	case "hold":
		m.Quarantine("looks odd")
	case "inject":
		m.AddHeader("X-Spam", "no\n\nbody")
	case "body":
		m.ReplaceBody([]byte("other\r\nr"))
		m.ReplaceBody([]byte("est\n.\nend"))
		m.AddHeader("X-Body", "new")
	case "endless":
		for range 40 {
			m.ReplaceBody(make([]byte, 1))
			m.ReplaceBody([]byte(strings.Repeat("x", 60000)))
		}
	case "envelope":
		m.ChangeFrom("<bounces@here.test>")
		m.DeleteRecipient("bob@here.test")
		m.AddRecipient("carl@here.test")
		m.AddRecipient("carl@here.test")
	case "nobody":
		m.DeleteRecipient("BOB@here.test")
	case "nowhere":
		m.AddRecipient("nobody@closed.test")
	case "no address":
		m.AddRecipient("a b")
	case "hang up":
		return nil, net.ErrClosed
	}
	return wire.RespAccept, nil
}

func startMilter(t *testing.T) (string, *seenByMilter) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	seen := &seenByMilter{}
	server := &wire.Server{
		NewMilter: func() wire.Milter { return &script{seen: seen} },
		Actions:   wire.OptAddHeader | wire.OptChangeHeader | wire.OptQuarantine,
	}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return l.Addr().String(), seen
}

func TestFilterVerdicts(t *testing.T) {
	address, seen := startMilter(t)
	const dead = "127.0.0.1:1" // a port that nobody is given
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	message := func(subject string) string {
		return start + "Subject: " + subject + `\r\nX-Twice: 1\r\nX-Twice: 2\r\nFrom: a@here.test\r\nDate: d\r\nMessage-ID: <1@x>\r\n\r\nbody\r\n.` + "\n"
	}
	for _, tt := range []struct {
		name, address string
		optional      bool
		script        string
		refused       string
		header        string // what the header in the queue ends with; "" is no mail there
	}{
		{"nothing to say", address, false, message("plain") + "250", "", "Subject: plain\r\nX-Twice: 1\r\nX-Twice: 2\r\nFrom: a@here.test\r\nDate: d\r\nMessage-ID: <1@x>\r\n\r\nbody\r\n"},
		{"changes", address, false, message("add") + "250", "", "X-First: a\r\n\tb\r\nSubject: changed\r\nX-Twice: 1\r\nFrom: a@here.test\r\nDate: d\r\nMessage-ID: <1@x>\r\nX-Spam: no\r\n\r\nbody\r\n"},
		{"sender", address, false, "> MAIL FROM:<spammer@here.test>\n550 5.7.1 go away\n> MAIL FROM:<a@here.test>\n250", "filter", ""},
		{"recipient", address, false, "> MAIL FROM:<a@here.test>\n250\n> RCPT TO:<trap@here.test>\n550 5.7.1\n> RCPT TO:<bob@here.test>\n250", "filter", ""},
		{"reject", address, false, message("reject") + "550 5.7.1", "filter", ""},
		{"later", address, false, message("later") + "451", "filter", ""},
		{"discard", address, false, message("discard") + "250", "", ""},
		{"a body in a field", address, false, message("inject") + "451", "filter_down", ""},
		{"a body", address, false, message("body") + "250", "", "X-Body: new\r\n\r\nother\r\nrest\r\n.\r\nend"},
		{"too much of a body", address, false, message("endless") + "451", "filter_down", ""},
		{"another envelope", address, false, message("envelope") + "250", "", "Subject: envelope\r\nX-Twice: 1\r\nX-Twice: 2\r\nFrom: a@here.test\r\nDate: d\r\nMessage-ID: <1@x>\r\n\r\nbody\r\n"},
		{"no recipient left", address, false, message("nobody") + "250", "", ""},
		{"a recipient whom no route takes", address, false, message("nowhere") + "451", "filter_down", ""},
		{"a recipient that is no address", address, false, message("no address") + "451", "filter_down", ""},
		{"hangs up", address, false, message("hang up") + "451", "filter_down", ""},
		{"hangs up, optional", address, true, message("hang up") + "250", "", "\r\nbody\r\n"},
		{"not there", dead, false, "> MAIL FROM:<a@here.test>\n451", "filter_down", ""},
		{"not there, optional", dead, true, message("x") + "250", "", "\r\nbody\r\n"},
		{"says nothing", silent.Addr().String(), false, "> MAIL FROM:<a@here.test>\n451", "filter_down", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			patience := 30 * time.Second
			if tt.address == silent.Addr().String() {
				patience = 500 * time.Millisecond
			}
			f, err := milter.New(milter.Options{Address: tt.address, Hostname: "gw.test", Timeout: patience})
			if err != nil {
				t.Fatal(err)
			}
			s := newSite(t, loopback(), func(o *Options) {
				o.Filters, o.Spool = []Filter{{Filter: f, Name: "test", Optional: tt.optional}}, t.TempDir()
			})
			s.talk(tt.script + "\n> NOOP\n250")
			if got := s.seen.last(); got != tt.refused {
				t.Errorf("refusals %q, want %q", got, tt.refused)
			}
			if tt.header == "" {
				return
			}
			rec, body := s.only()
			if !strings.HasSuffix(body, tt.header) {
				t.Errorf("body\n%q, want at its end\n%q", body, tt.header)
			}
			if e := rec.Mail.Envelope; tt.name == "another envelope" && (e.From != "bounces@here.test" || len(e.Recipients) != 1 || e.Recipients[0].Address != "carl@here.test") {
				t.Errorf("envelope %+v", e)
			}
		})
	}
	if len(seen.said) < 3 || !strings.HasPrefix(seen.said[0], "CONNECT [127.0.0.1] tcp4 127.0.0.1 gw.test") || seen.said[1] != "MAIL a@here.test" || seen.said[2] != "RCPT bob@here.test" {
		t.Errorf("the milter saw %q", seen.said)
	}
}

// What a filter holds stays in the queue until somebody releases it.
func TestFilterHolds(t *testing.T) {
	address, _ := startMilter(t)
	f, err := milter.New(milter.Options{Address: address})
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, loopback(), func(o *Options) { o.Filters, o.Spool = []Filter{{Filter: f, Name: "test"}}, t.TempDir() })
	s.talk(start + `Subject: hold\r\n\r\nx\r\n.` + "\n250")
	if rec, _ := s.only(); rec.Recipients[0].State.String() != "held" {
		t.Errorf("the mail is %s", rec.Recipients[0].State)
	}
}
