package smtpside

import (
	"bufio"
	"fmt"
	"net"
	"runtime"
	"testing"
	"time"
)

// What a client costs that has said EHLO and then nothing: memory of the heap and of stacks, both ends of the connection being in
// this process.
func TestIdleSessionsAreCheap(t *testing.T) {
	const sessions, most = 500, 64 << 10
	for _, secure := range []bool{false, true} {
		opts := ServerOptions{Backend: &notebook{}, Trusted: loopback, Limits: Limits{SessionsPerIP: -1}}
		if secure {
			opts.Mode, opts.TLS = TLSStart, serverTLS(t)
		}
		_, addr := startServer(t, opts)
		before := memoryInUse()
		conns := make([]net.Conn, sessions)
		for i := range conns {
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conns[i] = conn
			greet(t, conn)
		}
		each := (memoryInUse() - before) / sessions
		t.Logf("%d bytes for each of %d idle sessions (STARTTLS offered: %v)", each, sessions, secure)
		if each > most {
			t.Errorf("an idle session costs %d bytes, want %d at most", each, most)
		}
		for _, conn := range conns {
			conn.Close()
		}
	}
}

// greet says EHLO and reads the answer, without keeping a buffer.
func greet(t *testing.T, conn net.Conn) {
	t.Helper()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	r := bufio.NewReaderSize(conn, 512)
	for _, say := range []string{"", "EHLO x\r\n"} {
		fmt.Fprint(conn, say)
		for more := true; more; {
			line, err := r.ReadString('\n')
			if err != nil || len(line) < 4 || line[0] != '2' {
				t.Fatalf("%q, %v", line, err)
			}
			more = line[3] == '-'
		}
	}
}

func memoryInUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
