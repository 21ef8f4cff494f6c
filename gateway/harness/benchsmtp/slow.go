package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"time"
)

// slowClients opens connections that dawdle, half of them between commands and half in the middle of a message, and tells how much
// memory a session takes, and whether others still get their mail in.
func (b *board) slowClients(ctx context.Context, s *subject) error {
	server, err := s.start(ctx, "")
	if err != nil {
		return err
	}
	defer server.Stop()
	warm := loadJob{Addr: server.Addr, Sessions: 1, Size: 4 << 10, Seconds: 1, Most: 50}
	if _, err := b.load(ctx, warm); err != nil {
		return err
	}
	before, err := used(server)
	if err != nil {
		return err
	}
	conns, err := b.dawdle(ctx, server.Addr)
	defer func() {
		for _, c := range conns {
			c.Close()
		}
	}()
	if err != nil {
		return err
	}
	after, err := used(server)
	if err != nil {
		return err
	}
	others, err := b.load(ctx, loadJob{Addr: server.Addr, Sessions: 1, Size: 4 << 10, Seconds: 1, Most: 200})
	if err != nil {
		return err
	}
	fmt.Printf("%d slow connections, half of them within a message: %.1f KB of memory each (%.0f MB to %.0f MB); another session meanwhile: p50 %.2f ms\n",
		len(conns), float64(after.RSS-before.RSS)/float64(len(conns))/1024, float64(before.RSS)/(1<<20), float64(after.RSS)/(1<<20), others.P50)
	return nil
}

func (b *board) dawdle(ctx context.Context, addr string) (conns []net.Conn, err error) {
	for i := range b.slow {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		if err != nil {
			return conns, err
		}
		conns = append(conns, conn)
		t := &talker{conn: conn, in: bufio.NewReaderSize(conn, 512)}
		if err := t.expect(220); err != nil {
			return conns, err
		}
		if err := t.say("EHLO slow.test\r\n", 250); err != nil {
			return conns, err
		}
		if i%2 == 0 {
			continue
		}
		if err := t.say("MAIL FROM:<a@slow.test>\r\nRCPT TO:<box@sink.test>\r\nDATA\r\n", 250, 250, 354); err != nil {
			return conns, err
		}
		if _, err := conn.Write([]byte("Subject: wait for it\r\n\r\nfirst line\r\n")); err != nil {
			return conns, err
		}
	}
	time.Sleep(time.Second)
	return conns, nil
}
