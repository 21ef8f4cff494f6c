package peers

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

const (
	startTime = 30 * time.Second
	stopTime  = 3 * time.Second
)

// A Server is a program that listens, with the processes that it has started.
type Server struct {
	Addr string
	cmd  *exec.Cmd
	said *tail
	done chan struct{}
	once sync.Once
}

// Start runs a command, whose processes form a group, until it listens at addr.
func Start(ctx context.Context, cmd *exec.Cmd, addr string) (*Server, error) {
	return start(ctx, cmd, addr)
}

func start(ctx context.Context, cmd *exec.Cmd, addr string) (*Server, error) {
	s := &Server{Addr: addr, cmd: cmd, said: &tail{}, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = s.said, s.said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(s.done)
		_ = cmd.Wait() // killed, mostly; what it said is in said
	}()
	for deadline := time.Now().Add(startTime); ; {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", addr)
		if err == nil {
			return s, conn.Close()
		}
		select {
		case <-s.done:
			return nil, fmt.Errorf("ended at once: %s", s.said)
		case <-time.After(20 * time.Millisecond):
		}
		if ctx.Err() != nil || time.Now().After(deadline) {
			s.Stop()
			return nil, fmt.Errorf("does not listen: %w: %s", err, s.said)
		}
	}
}

// PID is the number of the first process.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Stop asks the program to end, and ends it with all that it has started.
func (s *Server) Stop() {
	s.once.Do(func() {
		all, _ := s.Processes() // without the list, the group is still ended
		_ = s.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-s.done:
		case <-time.After(stopTime):
		}
		_ = syscall.Kill(-s.PID(), syscall.SIGKILL) // mostly gone
		<-s.done
		for _, pid := range all {
			for try := 0; try < 100 && syscall.Kill(pid, 0) == nil; try++ {
				if try == 50 {
					_ = syscall.Kill(pid, syscall.SIGKILL)
				}
				time.Sleep(20 * time.Millisecond)
			}
		}
	})
}

// Processes are the numbers of the program and of all that descend from it.
func (s *Server) Processes() ([]int, error) { return descendants(s.PID()) }

// A tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailLength = 4000

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if over := len(t.text) - tailLength; over > 0 {
		t.text = t.text[over:]
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.text))
}
