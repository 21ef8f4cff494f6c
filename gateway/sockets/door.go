package sockets

import (
	"net"
	"sync"
)

// A door is the way of one listener to a socket. Closing it leaves the socket open for the next one.
type door struct {
	*Socket
	once   sync.Once
	closed chan struct{}
}

// Door makes another way to the socket.
func (s *Socket) Door() net.Listener { return &door{Socket: s, closed: make(chan struct{})} }

// Accept implements net.Listener.
func (d *door) Accept() (net.Conn, error) {
	select {
	case <-d.closed:
		return nil, net.ErrClosed
	default:
	}
	select {
	case <-d.closed:
		return nil, net.ErrClosed
	case a := <-d.conns:
		return a.conn, a.err
	}
}

// Close implements net.Listener.
func (d *door) Close() error {
	d.once.Do(func() { close(d.closed) })
	return nil
}
