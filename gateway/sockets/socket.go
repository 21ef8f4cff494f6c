// Package sockets opens where listeners listen, and keeps that open while one configuration follows another.
package sockets

import (
	"context"
	"net"
	"sync"
	"time"
)

// A Socket takes connections for whichever listener stands behind it: it stays open while one configuration follows another.
type Socket struct {
	net.Listener
	lasts bool
	conns chan arrival
	once  sync.Once
	shut  chan struct{}
}

// An arrival is what Accept gave.
type arrival struct {
	conn net.Conn
	err  error
}

// New makes the socket of an open listener. One that lasts cannot be opened again, so it stays open to the end.
func New(l net.Listener, lasts bool) *Socket {
	return &Socket{Listener: l, lasts: lasts, conns: make(chan arrival), shut: make(chan struct{})}
}

// Run hands connections on until the socket is stopped.
func (s *Socket) Run(ctx context.Context) error {
	defer context.AfterFunc(ctx, s.Stop)()
	deadline(s.Listener, time.Time{})
	for {
		conn, err := s.Accept()
		if !s.hand(arrival{conn, err}) {
			if conn != nil {
				conn.Close()
			}
			return nil
		}
	}
}

// hand gives an arrival to whoever waits for one, unless the socket is stopped: the error that this makes is nobody's business.
func (s *Socket) hand(a arrival) bool {
	select {
	case <-s.shut:
		return false
	default:
	}
	select {
	case s.conns <- a:
		return true
	case <-s.shut:
		return false
	}
}

// Stop takes no more connections, and frees the address unless it could not be had again.
func (s *Socket) Stop() {
	s.once.Do(func() {
		close(s.shut)
		if s.lasts {
			deadline(s.Listener, time.Unix(1, 0))
		} else {
			s.Listener.Close()
		}
	})
}

// deadline ends the waiting in Accept, without closing.
func deadline(l net.Listener, t time.Time) {
	if l, ok := l.(interface{ SetDeadline(time.Time) error }); ok {
		_ = l.SetDeadline(t) // of a listener that is open it does not fail
	}
}
