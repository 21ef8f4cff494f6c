package smtpside

import (
	"bufio"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func newLineReader(r io.Reader) *bufio.Reader { return bufio.NewReader(r) }

func trusted(cidr string) []netip.Prefix { return []netip.Prefix{netip.MustParsePrefix(cidr)} }

// A counter is an Observer.
type counter struct {
	mu sync.Mutex
	n  map[string]int
}

func newCounter() *counter { return &counter{n: make(map[string]int)} }

func (c *counter) add(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n[what]++
}

func (c *counter) count(what string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n[what]
}

func (c *counter) SessionOpened(net.Addr)                      { c.add("opened") }
func (c *counter) SessionClosed(net.Addr, time.Duration)       { c.add("closed") }
func (c *counter) SessionRefused(_ net.Addr, why string)       { c.add("refused " + why) }
func (c *counter) Command(v string, s Status, _ time.Duration) { c.add(v + " " + s.Enhanced()) }

// Every way of writing "end of mail" that is not CR LF . CR LF, from CVE-2023-51764, -51765, -51766 and the research behind
// them. The message must be refused, and the mail inside it must never be seen.
var smuggles = []struct{ name, end string }{
	{"LF dot LF", "\n.\n"},
	{"LF dot CRLF", "\n.\r\n"},
	{"CRLF dot LF", "\r\n.\n"},
	{"CR dot CR", "\r.\r"},
	{"CR dot CRLF", "\r.\r\n"},
	{"CR dot LF", "\r.\n"},
	{"CRLF dot CR", "\r\n.\r"},
	{"LF dot CR", "\n.\r"},
	{"CRLF dot CR CR LF", "\r\n.\r\r\n"},
	{"CR CRLF dot CRLF", "\r\r\n.\r\n"},
	{"CRLF dot CR NUL LF", "\r\n.\r\x00\n"},
	{"CRLF CR dot CRLF", "\r\n\r.\r\n"},
	{"LF LF dot LF LF", "\n\n.\n\n"},
	{"CR NUL LF dot CRLF", "\r\x00\n.\r\n"},
}

const smuggled = "MAIL FROM:<evil@x>\r\nRCPT TO:<victim@y>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n"

func TestSmuggling(t *testing.T) {
	for _, tt := range smuggles {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			book, observer := &notebook{}, newCounter()
			_, addr := startServer(t, ServerOptions{Backend: book, Trusted: loopback, Observer: observer})
			k := dialTalk(t, addr)
			k.play("S: 220\nC= \"EHLO x\\r\\nMAIL FROM:<a@b>\\r\\nRCPT TO:<c@d>\\r\\nDATA\\r\\n\"\nS: *\nS: 250\nS: 250\nS: 354")
			io.WriteString(k.conn, "Subject: outer\r\n\r\nx"+tt.end+smuggled)
			k.play("S: 554 5.6.0\nEOF")
			settle(t, nil, book, "NEW x ESMTP\nMAIL <a@b> ESMTP\nRCPT <c@d>\nDATA broken\nRESET\nCLOSE")
			if n := observer.count("refused smuggling"); n != 1 {
				t.Errorf("%d refusals counted, want 1", n)
			}
		})
	}
}

// The same over BDAT: the octets are counted, so nothing can be smuggled in here; but the message must not pass with
// line ends that turn into an end of mail further on.
func TestSmugglingChunks(t *testing.T) {
	for _, tt := range smuggles {
		for _, cut := range []bool{false, true} { // whole, or in chunks that end in the middle of it
			book := &notebook{}
			_, addr := startServer(t, ServerOptions{Backend: book, Trusted: loopback})
			k := dialTalk(t, addr)
			k.play("S: 220\nC= \"EHLO x\\r\\nMAIL FROM:<a@b>\\r\\nRCPT TO:<c@d>\\r\\n\"\nS: *\nS: 250\nS: 250")
			chunks := []string{"x" + tt.end + "y\r\n"}
			if cut {
				chunks = []string{"x" + tt.end[:1], tt.end[1:] + "y\r\n"}
			}
			sendChunks(k, chunks)
			for range len(chunks) - 1 {
				k.step("S: 250")
			}
			k.play("S: 554 5.6.0\nC: NOOP\nS: 250")
			if book.body(0) != "" {
				t.Errorf("%s: taken", tt.name)
			}
		}
	}
}

func sendChunks(k *talk, chunks []string) {
	for i, chunk := range chunks {
		last := ""
		if i == len(chunks)-1 {
			last = " LAST"
		}
		io.WriteString(k.conn, "BDAT "+strconv.Itoa(len(chunk))+last+"\r\n"+chunk)
	}
}

// A client that goes away in the middle of the last chunk must not leave a truncated mail behind.
func TestTruncatedChunk(t *testing.T) {
	book := &notebook{}
	_, addr := startServer(t, ServerOptions{Backend: book, Trusted: loopback})
	k := dialTalk(t, addr)
	k.play("S: 220\nC= \"EHLO x\\r\\nMAIL FROM:<a@b>\\r\\nRCPT TO:<c@d>\\r\\nBDAT 1000 LAST\\r\\nonly the start\"\nS: *\nS: 250\nS: 250")
	k.conn.Close()
	settle(t, nil, book, "NEW x ESMTP\nMAIL <a@b> ESMTP\nRCPT <c@d>\nDATA broken\nRESET\nCLOSE")
}

func TestTruncatedData(t *testing.T) {
	book := &notebook{}
	_, addr := startServer(t, ServerOptions{Backend: book, Trusted: loopback})
	k := dialTalk(t, addr)
	k.play("S: 220\nC= \"EHLO x\\r\\nMAIL FROM:<a@b>\\r\\nRCPT TO:<c@d>\\r\\nDATA\\r\\nwhole line\\r\\n\"\nS: *\nS: 250\nS: 250\nS: 354")
	k.conn.Close()
	settle(t, nil, book, "NEW x ESMTP\nMAIL <a@b> ESMTP\nRCPT <c@d>\nDATA broken\nRESET\nCLOSE")
}

func TestMessageSize(t *testing.T) {
	const limit = 1000
	tests := []struct {
		name   string
		octets int
		script string
	}{
		{"exactly the limit", limit, "S: 250 2.0.0\nC: NOOP\nS: 250"},
		{"one more", limit + 1, "S: 552 5.3.4\nC: NOOP\nS: 250"},
		{"far more", 100 * limit, "S: 552 5.3.4\nEOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, addr := startServer(t, ServerOptions{Backend: &notebook{}, Trusted: loopback, Limits: Limits{MessageBytes: limit}})
			k := dialTalk(t, addr)
			k.play("S: 220\nC= \"EHLO x\\r\\nMAIL FROM:<a@b>\\r\\nRCPT TO:<c@d>\\r\\nDATA\\r\\n\"\nS: *\nS: 250\nS: 250\nS: 354")
			io.WriteString(k.conn, "."+strings.Repeat(".", tt.octets-2)+"\r\n.\r\n")
			k.play(tt.script)
		})
		t.Run(tt.name+" in chunks", func(t *testing.T) {
			book := &notebook{}
			_, addr := startServer(t, ServerOptions{Backend: book, Trusted: loopback, Limits: Limits{MessageBytes: limit}})
			k := dialTalk(t, addr)
			k.play("S: 220\nC= \"EHLO x\\r\\nMAIL FROM:<a@b>\\r\\nRCPT TO:<c@d>\\r\\n\"\nS: *\nS: 250\nS: 250")
			half := tt.octets / 2
			sendChunks(k, []string{strings.Repeat("x", half), strings.Repeat("x", tt.octets-half)})
			if tt.octets > limit && tt.octets/2 > limit {
				k.play("S: 552")
			} else {
				k.play("S: 250")
			}
			k.expect(map[bool]string{true: "250 2.0.0 queued", false: "5"}[tt.octets <= limit])
			k.play("C: NOOP\nS: 250")
			if taken := book.body(0) != ""; taken != (tt.octets <= limit) {
				t.Errorf("taken: %v", taken)
			}
		})
	}
}

func TestTextLineLimit(t *testing.T) {
	_, addr := startServer(t, ServerOptions{Backend: &notebook{}, Trusted: loopback, Limits: Limits{TextLine: 1000}})
	for n, want := range map[int]string{998: "250 2.0.0", 999: "554 5.6.0"} {
		k := dialTalk(t, addr)
		k.play("S: 220\nC= \"EHLO x\\r\\nMAIL FROM:<a@b>\\r\\nRCPT TO:<c@d>\\r\\nDATA\\r\\n\"\nS: *\nS: 250\nS: 250\nS: 354")
		io.WriteString(k.conn, "short\r\n"+strings.Repeat("x", n)+"\r\n.\r\n")
		k.expect(want)
	}
}

func ipAddr(s string) net.Addr { return &net.TCPAddr{IP: net.ParseIP(s), Port: 1} }
