package ingress

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// BenchmarkAccept measures mails that are durably accepted over SMTP, by real clients on loopback.
func BenchmarkAccept(b *testing.B) {
	for _, size := range []int{4 << 10, 100 << 10} {
		for _, sessions := range []int{1, 32, 200} {
			b.Run(fmt.Sprintf("%dKB/%d", size>>10, sessions), func(b *testing.B) {
				s := newSite(b, loopback(), nil)
				text := "From: a@here.test\r\nDate: d\r\nMessage-ID: <1@x>\r\nSubject: s\r\n\r\n" +
					strings.Repeat("0123456789 0123456789 0123456789 0123456789 0123456789 0123456789\r\n", size/68) + ".\r\n"
				var next atomic.Int64
				var all sync.WaitGroup
				b.ResetTimer()
				for range sessions {
					all.Go(func() {
						if err := sendMany(s.addr, text, func() bool { return next.Add(1) <= int64(b.N) }); err != nil {
							b.Error(err)
						}
					})
				}
				all.Wait()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
			})
		}
	}
}

// sendMany sends mails over one connection as long as more says so.
func sendMany(addr, text string, more func() bool) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	r := bufio.NewReader(conn)
	say := func(code string, replies int, line string) error {
		if _, err := conn.Write([]byte(line)); err != nil {
			return err
		}
		for replies > 0 {
			reply, err := r.ReadString('\n')
			if err != nil || !strings.HasPrefix(reply, code) && !strings.HasPrefix(reply, "354") {
				return fmt.Errorf("got %q, %w", reply, err)
			}
			if reply[3] == ' ' {
				replies--
			}
		}
		return nil
	}
	if err := say("220", 1, ""); err != nil {
		return err
	}
	if err := say("250", 1, "EHLO bench.test\r\n"); err != nil {
		return err
	}
	for more() {
		if err := say("250", 3, "MAIL FROM:<a@here.test>\r\nRCPT TO:<bob@far.test>\r\nDATA\r\n"); err != nil {
			return err
		}
		if err := say("250", 1, text); err != nil {
			return err
		}
	}
	return nil
}
