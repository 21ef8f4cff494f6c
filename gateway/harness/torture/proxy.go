package main

import (
	"net"
	"sync"
	"time"
)

// A proxy carries connections, until it does not.
type proxy struct {
	listener         net.Listener
	network, address string

	mu    sync.Mutex
	down  bool
	until time.Time // nothing passes before
	conns map[net.Conn]bool
	all   sync.WaitGroup
}

// newProxy listens and carries to an address.
func newProxy(l net.Listener, network, address string) *proxy {
	p := &proxy{listener: l, network: network, address: address, conns: map[net.Conn]bool{}}
	p.all.Go(p.accept)
	return p
}

func (p *proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.all.Go(func() { p.carry(c) })
	}
}

func (p *proxy) carry(c net.Conn) {
	defer c.Close()
	if !p.keep(c) {
		return
	}
	defer p.forget(c)
	far, err := net.DialTimeout(p.network, p.address, 5*time.Second)
	if err != nil {
		return
	}
	defer far.Close()
	if !p.keep(far) {
		return
	}
	defer p.forget(far)
	var both sync.WaitGroup
	both.Go(func() { p.copy(far, c) })
	both.Go(func() { p.copy(c, far) })
	both.Wait()
}

// keep notes a connection, unless none may be.
func (p *proxy) keep(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.down {
		p.conns[c] = true
	}
	return !p.down
}

func (p *proxy) forget(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

// copy passes bytes on until either side has gone, and takes the other along.
func (p *proxy) copy(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		time.Sleep(time.Until(p.stalled()))
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (p *proxy) stalled() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.until
}

// cut ends all connections, with a reset, and takes no new ones until mend.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = true
	for c := range p.conns {
		if tcp, ok := c.(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
		c.Close()
	}
}

func (p *proxy) mend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = false
}

// stall lets nothing pass for a time.
func (p *proxy) stall(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.until = time.Now().Add(d)
}

func (p *proxy) close() error {
	err := p.listener.Close()
	p.cut()
	p.all.Wait()
	return err
}
