package smtpside

import (
	"bytes"
	"crypto/tls"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// badInputs are what broken and hostile clients do: each ends within the limits, is told of in the log, and is counted. The
// script says what the client gets.
var badInputs = []struct {
	name    string
	opts    func(t *testing.T, o *ServerOptions)
	script  string
	counted string // by the Observer
	logged  string // in the log
}{
	{"unknown command", nil, "S: 220\nC: GIMME MAIL\nS: 500 5.5.2\nC: NOOP\nS: 250", "? 5.5.2", "command refused"},
	{"malformed command", nil, "S: 220\nC: EHLO x\nS: *\nC: MAIL FORM:<a@b>\nS: 501\nC: NOOP\nS: 250", "MAIL 5.5.2", "command refused"},
	{"NUL in a command", nil, "S: 220\nC= \"NO\\x00OP\\r\\n\"\nS: 501 5.5.2\nC: NOOP\nS: 250", "? 5.5.2", "command refused"},
	{"binary rubbish", nil, "S: 220\nC= \"\\x00\\xff\\xfe\\x80\\r\\n\"\nS: 501 5.5.2", "? 5.5.2", "command refused"},
	{"endless line", nil, "S: 220\nC: NOOP " + strings.Repeat("x", 1<<20) + "\nS: 500 5.5.6\nEOF", "refused line_length", "session cut"},
	{"endless errors", nil, "S: 220\nC= \"" + strings.Repeat(`X\r\n`, 5) + "\"\n" + strings.Repeat("S: 500\n", 5) + "S: 421 4.7.0\nEOF", "refused errors", "session cut"},
	{"endless talk", nil, "S: 220\nC= \"" + strings.Repeat(`NOOP\r\n`, 11) + "\"\n" + strings.Repeat("S: 250\n", 10) + "S: 421 4.7.0\nEOF", "refused idle", "session cut"},
	{"endless sign-ins", nil, "S: 220\nC: EHLO x\nS: *\n" + strings.Repeat("C: AUTH PLAIN AHVzZXIAd3Jvbmc=\nS: 535\n", 3) + "S: 421\nEOF", "refused auth_failures", "session cut"},
	{"endless AUTH line", nil, "S: 220\nC: EHLO x\nS: *\nC: AUTH LOGIN\nS: 334\nC: " + strings.Repeat("QUFB", 1<<18) + "\nS: 500 5.5.6\nEOF", "refused line_length", "session cut"},
	{"HTTP", nil, "S: 220\nC: GET / HTTP/1.1\nS: 421\nEOF", "refused http", "session cut"},
	{"slow client", shortTimes, "S: 220\nC: EHLO x\nS: *\nC= \"MAIL FR\"\nS: 421 4.4.2\nEOF", "refused timeout", "session cut"},
	{"slow message", shortTimes, "S: 220\nC: EHLO x\nS: *\n" + envelope + "C: DATA\nS: 354\nC= \"abc\"\nS: 451 4.4.2\nEOF", "refused timeout", "message not taken"},
	{"slow chunk", shortTimes, "S: 220\nC: EHLO x\nS: *\n" + envelope + "C= \"BDAT 10\\r\\nabc\"\nS: 451 4.4.2\nEOF", "refused timeout", "message not taken"},
	{"dripping message", drip, "S: 220\nC: EHLO x\nS: *\n" + envelope + "C: DATA\nS: 354\nDRIP\nS: 451 4.4.2\nEOF", "refused timeout", "message not taken"},
	{"half a message", nil, "S: 220\nC: EHLO x\nS: *\n" + envelope + "C: DATA\nS: 354\nC: Subject: x\nCLOSE", "refused disconnected", "message not taken"},
	{"half a chunk", nil, "S: 220\nC: EHLO x\nS: *\n" + envelope + "C= \"BDAT 10 LAST\\r\\nabc\"\nCLOSE", "refused disconnected", "message not taken"},
	{"too large", nil, "S: 220\nC: EHLO x\nS: *\n" + envelope + "C: DATA\nS: 354\nC= \"" + strings.Repeat(`0123456789\r\n`, 2000) + ".\\r\\n\"\nS: 552 5.3.4\nC: NOOP\nS: 250", "DATA 5.3.4", "message not taken"},
	{"without end", nil, "S: 220\nC: EHLO x\nS: *\n" + envelope + "C: DATA\nS: 354\nC= \"" + strings.Repeat(`0123456789\r\n`, 50000) + "\"\nS: 552 5.3.4\nEOF", "refused message_size", "session cut"},
	{"bare LF in a message", nil, "S: 220\nC: EHLO x\nS: *\n" + envelope + "C: DATA\nS: 354\nC= \"a\\nb\\r\\n.\\r\\n\"\nS: 554 5.6.0\nEOF", "refused smuggling", "message not taken"},
	{"NUL in a message", nil, "S: 220\nC: EHLO x\nS: *\n" + envelope + "C: DATA\nS: 354\nC= \"a\\x00b\\r\\n.\\r\\n\"\nS: 554 5.6.0\nEOF", "refused smuggling", "message not taken"},
	{"command behind STARTTLS", withTLS, "S: 220\nC: EHLO x\nS: *\nC= \"STARTTLS\\r\\nMAIL FROM:<a@b>\\r\\n\"\nS: 503\nEOF", "refused smuggling", "session cut"},
	{"no handshake behind STARTTLS", withTLS, "S: 220\nC: EHLO x\nS: *\nC: STARTTLS\nS: 220\nC: MAIL FROM:<a@b>\nCLOSED", "refused tls_handshake", "TLS handshake failed"},
	{"TLS garbage", withTLS, "S: 220\nC: EHLO x\nS: *\nC: STARTTLS\nS: 220\nC= \"\\x16\\x03\\x01\\xff\\xff\\x01\\x02\\x03\"\nCLOSED", "refused tls_handshake", "TLS handshake failed"},
	{"silent handshake", func(t *testing.T, o *ServerOptions) { withTLS(t, o); o.Limits.HandshakeTimeout = time.Second },
		"S: 220\nC: EHLO x\nS: *\nC: STARTTLS\nS: 220\nEOF", "refused tls_handshake", "TLS handshake failed"},
	{"certificate of nobody", wantCertificate, "S: 220\nC: EHLO x\nS: *\nC: STARTTLS\nS: 220\nTLS-STRANGER", "refused tls_handshake", "TLS handshake failed"},
	{"proxy without header", func(_ *testing.T, o *ServerOptions) { o.Proxies = loopback }, "C: EHLO x\nCLOSED", "refused proxy_header", "PROXY header"},
	{"recipients without end", nil, "S: 220\nC: EHLO x\nS: *\nC: MAIL FROM:<>\nS: 250\nC= \"" + strings.Repeat(`RCPT TO:<a@b>\r\n`, 101) + "\"\n" + strings.Repeat("S: 250\n", 100) + "S: 452 4.5.3", "RCPT 4.5.3", ""},
}

const envelope = "C: MAIL FROM:<a@b>\nS: 250\nC: RCPT TO:<c@d>\nS: 250\n"

func shortTimes(_ *testing.T, o *ServerOptions) {
	o.Limits.CommandTimeout, o.Limits.DataTimeout = time.Second, time.Second
}

// drip lets a client come with an octet now and then, but not for ever.
func drip(_ *testing.T, o *ServerOptions) { o.Limits.MessageTimeout = 2 * time.Second }

func withTLS(t *testing.T, o *ServerOptions) { o.Mode, o.TLS = TLSStart, serverTLS(t) }

func wantCertificate(t *testing.T, o *ServerOptions) {
	withTLS(t, o)
	o.TLS = o.TLS.Clone()
	ca, err := testCA()
	if err != nil {
		t.Fatal(err)
	}
	o.TLS.ClientAuth, o.TLS.ClientCAs = tls.RequireAndVerifyClientCert, ca.Pool()
}

// A lockedBuffer takes what several sessions log.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// While one client misbehaves, another one's mail goes on.
func TestBadInput(t *testing.T) {
	for _, tt := range badInputs {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			observer, log, book := newCounter(), &lockedBuffer{}, &notebook{}
			opts := ServerOptions{
				Backend: book, Trusted: loopback, Auth: true, AuthPlaintext: true, Observer: observer,
				Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
				Limits: Limits{Errors: 5, Idle: 10, AuthDelay: -1, MessageBytes: 10000, Recipients: 100},
			}
			if tt.opts != nil {
				tt.opts(t, &opts)
			}
			_, addr := startServer(t, opts)
			neighbour := func(string) {}
			if len(opts.Proxies) == 0 && opts.Limits.CommandTimeout == 0 && opts.Limits.MessageTimeout == 0 {
				other := dialTalk(t, addr)
				other.play("S: 220\nC: EHLO neighbour\nS: *\n" + envelope + "C: DATA\nS: 354\nC: half")
				neighbour = other.play
			}
			dialTalk(t, addr).misbehave(tt.script)
			for n := 0; observer.count(tt.counted) == 0 || !strings.Contains(log.String(), tt.logged); n++ {
				if time.Sleep(time.Millisecond); n == 20000 {
					t.Fatalf("%q counted %d times, %q in the log:\n%s", tt.counted, observer.count(tt.counted), tt.logged, log)
				}
			}
			neighbour("C: and half\nC: .\nS: 250 2.0.0\nC: QUIT\nS: 221\nEOF")
		})
	}
}

// misbehave plays a script with a few more steps: CLOSE hangs up, CLOSED waits until the server has, DRIP sends an octet now and
// then, TLS-STRANGER shakes hands with a certificate that nobody knows.
func (k *talk) misbehave(script string) {
	k.t.Helper()
	for step := range strings.Lines(script) {
		switch step = strings.TrimSpace(step); step {
		case "CLOSE":
			k.conn.Close()
		case "CLOSED":
			k.conn.SetDeadline(time.Now().Add(10 * time.Second))
			k.r.WriteTo(new(bytes.Buffer))
		case "DRIP":
			for range 100 {
				k.conn.Write([]byte("x"))
				time.Sleep(25 * time.Millisecond)
			}
		case "TLS-STRANGER":
			k.stranger()
		case "":
		default:
			k.step(step)
		}
	}
}

func (k *talk) stranger() {
	ca, err := smtptest.NewCA()
	if err != nil {
		k.t.Fatal(err)
	}
	cert, err := ca.Issue("stranger.example")
	if err != nil {
		k.t.Fatal(err)
	}
	config := clientTLS(k.t)
	config.Certificates = []tls.Certificate{cert}
	conn := tls.Client(k.conn, config)
	conn.Handshake() // with TLS 1.3 it ends before the server has looked
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		k.t.Error("the server went on with a certificate that nobody knows")
	}
}
