package gateway_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// A mail of 150 MB comes in by the listener, goes through the queue and out to another host, and the heap stays small: nobody
// on its way holds it in memory.
func TestLargeMail(t *testing.T) {
	const octets, most = 150_000_000, 48_000_000
	if testing.Short() {
		t.Skip("-short: 150 MB take their time")
	}
	sink, err := smtptest.NewSink(smtptest.Options{MaxSize: 2 * octets, KeepOctets: 4 << 10})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sink.Close() })
	c, err := config.Parse("test.yaml", fmt.Appendf(nil, `
hostname: gw.test
data: %s
admin: {address: ""}
listeners: [{name: in, address: "127.0.0.1:0", mode: plain, networks: [127.0.0.0/8], limits: {message_size: 300MiB}}]
routes: [{via: smarthost/sink}]
internet: {smarthosts: [{name: sink, hosts: ["%s"], tls: never}]}
`, t.TempDir(), sink.Addr))
	if err != nil {
		t.Fatal(err)
	}
	g, err := gateway.New(c, gateway.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { g.Run(ctx) })
	defer running.Wait()
	defer cancel()

	runtime.GC()
	debug.FreeOSMemory()
	peak := watchHeap(ctx, &running)
	start := time.Now()
	sendLarge(t, g.Addresses()["in"].String(), octets)
	in := time.Since(start)
	wait, end := context.WithTimeout(ctx, 2*time.Minute)
	defer end()
	mails, err := sink.WaitFor(wait, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d octets in by SMTP in %v and out in %v: heap at most %.1f MB", mails[0].Size, in.Round(time.Millisecond),
		(time.Since(start) - in).Round(time.Millisecond), float64(peak())/1e6)
	if mails[0].Size < octets {
		t.Errorf("%d octets arrived", mails[0].Size)
	}
	if n := peak(); n > most {
		t.Errorf("the heap had %d bytes in use, want %d at most", n, uint64(most))
	}
}

// watchHeap gives a function that tells the most that the heap has had in use.
func watchHeap(ctx context.Context, running *sync.WaitGroup) (peak func() uint64) {
	var mu sync.Mutex
	var most uint64
	look := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		mu.Lock()
		defer mu.Unlock()
		most = max(most, m.HeapInuse)
		return most
	}
	running.Go(func() {
		for ctx.Err() == nil {
			look()
			time.Sleep(5 * time.Millisecond)
		}
	})
	return look
}

// sendLarge sends a mail with an attachment of as many octets in base64.
func sendLarge(t *testing.T, addr string, octets int) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(2 * time.Minute))
	r, w := bufio.NewReader(conn), bufio.NewWriterSize(conn, 64<<10)
	say := func(text, want string) {
		t.Helper()
		fmt.Fprint(w, text)
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		for more := true; more; {
			line, err := r.ReadString('\n')
			if err != nil || !strings.HasPrefix(line, want) {
				t.Fatalf("%q, %v; want %s", line, err, want)
			}
			more = line[3] == '-'
		}
	}
	say("", "220")
	say("EHLO client.test\r\n", "250")
	say("MAIL FROM:<a@here.test>\r\n", "250")
	say("RCPT TO:<b@there.test>\r\n", "250")
	say("DATA\r\n", "354")
	fmt.Fprint(w, "From: a@here.test\r\nTo: b@there.test\r\nSubject: large\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\n"+
		"Content-Transfer-Encoding: base64\r\n\r\n")
	line := strings.Repeat("TWFw", 19) + "\r\n"
	for n := 0; n < octets; n += len(line) {
		w.WriteString(line)
	}
	say(".\r\n", "250")
	say("QUIT\r\n", "221")
}
