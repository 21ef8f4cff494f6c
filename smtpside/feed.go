package smtpside

import (
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
)

// A feed is the listener that go-smtp serves: it yields the guards that are pushed into it.
type feed struct {
	addr   net.Addr
	guards chan *guard
	closed chan struct{}
	once   sync.Once
}

func newFeed(addr net.Addr) *feed {
	return &feed{addr: addr, guards: make(chan *guard), closed: make(chan struct{})}
}

// push hands a guard to go-smtp; false if it has stopped serving.
func (f *feed) push(g *guard) bool {
	select {
	case f.guards <- g:
		return true
	case <-f.closed:
		return false
	}
}

// Accept implements net.Listener.
func (f *feed) Accept() (net.Conn, error) {
	select {
	case g := <-f.guards:
		return g, nil
	case <-f.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (f *feed) Close() error {
	f.once.Do(func() { close(f.closed) })
	return nil
}

// Addr implements net.Listener.
func (f *feed) Addr() net.Addr { return f.addr }

// innerLog takes go-smtp's messages: panics of a backend, and connection errors that are of no interest.
type innerLog struct{ log *slog.Logger }

func (l innerLog) Printf(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if strings.HasPrefix(text, "panic") {
		l.log.Error("SMTP session panicked", "detail", text)
		return
	}
	l.log.Debug("SMTP session", "detail", text)
}

func (l innerLog) Println(args ...any) { l.Printf("%s", fmt.Sprintln(args...)) }
