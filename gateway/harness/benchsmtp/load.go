package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A loadJob says what the load generator does.
type loadJob struct {
	Addr     string
	Sessions int
	Size     int // octets of a mail
	Seconds  float64
	Most     int // mails; 0 is no bound
}

// A loadReport says what came of it.
type loadReport struct {
	Mails     int
	Seconds   float64
	P50, P99  float64 // milliseconds from MAIL to the answer to the final dot
	Failed    int
	FirstFail string
}

// runLoad is the load generator, a process of its own: sessions that stay open and send mail after mail, each in two writes, as
// a client with PIPELINING does.
func runLoad(ctx context.Context, job loadJob) error {
	message := messageOf(job.Size)
	l := &load{job: job, message: message, until: time.Now().Add(time.Duration(job.Seconds * float64(time.Second)))}
	start := time.Now()
	var all sync.WaitGroup
	for range job.Sessions {
		all.Go(func() { l.session(ctx) })
	}
	all.Wait()
	report := loadReport{Mails: len(l.took), Seconds: time.Since(start).Seconds(), Failed: l.failed, FirstFail: l.firstFail}
	slices.Sort(l.took)
	if n := len(l.took); n > 0 {
		report.P50 = float64(l.took[n/2]) / 1e6
		report.P99 = float64(l.took[n*99/100]) / 1e6
	}
	return json.NewEncoder(os.Stdout).Encode(report)
}

type load struct {
	job     loadJob
	message []byte
	until   time.Time
	begun   atomic.Int64

	mu        sync.Mutex
	took      []time.Duration
	failed    int
	firstFail string
}

// messageOf makes a message of about so many octets in lines of 72, with its final dot.
func messageOf(size int) []byte {
	head := "From: Bench <bench@client.test>\r\nTo: <box@sink.test>\r\nSubject: one of many\r\n" +
		"Date: Sun, 22 Nov 2026 12:00:00 +0000\r\nMessage-ID: <bench@client.test>\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: text/plain; charset=us-ascii\r\n\r\n"
	line := strings.Repeat("0123456789", 7) + "\r\n"
	return []byte(head + strings.Repeat(line, max(1, (size-len(head))/len(line))) + ".\r\n")
}

func (l *load) session(ctx context.Context) {
	took, err := l.send(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.took = append(l.took, took...)
	if err != nil {
		if l.failed++; l.firstFail == "" {
			l.firstFail = err.Error()
		}
	}
}

func (l *load) send(ctx context.Context) (took []time.Duration, err error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", l.job.Addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	c := &talker{conn: conn, in: bufio.NewReader(conn)}
	if err := c.expect(220); err != nil {
		return nil, err
	}
	if err := c.say("EHLO client.test\r\n", 250); err != nil {
		return nil, err
	}
	for time.Now().Before(l.until) && (l.job.Most == 0 || l.begun.Add(1) <= int64(l.job.Most)) {
		start := time.Now()
		if err := c.say("MAIL FROM:<bench@client.test>\r\nRCPT TO:<box@sink.test>\r\nDATA\r\n", 250, 250, 354); err != nil {
			return took, err
		}
		if _, err := conn.Write(l.message); err != nil {
			return took, err
		}
		if err := c.expect(250); err != nil {
			return took, err
		}
		took = append(took, time.Since(start))
	}
	return took, c.say("QUIT\r\n", 221)
}

// A talker is a client's end of a session.
type talker struct {
	conn net.Conn
	in   *bufio.Reader
}

func (t *talker) say(line string, codes ...int) error {
	if _, err := t.conn.Write([]byte(line)); err != nil {
		return err
	}
	return t.expect(codes...)
}

func (t *talker) expect(codes ...int) error {
	for _, want := range codes {
		for {
			line, err := t.in.ReadSlice('\n')
			if err != nil {
				return err
			}
			if len(line) < 4 || int(line[0]-'0') != want/100 {
				return fmt.Errorf("%q instead of %d", line, want)
			}
			if line[3] != '-' {
				break
			}
		}
	}
	return nil
}
