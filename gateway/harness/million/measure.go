package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

const gatewayConfig = `
hostname: gw.example.test
data: %[1]s/data
admin: {address: "%[5]s"}
log: {level: warn}
queue: {engine: %[2]s, url: "%[3]s"}
listeners:
  - {name: apps, address: "%[4]s", mode: plain, networks: [127.0.0.0/8]}
routes:
  - {via: internet}
`

func (p place) gateway(smtp, admin string) []byte {
	return fmt.Appendf(nil, gatewayConfig, p.dir, p.engine, p.url, smtp, admin)
}

// startTime is how long a gateway may take to listen before this gives up.
const startTime = 2 * time.Minute

func waitFor(addr string) error {
	for deadline := time.Now().Add(startTime); ; time.Sleep(5 * time.Millisecond) {
		c, err := net.DialTimeout("tcp", addr, time.Second)
		if err == nil {
			return c.Close()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the gateway does not listen: %w", err)
		}
	}
}

// lists is how often the first page is asked for; the middle one counts.
const lists = 5

// list gives the time of "queue list", the start of that program included. In between the gateway answers /metrics, as it
// does every few seconds in real life.
func (p place) list(ctx context.Context, admin string) (time.Duration, error) {
	var took []time.Duration
	for range lists {
		start := time.Now()
		out, err := exec.CommandContext(ctx, p.binary(), "queue", "list", "-c", p.config()).CombinedOutput()
		took = append(took, time.Since(start))
		if err != nil {
			return 0, fmt.Errorf("queue list: %w: %s", err, out)
		}
		if lines := bytes.Count(out, []byte("\n")); lines != 101 {
			return 0, fmt.Errorf("queue list printed %d lines, want a page of 100 and a head", lines)
		}
		if err := scrape(ctx, "http://"+admin+"/metrics"); err != nil {
			return 0, err
		}
	}
	slices.Sort(took)
	return took[lists/2], nil
}

func scrape(ctx context.Context, url string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

// peak is the most memory that a process has had, in bytes: VmHWM, as Linux tells it.
func peak(pid int) (int64, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			var kb int64
			if _, err := fmt.Sscan(value, &kb); err != nil {
				return 0, err
			}
			return kb << 10, nil
		}
	}
	return 0, fmt.Errorf("process %d has no VmHWM", pid)
}
