package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"time"
)

// startTime is how long a process may take to listen.
const startTime = 60 * time.Second

// A process is this program in another role, killed and started again.
type process struct {
	role, config, log, addr string
	env                     []string // beside this process's own

	mu     sync.Mutex
	cmd    *exec.Cmd
	exited chan struct{} // closed when it has
}

// freeAddress finds a port that nobody listens on; a process must have the
// same one each time it starts.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// start starts the process and waits until it listens. One that ends before, because what it stands on is in trouble, is started again.
func (p *process) start(ctx context.Context) error {
	for deadline := time.Now().Add(startTime); ; {
		exited, err := p.launch()
		if err != nil {
			return err
		}
		err = p.listens(ctx, exited, deadline)
		if err == nil || ctx.Err() != nil || time.Now().After(deadline) {
			return err
		}
		p.kill()
		time.Sleep(100 * time.Millisecond)
	}
}

func (p *process) launch() (exited chan struct{}, err error) {
	log, err := os.OpenFile(p.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, p.role, p.config)
	cmd.Stderr, cmd.Stdout = log, log
	cmd.Env = append(append(os.Environ(), roleEnv+"="+p.role), p.env...)
	cmd.SysProcAttr = withParent()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	exited = make(chan struct{})
	go func() { // ends with the process, which kill sees to
		defer close(exited)
		var exit *exec.ExitError
		if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
			fmt.Fprintf(os.Stderr, "torture: waiting for the %s: %v\n", p.role, err)
		}
	}()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cmd, p.exited = cmd, exited
	return exited, nil
}

func (p *process) listens(ctx context.Context, exited chan struct{}, deadline time.Time) error {
	for {
		conn, err := net.DialTimeout("tcp", p.addr, time.Second)
		if err == nil {
			return conn.Close()
		}
		ended := false
		select {
		case <-exited:
			ended = true
		case <-time.After(20 * time.Millisecond):
		}
		if ended || ctx.Err() != nil || time.Now().After(deadline) {
			tail, _ := os.ReadFile(p.log)
			return fmt.Errorf("the %s does not listen: %w\n%s", p.role, err, tail[max(0, len(tail)-2000):])
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
	_ = p.cmd.Process.Kill() // fails when it has ended already
	<-p.exited
	p.cmd = nil
}

// signal sends it one, if it runs.
func (p *process) signal(s os.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return nil
	}
	return p.cmd.Process.Signal(s)
}

// pid is that of the running process, or 0.
func (p *process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// alive fails when the process has ended by itself.
func (p *process) alive() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.exited:
		tail, _ := os.ReadFile(p.log)
		return fmt.Errorf("the %s has ended by itself\n%s", p.role, tail[max(0, len(tail)-4000):])
	default:
		return nil
	}
}
