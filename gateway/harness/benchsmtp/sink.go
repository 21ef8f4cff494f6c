package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"sync/atomic"
)

// runSink takes every mail and forgets it, in a process of its own. It prints its address, and the number of mails for each line
// that it reads; it ends with its input.
func runSink(ctx context.Context) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	fmt.Println(l.Addr())
	var mails atomic.Int64
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // the process ends
			}
			go swallow(conn, &mails)
		}
	}()
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		fmt.Println(mails.Load())
	}
	return nil
}

// swallow serves one connection.
func swallow(conn net.Conn, mails *atomic.Int64) {
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 64<<10)
	out := bufio.NewWriter(conn)
	out.WriteString("220 sink.test ESMTP\r\n")
	for {
		if in.Buffered() == 0 {
			out.Flush()
		}
		line, err := in.ReadSlice('\n')
		if err != nil || len(line) < 4 {
			return
		}
		switch string(bytes.ToUpper(line[:4])) {
		case "EHLO":
			out.WriteString("250-sink.test\r\n250-PIPELINING\r\n250-SIZE 200000000\r\n250 8BITMIME\r\n")
		case "DATA":
			out.WriteString("354 go\r\n")
			out.Flush()
			if !swallowMessage(in) {
				return
			}
			mails.Add(1)
			out.WriteString("250 2.0.0 taken\r\n")
		case "QUIT":
			out.WriteString("221 bye\r\n")
			out.Flush()
			return
		default:
			out.WriteString("250 ok\r\n")
		}
	}
}

func swallowMessage(in *bufio.Reader) bool {
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return false
		}
		if len(line) == 3 && line[0] == '.' {
			return true
		}
	}
}
