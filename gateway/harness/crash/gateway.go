package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// startTime is how long the gateway may take to listen.
const startTime = 30 * time.Second

// A process is the real gateway, killed and started again.
type process struct {
	binary string
	config string
	log    string
	smtp   string

	mu     sync.Mutex
	cmd    *exec.Cmd
	killed int
}

// newGateway builds the program and starts it.
func newGateway(ctx context.Context, dir, out string, w *world) (*process, error) {
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	p := &process{
		binary: filepath.Join(dir, "mapigate"), config: filepath.Join(dir, "mapigate.yaml"),
		log: filepath.Join(out, "gateway.log"), smtp: addr,
	}
	if err := os.Remove(p.log); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", p.binary, "github.com/mapigate/mapigate/cmd/mapigate")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the gateway: %w\n%s", err, out)
	}
	if err := os.WriteFile(p.config, w.config(dir, addr), 0o600); err != nil {
		return nil, err
	}
	return p, p.start(ctx)
}

// freeAddress finds a port that nobody listens on; the gateway must have the
// same one each time it starts.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func (p *process) start(ctx context.Context) error {
	log, err := os.OpenFile(p.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(p.binary, "serve", "-c", p.config)
	cmd.Stderr, cmd.Stdout = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	p.mu.Lock()
	p.cmd = cmd
	p.mu.Unlock()
	for deadline := time.Now().Add(startTime); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.DialTimeout("tcp", p.smtp, time.Second)
		if err == nil {
			return conn.Close()
		}
		if ctx.Err() != nil || time.Now().After(deadline) {
			tail, _ := os.ReadFile(p.log)
			return fmt.Errorf("the gateway does not listen: %w\n%s", err, tail[max(0, len(tail)-2000):])
		}
	}
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return
	}
	p.killed++
	_ = p.cmd.Process.Kill()
	err := p.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		fmt.Fprintln(os.Stderr, "crash: waiting for the gateway:", err)
	}
	p.cmd = nil
}

func (p *process) restart(ctx context.Context) error {
	p.kill()
	return p.start(ctx)
}

func (p *process) kills() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.killed
}
