package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/mapigate/mapigate/gateway/harness/peers"
	"github.com/mapigate/mapigate/gateway/harness/progress"
)

// A board runs the loads and shows what came of them.
type board struct {
	*options
	dir string
}

// A cell is one load on one server.
type cell struct {
	loadReport
	rate float64 // mails per second: accepted, or arrived at the sink
	cpu  time.Duration
	rss  int64 // the most, in bytes
}

const tableHead = "%-10s %6s %9s  %10s %9s %9s %12s %8s\n"

// table measures all sizes and sessions.
func (b *board) table(ctx context.Context, subjects []*subject, relay bool) error {
	sizes, err := numbers(b.sizes)
	if err != nil {
		return err
	}
	sessions, err := numbers(b.sessions)
	if err != nil {
		return err
	}
	title := "accepted durably"
	if relay {
		title = "accepted and relayed (rate: arrived at the next host)"
	}
	bar, done := progress.New(title, len(sizes)*len(sessions)*len(subjects)), 0
	defer bar.End()
	fmt.Println(title)
	fmt.Printf(tableHead, "server", "KB", "sessions", "mails/s", "p50 ms", "p99 ms", "CPU µs/mail", "RSS MB")
	for _, size := range sizes {
		for _, n := range sessions {
			for _, s := range subjects {
				bar.Show(fmt.Sprintf("%s, %d KB, %d sessions", s.name, size, n), done)
				c, err := b.measure(ctx, s, size<<10, n, relay)
				if err != nil {
					return fmt.Errorf("%s, %d KB, %d sessions: %w", s.name, size, n, err)
				}
				done++
				bar.Clear()
				fmt.Printf(tableHead, s.name, strconv.Itoa(size), strconv.Itoa(n), fmt.Sprintf("%.0f", c.rate), fmt.Sprintf("%.2f", c.P50),
					fmt.Sprintf("%.2f", c.P99), fmt.Sprintf("%.0f", float64(c.cpu.Microseconds())/float64(max(1, c.Mails))),
					fmt.Sprintf("%.0f", float64(c.rss)/(1<<20)))
				if c.Failed > 0 {
					fmt.Printf("  %d sessions failed: %s\n", c.Failed, c.FirstFail)
				}
			}
		}
	}
	fmt.Println()
	return nil
}

// mostRelayed bounds the backlog of a relaying load, in octets.
const mostRelayed = 2 << 30

// measure runs one load on a fresh server.
func (b *board) measure(ctx context.Context, s *subject, size, sessions int, relay bool) (c cell, err error) {
	nexthop := ""
	var sink *child
	if relay {
		if sink, err = b.child("-role", "sink"); err != nil {
			return c, err
		}
		defer sink.end()
		if nexthop, err = sink.line(); err != nil {
			return c, err
		}
	}
	server, err := s.start(ctx, nexthop)
	if err != nil {
		return c, err
	}
	defer server.Stop()
	before, err := used(server)
	if err != nil {
		return c, err
	}
	watch := watchMemory(server)
	start := time.Now()
	c.loadReport, err = b.load(ctx, loadJob{Addr: server.Addr, Sessions: sessions, Size: size, Seconds: b.seconds, Most: mostRelayed / size})
	if err != nil {
		return c, err
	}
	c.rate = float64(c.Mails) / c.Seconds
	if relay {
		arrived, err := sink.await(ctx, c.Mails, time.Duration(10*b.seconds)*time.Second)
		if err != nil {
			return c, err
		}
		c.rate = float64(arrived) / time.Since(start).Seconds()
	}
	after, err := used(server)
	c.cpu, c.rss = after.CPU-before.CPU, watch()
	return c, err
}

func used(s *peers.Server) (peers.Usage, error) {
	pids, err := s.Processes()
	if err != nil {
		return peers.Usage{}, err
	}
	return peers.Used(pids), nil
}

// watchMemory looks at a server's memory now and then; the function that it returns ends that and tells the most.
func watchMemory(s *peers.Server) (most func() int64) {
	quit, done := make(chan struct{}), make(chan int64)
	go func() {
		var most int64
		for {
			if u, err := used(s); err == nil {
				most = max(most, u.RSS)
			}
			select {
			case <-quit:
				done <- most
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	return func() int64 { close(quit); return <-done }
}

// load runs the load generator.
func (b *board) load(ctx context.Context, job loadJob) (r loadReport, err error) {
	text, err := json.Marshal(job)
	if err != nil {
		return r, err
	}
	var out, said bytes.Buffer
	cmd := exec.CommandContext(ctx, os.Args[0], "-role", "load", "-job", string(text))
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return r, fmt.Errorf("load generator: %w: %s", err, said.String())
	}
	err = json.Unmarshal(out.Bytes(), &r)
	if err == nil && r.Mails == 0 {
		err = fmt.Errorf("no mail was accepted: %s", r.FirstFail)
	}
	return r, err
}

// A child is a process of this program that talks by lines.
type child struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func (b *board) child(args ...string) (*child, error) {
	c := &child{cmd: exec.Command(os.Args[0], args...)}
	c.cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	c.cmd.Stderr = os.Stderr
	var err error
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewReader(out)
	return c, c.cmd.Start()
}

func (c *child) line() (string, error) {
	line, err := c.out.ReadString('\n')
	return strings.TrimSpace(line), err
}

// end closes the child's input, upon which it ends.
func (c *child) end() {
	c.in.Close()
	_ = c.cmd.Wait() // it has nothing to say any more
}

// await waits until the sink has so many mails, or patience ends, and returns how many it has.
func (c *child) await(ctx context.Context, mails int, patience time.Duration) (arrived int, err error) {
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if _, err := io.WriteString(c.in, "\n"); err != nil {
			return 0, err
		}
		line, err := c.line()
		if err != nil {
			return 0, err
		}
		if arrived, err = strconv.Atoi(line); err != nil || arrived >= mails || time.Now().After(deadline) || ctx.Err() != nil {
			return arrived, err
		}
	}
}
