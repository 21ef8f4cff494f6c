package smtpside

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// largeText is a message of many lines, some of which begin with dots, and what it is on the wire.
func largeText() (message, wire string) {
	var m, w strings.Builder
	for i := range 6000 {
		line := strings.Repeat(".", i%3) + strings.Repeat("x", i%70) + "\r\n"
		m.WriteString(line)
		if strings.HasPrefix(line, ".") {
			w.WriteString(".")
		}
		w.WriteString(line)
	}
	return m.String(), w.String()
}

// A large message arrives as it was sent, in whatever pieces, and the commands behind it are obeyed.
func TestLargeText(t *testing.T) {
	message, wire := largeText()
	for _, piece := range []int{len(wire) + 100, 64 << 10, 16<<10 + 1, 1000} {
		book := &notebook{}
		_, addr := startServer(t, ServerOptions{Backend: book, Trusted: loopback})
		k := dialTalk(t, addr)
		k.play("S: 220\nC: EHLO x\nS: *\nC: MAIL FROM:<a@b>\nS: 250\nC: RCPT TO:<c@d>\nS: 250\nC: DATA\nS: 354")
		all := wire + ".\r\nRSET\r\nMAIL FROM:<e@f>\r\nQUIT\r\n"
		for rest := all; rest != ""; {
			n := min(piece, len(rest))
			io.WriteString(k.conn, rest[:n])
			rest = rest[n:]
		}
		k.play("S: 250 2.0.0 queued\nS: 250\nS: 250\nS: 221\nEOF")
		if got := book.body(0); got != message {
			t.Errorf("in pieces of %d: %d octets came, want %d", piece, len(got), len(message))
		}
	}
}

// A command that came in one piece with the end of a large message and STARTTLS was said in the clear: there is no handshake, behind which it might count.
func TestInjectionBehindLargeText(t *testing.T) {
	_, wire := largeText()
	book := &notebook{}
	_, addr := startServer(t, ServerOptions{Backend: book, Trusted: loopback, TLS: serverTLS(t)})
	k := dialTalk(t, addr)
	k.play("S: 220\nC: EHLO x\nS: *\nC: MAIL FROM:<a@b>\nS: 250\nC: RCPT TO:<c@d>\nS: 250\nC: DATA\nS: 354")
	io.WriteString(k.conn, wire+".\r\nSTARTTLS\r\nMAIL FROM:<evil@x>\r\n")
	k.play("S: 250 2.0.0 queued\nS: 5\nS: 250 2.1.0")
}

// What is given back is buffered, all of it: the checks for commands said too early ask the buffer.
func TestUnread(t *testing.T) {
	for _, size := range []int{1, guardBuffer, guardBuffer + 1, 10 * guardBuffer} {
		here, there := net.Pipe()
		g := &guard{conn: here, in: bufio.NewReaderSize(here, guardBuffer)}
		data := strings.Repeat("NOOP\r\n", size/6+1)[:size]
		g.unread([]byte(data))
		if n := g.in.Buffered(); n != size {
			t.Errorf("%d of %d octets are buffered", n, size)
		}
		go fmt.Fprint(there, "QUIT\r\n")
		got := make([]byte, size+6)
		if _, err := io.ReadFull(g.in, got); err != nil || string(got) != data+"QUIT\r\n" {
			t.Errorf("%d octets came back as %d, %v", size, len(got), err)
		}
		here.Close()
		there.Close()
	}
}
