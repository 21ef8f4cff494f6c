package smtpside

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// A void takes every mail and forgets it.
type void struct{}

func (void) NewSession(context.Context, *Peer) (Session, error)    { return void{}, nil }
func (void) Auth(_ context.Context, c Credentials) (string, error) { return c.Username, nil }
func (void) Mail(context.Context, string, MailParams) error        { return nil }
func (void) Rcpt(context.Context, string, RcptParams) error        { return nil }
func (void) Reset()                                                {}
func (void) Close()                                                {}
func (void) Data(_ context.Context, r io.Reader) (string, error) {
	_, err := io.Copy(io.Discard, r)
	return "", err
}

// messageOf makes a message of about so many octets, in lines of 76.
func messageOf(octets int) string {
	return "Subject: test\r\n\r\n" + strings.Repeat(strings.Repeat("x", 74)+"\r\n", octets/76)
}

// spread runs work b.N times in all, in so many goroutines.
func spread(b *testing.B, sessions int, work func(next func() bool)) {
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	for range sessions {
		wg.Go(func() { work(func() bool { return left.Add(-1) >= 0 }) })
	}
	wg.Wait()
}

// BenchmarkAccept takes mails in over kept connections; one operation is one mail. The client shares the machine.
func BenchmarkAccept(b *testing.B) {
	for _, size := range []int{4 << 10, 100 << 10} {
		for _, sessions := range []int{1, 32, 200} {
			b.Run(fmt.Sprintf("%dKB/%d", size>>10, sessions), func(b *testing.B) {
				_, addr := startServer(b, ServerOptions{Backend: void{}, Trusted: loopback, Limits: Limits{SessionsPerIP: -1}})
				text := messageOf(size)
				b.SetBytes(int64(len(text)))
				spread(b, sessions, func(next func() bool) { pump(b, addr, text, next) })
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
			})
		}
	}
}

// pump sends mails over one connection, in three round trips each as a client with PIPELINING does.
func pump(b *testing.B, addr, text string, next func() bool) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		b.Error(err)
		return
	}
	defer conn.Close()
	r := bufio.NewReader(conn)
	expect := func(code string, lines int) {
		for range lines {
			line, err := r.ReadSlice('\n')
			if err != nil || !strings.HasPrefix(string(line), code) {
				b.Errorf("%q, %v", line, err)
				return
			}
		}
	}
	expect("220", 1)
	io.WriteString(conn, "HELO x\r\n")
	expect("250", 1)
	message := []byte(text + ".\r\n")
	for next() && !b.Failed() {
		io.WriteString(conn, "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n")
		expect("250", 2)
		expect("354", 1)
		conn.Write(message)
		expect("250", 1)
	}
}

// BenchmarkAcceptSessions counts a connection for each mail, as devices send.
func BenchmarkAcceptSessions(b *testing.B) {
	_, addr := startServer(b, ServerOptions{Backend: void{}, Trusted: loopback, Limits: Limits{SessionsPerIP: -1}})
	text := messageOf(4 << 10)
	spread(b, 32, func(next func() bool) {
		for next() && !b.Failed() {
			once := true
			pump(b, addr, text, func() bool { defer func() { once = false }(); return once })
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
}

// BenchmarkSend sends mails to one destination over kept connections.
func BenchmarkSend(b *testing.B) {
	for _, conns := range []int{1, 10} {
		b.Run(fmt.Sprint(conns), func(b *testing.B) {
			sink := newSink(b, smtptest.Options{Keep: 1, KeepOctets: 1})
			s := newTestSender(b, SenderOptions{MaxPerDestination: conns, MaxMailsPerConn: 1000})
			job := jobTo(sink.Addr, "a@y.example")
			job.Open = textOf(messageOf(4 << 10))
			spread(b, conns*2, func(next func() bool) {
				for next() && !b.Failed() {
					result, err := s.Send(context.Background(), job)
					if err != nil || !result.Recipients[0].Status.Success() {
						b.Errorf("%+v, %v", result, err)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
		})
	}
}

// BenchmarkTextScanner is the reading of a message without the network.
func BenchmarkTextScanner(b *testing.B) {
	src := []byte(messageOf(1 << 20))
	dst := make([]byte, 32<<10)
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		t := textScanner{maxLine: 1 << 30}
		for rest := src; len(rest) > 0; {
			_, n, err := t.scan(dst, rest)
			if err != nil {
				b.Fatal(err)
			}
			rest = rest[n:]
		}
	}
}

// BenchmarkTextWriter is the writing of one.
func BenchmarkTextWriter(b *testing.B) {
	src := []byte(messageOf(1 << 20))
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		w := &textWriter{out: bufio.NewWriterSize(io.Discard, clientWriteBuffer)}
		w.Write(src)
	}
}
