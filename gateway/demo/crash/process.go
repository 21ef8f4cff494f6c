package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// A process is the gateway, dead or alive.
type process struct {
	binary, config, smtp string
	log                  string // a file, added to
	cmd                  *exec.Cmd
}

// newProcess builds the binary unless there is one.
func newProcess(ctx context.Context, binary, dir, config, smtp string) (*process, error) {
	if binary == "" {
		binary = filepath.Join(dir, "mapigate")
		build := exec.CommandContext(ctx, "go", "build", "-o", binary, "github.com/mapigate/mapigate/cmd/mapigate")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return nil, fmt.Errorf("building the gateway: %w", err)
		}
	}
	return &process{binary: binary, config: config, smtp: smtp, log: filepath.Join(dir, "gateway.log")}, nil
}

// startTime is how long the gateway may take until it answers.
const startTime = 20 * time.Second

// start starts the gateway and waits until its listener answers.
func (p *process) start(ctx context.Context) error {
	log, err := os.OpenFile(p.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	p.cmd = exec.Command(p.binary, "serve", "-c", p.config)
	p.cmd.Stderr = log
	if err := p.cmd.Start(); err != nil {
		return err
	}
	for deadline := time.Now().Add(startTime); time.Now().Before(deadline) && ctx.Err() == nil; {
		if conn, err := net.Dial("tcp", p.smtp); err == nil {
			return conn.Close()
		}
		time.Sleep(10 * time.Millisecond)
	}
	p.kill()
	tail, _ := os.ReadFile(p.log)
	return fmt.Errorf("the gateway did not start:\n%s", tail[max(0, len(tail)-2000):])
}

// kill ends the gateway without warning.
func (p *process) kill() {
	if p.cmd != nil && p.cmd.Process != nil {
		p.cmd.Process.Kill()
		p.cmd.Wait()
		p.cmd = nil
	}
}
