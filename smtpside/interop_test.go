package smtpside

import (
	"context"
	"io"
	"net"
	netsmtp "net/smtp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// The standard library's client is somebody else's.
func TestStandardClient(t *testing.T) {
	book := &notebook{}
	_, addr := startServer(t, ServerOptions{Backend: book, Mode: TLSStart, TLS: serverTLS(t), RequireTLS: true, Auth: true})
	c, err := netsmtp.Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.StartTLS(clientTLS(t)); err != nil {
		t.Fatal(err)
	}
	if err := c.Auth(netsmtp.PlainAuth("", "user", "secret", "127.0.0.1")); err != nil {
		t.Fatal(err)
	}
	if err := c.Mail("a@b.example"); err != nil {
		t.Fatal(err)
	}
	if err := c.Rcpt("c@d.example"); err != nil {
		t.Fatal(err)
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, "Subject: x\n\n.dot\n")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Quit(); err != nil {
		t.Fatal(err)
	}
	if got := book.body(0); got != "Subject: x\r\n\r\n.dot\r\n" {
		t.Errorf("body %q", got)
	}
}

// A bucket is a go-smtp backend, as a server that is somebody else's.
type bucket struct {
	mu   sync.Mutex
	mail []string
}

func (b *bucket) NewSession(*smtp.Conn) (smtp.Session, error) { return &bucketSession{bucket: b}, nil }

type bucketSession struct {
	*bucket
	envelope string
}

func (s *bucketSession) Mail(from string, o *smtp.MailOptions) error {
	s.envelope = from + " " + string(o.Body) + " " + o.EnvelopeID
	return nil
}

func (s *bucketSession) Rcpt(to string, o *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "no@") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no"}
	}
	s.envelope += " " + to + " " + o.OriginalRecipient
	return nil
}

func (s *bucketSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mail = append(s.mail, s.envelope+"\n"+string(b))
	return err
}

func (s *bucketSession) Reset()        { s.envelope = "" }
func (s *bucketSession) Logout() error { return nil }

func TestSendToGoSMTP(t *testing.T) {
	b := &bucket{}
	server := smtp.NewServer(b)
	server.Domain, server.TLSConfig, server.EnableDSN, server.EnableSMTPUTF8 = "mail.example", serverTLS(t), true, true
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() { server.Serve(l) })
	defer running.Wait()
	defer server.Close()

	s := newTestSender(t, SenderOptions{})
	config := clientTLS(t)
	for range 2 { // the second time over the kept connection
		job := jobTo(l.Addr().String(), "ü@y.example", "no@y.example", "b@y.example")
		job.Route.TLS, job.Route.TLSConfig = TLSRequired, config
		job.Params.EnvelopeID = "q+1"
		job.Recipients[0].Params.Orig = OriginalRecipient{"utf-8", "ö@y.example"}
		got := mustSend(t, s, job)
		if codes(got) != "250 550 250" || !got[0].DSN || got[0].TLS == "" || got[1].Status.Enhanced() != "5.1.1" {
			t.Errorf("outcomes %+v", got)
		}
	}
	want := "from@x.example 8BITMIME q+1 ü@y.example ö@y.example b@y.example \nMessage-ID: <1@x>\r\nSubject: test\r\n\r\n.dot\r\nlast line without end\r\n"
	if len(b.mail) != 2 || b.mail[0] != want || b.mail[1] != want {
		t.Errorf("got %q", b.mail)
	}
}

// Both ends ours: what goes through must come out, octet by octet.
func TestThrough(t *testing.T) {
	book := &notebook{}
	_, addr := startServer(t, ServerOptions{Backend: book, Trusted: loopback, DSN: true})
	s := newTestSender(t, SenderOptions{})
	texts := []string{"", "\r\n", ".", "..", "\n.\n", "a\r.\r\nb", strings.Repeat("x", 100000), strings.Repeat(".\r\n", 50000)}
	for i, text := range texts {
		job := jobTo(addr, `"odd name"@y.example`, "c@[192.0.2.1]")
		job.Open = textOf(text)
		if got := mustSend(t, s, job); codes(got) != "250 250" {
			t.Fatalf("%.20q: %+v", text, got)
		}
		want := strings.NewReplacer("\r\n", "\r\n", "\r", "\r\n", "\n", "\r\n").Replace(text)
		if want != "" && !strings.HasSuffix(want, "\n") {
			want += "\r\n"
		}
		if got := book.body(i); got != want {
			t.Errorf("%.20q came as %.40q", text, got)
		}
	}
}

// hostile serves one connection with script, for servers that a sink cannot play.
func hostile(t *testing.T, script func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			script(conn)
			conn.Close()
		}
	})
	t.Cleanup(func() { l.Close(); running.Wait() })
	return l.Addr().String()
}

// A host that drips its banner, a little before each timeout, does not hold us for ever.
func TestDrippingBanner(t *testing.T) {
	addr := hostile(t, func(c net.Conn) {
		for { // until nobody listens
			if _, err := io.WriteString(c, "220-wait\r\n"); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
	s := newTestSender(t, SenderOptions{Timeouts: Timeouts{Greeting: 100 * time.Millisecond}})
	start := time.Now()
	if got := mustSend(t, s, jobTo(addr, "a@y.example")); codes(got) != "451" {
		t.Errorf("outcome %+v", got)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("held for %v", took)
	}
}

// A host that never reads does not hold us for ever either.
func TestHostThatDoesNotRead(t *testing.T) {
	quit := make(chan struct{})
	addr := hostile(t, func(c net.Conn) {
		io.WriteString(c, "220 x\r\n250 x\r\n250 ok\r\n250 ok\r\n354 go\r\n")
		<-quit
	})
	t.Cleanup(func() { close(quit) })
	s := newTestSender(t, SenderOptions{Timeouts: Timeouts{DataBlock: 100 * time.Millisecond}})
	job := jobTo(addr, "a@y.example")
	job.Open = textOf(strings.Repeat("0123456789\r\n", 1<<20))
	start := time.Now()
	if got := mustSend(t, s, job); codes(got) != "451" {
		t.Errorf("outcome %+v", got)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("held for %v", took)
	}
}

func TestAuthDelay(t *testing.T) {
	t.Parallel()
	const delay = time.Second // much longer than a right password takes on a busy machine
	_, addr := startServer(t, ServerOptions{Backend: &notebook{}, Auth: true, AuthPlaintext: true, Limits: Limits{AuthDelay: delay}})
	took := func(response, code string) time.Duration {
		k := dialTalk(t, addr) // a fresh connection does not help
		k.play("S: 220\nC: EHLO x\nS: *")
		start := time.Now()
		k.play("C: AUTH PLAIN " + response + "\nS: " + code)
		return time.Since(start)
	}
	const right, wrong = "AHVzZXIAc2VjcmV0", "AHVzZXIAd3Jvbmc="
	if d := took(wrong, "535"); d < delay {
		t.Errorf("the first failure took %v", d)
	}
	if d := took(wrong, "535"); d < 2*delay {
		t.Errorf("the second failure took %v", d)
	}
	if d := took(right, "235"); d > delay {
		t.Errorf("the right password took %v", d)
	}
}

func TestObserver(t *testing.T) {
	observer := newCounter()
	_, addr := startServer(t, ServerOptions{Backend: &notebook{}, Trusted: loopback, Observer: observer})
	dialTalk(t, addr).play("S: 220\nC= \"EHLO x\\r\\nMAIL FROM:<>\\r\\nRCPT TO:<a@b>\\r\\nDATA\\r\\n.\\r\\nFOO\\r\\nQUIT\\r\\n\"\n" +
		"S: *\nS: 250\nS: 250\nS: 354\nS: 250\nS: 500\nS: 221\nEOF")
	for _, what := range []string{"opened", "EHLO ", "MAIL 2.1.0", "RCPT 2.1.5", "DATA 2.0.0", "? 5.5.2", "QUIT 2.0.0", "closed"} {
		for n := 0; observer.count(what) != 1; n++ {
			if time.Sleep(time.Millisecond); n > 20000 {
				t.Errorf("%q counted %d times", what, observer.count(what))
				break
			}
		}
	}
}

// A pipeEnd is one end of a net.Pipe that says to come from somewhere.
type pipeEnd struct{ net.Conn }

func (pipeEnd) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// Whatever a client says, the server ends, and what the backend gets as a whole message has no line end but CR LF.
func FuzzServer(f *testing.F) {
	const hello = "EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"
	f.Add([]byte(hello + "DATA\r\nx\r\n.\r\nQUIT\r\n"))
	f.Add([]byte(hello + "BDAT 3\r\nabcBDAT 2 LAST\r\n\r\nRSET\r\n"))
	f.Add([]byte("EHLO x\r\nAUTH LOGIN\r\ndXNlcg==\r\nc2VjcmV0\r\nAUTH PLAIN =\r\n*\r\n"))
	f.Add([]byte("HELO x\r\nSTARTTLS\r\n\x16\x03\x01"))
	for _, tt := range smuggles {
		f.Add([]byte(hello + "DATA\r\nx" + tt.end + smuggled))
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		book := &notebook{}
		s, err := NewServer(ServerOptions{
			Hostname: "x", Backend: book, Trusted: loopback, Auth: true, AuthPlaintext: true, DSN: true,
			Limits: Limits{AuthDelay: -1, MessageBytes: 10000},
		})
		if err != nil {
			t.Fatal(err)
		}
		ours, theirs := net.Pipe()
		var running sync.WaitGroup
		running.Go(func() { ours.Write(said); time.Sleep(time.Millisecond); ours.Close() })
		running.Go(func() { io.Copy(io.Discard, ours) })
		feed := newFeed(&net.TCPAddr{})
		running.Go(func() { s.inner.Serve(feed) })
		s.open(context.Background(), pipeEnd{theirs}, feed)
		feed.Close()
		running.Wait()
		for _, body := range book.bodies {
			if rest := strings.ReplaceAll(body, "\r\n", ""); strings.ContainsAny(rest, "\r\n") {
				t.Fatalf("a message with bare line ends was taken: %q", body)
			}
		}
		if strings.Contains(book.all(), "\x00") {
			t.Fatal("NUL in a command was passed on")
		}
	})
}
