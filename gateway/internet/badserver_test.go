package internet_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/courier"
	"github.com/mapigate/mapigate/gateway/internet"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/sqlite"
	"github.com/mapigate/mapigate/smtpside"
	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// A liar is an SMTP server that goes wrong at some place.
type liar struct {
	conn net.Conn
	in   *bufio.Reader
}

// say writes a line, or several.
func (l *liar) say(lines string) { io.WriteString(l.conn, lines+"\r\n") }

// until reads until a line that begins so; what comes before it is answered 250.
func (l *liar) until(verb string) {
	for {
		line, err := l.in.ReadString('\n')
		if err != nil || strings.HasPrefix(line, verb) {
			return
		}
		l.say("250 ok")
	}
}

// flood writes without end, in pieces, until nobody listens.
func (l *liar) flood(piece string) {
	for {
		if _, err := io.WriteString(l.conn, piece); err != nil {
			return
		}
	}
}

// silence lasts until the client hangs up.
func (l *liar) silence() { io.Copy(io.Discard, l.in) }

// badServers are what an outgoing connection can meet; want is what becomes of the mail.
var badServers = []struct {
	name string
	tls  smtpside.TLSPolicy
	play func(l *liar)
	want mail.Verdict
}{
	{"no SMTP", 0, func(l *liar) { l.say("SSH-2.0-OpenSSH_9.9") }, mail.Retry},
	{"silence instead of a greeting", 0, func(l *liar) { l.silence() }, mail.Retry},
	{"a greeting without end", 0, func(l *liar) { l.flood("220-welcome\r\n") }, mail.Retry},
	{"a greeting line without end", 0, func(l *liar) { l.flood(strings.Repeat("2", 1<<16)) }, mail.Retry},
	{"a greeting that comes octet by octet", 0, func(l *liar) {
		for range 10000 {
			if _, err := io.WriteString(l.conn, "2"); err != nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}, mail.Retry},
	{"binary garbage", 0, func(l *liar) { l.say("\x00\xff\x16\x03\x01\x80") }, mail.Retry},
	{"EHLO of endless lines", 0, func(l *liar) { l.say("220 x"); l.until("EHLO"); l.flood("250-X\r\n") }, mail.Retry},
	{"a reply line of 1 MB", 0, func(l *liar) {
		l.say("220 x")
		l.until("MAIL")
		l.say("250 " + strings.Repeat("x", 1<<20))
		l.silence()
	}, mail.Retry},
	{"a reply of 1 MB to the message", 0, func(l *liar) {
		l.say("220 x")
		l.until("DATA")
		l.say("354 go")
		l.dot()
		l.say(strings.Repeat("250-thanks\r\n", 1<<17) + "250 thanks")
	}, mail.Unknown},
	{"250 after garbage", 0, func(l *liar) {
		l.say("220 x")
		l.until("MAIL")
		l.say("what?\r\n250 ok\r\n250 ok\r\n354 go\r\n250 ok")
		l.silence()
	}, mail.Retry},
	{"all answers in advance", 0, func(l *liar) { l.say("220 x\r\n250 x\r\n250 ok\r\n250 ok\r\n354 go\r\n250 2.0.0 have it"); l.silence() }, mail.Retry},
	{"taken before it is sent", 0, func(l *liar) { l.say("220 x"); l.until("DATA"); l.say("354 go\r\n250 2.0.0 have it"); l.silence() }, mail.Retry},
	{"half an answer to the message", 0, func(l *liar) {
		l.say("220 x")
		l.until("DATA")
		l.say("354 go")
		l.dot()
		io.WriteString(l.conn, "250-2.0")
	}, mail.Unknown},
	{"garbage in answer to the message", 0, func(l *liar) { l.say("220 x"); l.until("DATA"); l.say("354 go"); l.dot(); l.say("thanks!") }, mail.Unknown},
	{"silence in answer to the message", 0, func(l *liar) { l.say("220 x"); l.until("DATA"); l.say("354 go"); l.dot(); l.silence() }, mail.Unknown},
	{"hangs up in the message", 0, func(l *liar) { l.say("220 x"); l.until("DATA"); l.say("354 go"); l.in.ReadString('\n') }, mail.Retry},
	{"reads nothing", 0, func(l *liar) { l.say("220 x\r\n250 x\r\n250 ok\r\n250 ok\r\n354 go"); time.Sleep(10 * time.Second) }, mail.Retry},
	{"TLS garbage", smtpside.TLSRequired, func(l *liar) { l.startTLS(); l.in.ReadByte(); l.flood("\x16\x03\x03\xff\xff\x02") }, mail.Retry},
	{"no handshake", smtpside.TLSRequired, func(l *liar) { l.startTLS(); l.silence() }, mail.Retry},
	{"SMTP instead of a handshake", smtpside.TLSRequired, func(l *liar) { l.startTLS(); l.flood("250 ok\r\n") }, mail.Retry},
	{"a certificate of nobody", smtpside.TLSRequired, func(l *liar) {
		l.startTLS()
		if ca, err := smtptest.NewCA(); err == nil {
			if cert, err := ca.Issue("127.0.0.1"); err == nil {
				conn := tls.Server(l.conn, &tls.Config{Certificates: []tls.Certificate{cert}})
				io.Copy(io.Discard, conn)
			}
		}
	}, mail.Retry},
	{"a refusal for ever", 0, func(l *liar) { l.say("554 5.7.1 " + strings.Repeat("never ", 100)) }, mail.Failed},
}

// dot reads a message.
func (l *liar) dot() {
	for {
		if line, err := l.in.ReadString('\n'); err != nil || line == ".\r\n" {
			return
		}
	}
}

func (l *liar) startTLS() {
	l.say("220 x")
	l.until("EHLO")
	l.say("250-x\r\n250 STARTTLS")
	l.until("STARTTLS")
	l.say("220 go")
}

// serve plays the liar to each connection.
func serve(t *testing.T, play func(*liar)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(30 * time.Second))
				play(&liar{conn, bufio.NewReader(conn)})
			})
		}
	})
	t.Cleanup(func() { listener.Close(); running.Wait() })
	return listener.Addr().String()
}

// A witness counts tries as metrics do.
type witness struct {
	mu    sync.Mutex
	tries map[string][]mail.Outcome // by route
}

func (w *witness) Tried(t courier.Try) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tries[t.Route] = append(w.tries[t.Route], t.Outcome)
}

func (w *witness) of(route string) []mail.Outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tries[route]
}

func (w *witness) Destination(string, string, bool) {}

// A lockedBuffer takes what several goroutines log.
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

// Whatever a server does, it ends within the limits, is logged and counted, and mail for others goes on meanwhile.
func TestBadServers(t *testing.T) {
	q, err := sqlite.Open(t.TempDir(), sqlite.Options{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	sink, err := smtptest.NewSink(smtptest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	const limit = 3 * time.Second // the good one keeps it on a busy machine, too
	sender, err := smtpside.NewSender(smtpside.SenderOptions{Hostname: "gw.here.test", Timeouts: smtpside.Timeouts{
		Connect: limit, Handshake: limit, Greeting: limit, Command: limit, DataStart: limit, DataBlock: limit, DataEnd: limit,
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	smarthosts := map[string]smtpside.Route{"smarthost/good": {Hosts: []string{sink.Addr}}}
	for i, bad := range badServers {
		smarthosts[fmt.Sprintf("smarthost/%d", i)] = smtpside.Route{Hosts: []string{serve(t, bad.play)}, TLS: bad.tls}
	}
	out, err := internet.New(internet.Options{Sender: sender, Smarthosts: smarthosts})
	if err != nil {
		t.Fatal(err)
	}
	seen, log := &witness{tries: map[string][]mail.Outcome{}}, &lockedBuffer{}
	c, err := courier.New(courier.Options{Name: "out", Queue: q, Deliver: out.Deliver, Workers: len(badServers) + 1, Observer: seen,
		Logger: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { c.Run(ctx) })
	defer running.Wait()
	defer stop()
	put := func(route string) string {
		receipt, err := q.Put(t.Context(), queue.Entry{
			Mail: mail.Mail{Envelope: mail.Envelope{From: "a@here.test", Recipients: []mail.Recipient{{Address: "b@there.test"}}}},
			Body: strings.NewReader("Subject: x\r\n\r\n" + strings.Repeat("0123456789abcdef\r\n", 1<<19)),
			Legs: []queue.Leg{{Courier: "out", Route: route, Destination: route}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return string(receipt.ID)
	}
	start := time.Now()
	ids := make([]string, len(badServers))
	for i := range badServers {
		ids[i] = put(fmt.Sprintf("smarthost/%d", i))
	}
	put("smarthost/good")
	wait := func(route string) mail.Outcome {
		t.Helper()
		for len(seen.of(route)) == 0 {
			if time.Sleep(5 * time.Millisecond); time.Since(start) > 2*time.Minute {
				t.Fatalf("%s: nothing after %v", route, time.Since(start))
			}
		}
		return seen.of(route)[0]
	}
	if o := wait("smarthost/good"); o.Verdict != mail.Delivered || sink.Count() != 1 {
		t.Errorf("the good one: %+v", o)
	}
	var rows [][]string
	for i, bad := range badServers {
		o := wait(fmt.Sprintf("smarthost/%d", i))
		if o.Verdict != bad.want || len(o.Text) > 5000 || o.Code == 0 {
			t.Errorf("%s: %+v, want %v", bad.name, o, bad.want)
		}
		for n := 0; !strings.Contains(log.String(), " msg="+ids[i]); n++ { // it is counted first
			if time.Sleep(time.Millisecond); n == 20000 {
				t.Errorf("%s: not in the log", bad.name)
				break
			}
		}
		rows = append(rows, []string{bad.name, o.Verdict.String(), fmt.Sprintf("%d %s %.60s", o.Code, o.Status(), o.Text)})
	}
	smtptest.Table(t.Output(), "Servers that lie", []string{"server", "verdict", "outcome"}, rows)
}
