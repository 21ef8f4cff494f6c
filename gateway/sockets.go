package gateway

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/mapigate/mapigate/gateway/config"
)

// Where a listener listens, if not on an address of the network.
const (
	unixPrefix    = "unix:"    // a Unix socket, by its path
	systemdPrefix = "systemd:" // the sockets of a systemd socket unit, by its FileDescriptorName
)

// A socket takes connections for whichever listener stands behind it: it stays open while one configuration follows another.
type socket struct {
	net.Listener
	lasts bool // it cannot be opened again, so it stays open to the end
	conns chan arrival
	once  sync.Once
	shut  chan struct{}
}

// An arrival is what Accept gave.
type arrival struct {
	conn net.Conn
	err  error
}

func newSocket(l net.Listener) *socket {
	return &socket{Listener: l, conns: make(chan arrival), shut: make(chan struct{})}
}

// addSockets opens where a listener listens, unless it is open, and gives the name of the part, too. One port that the system chooses
// is not like another, so that each listener has its own.
func (g *generation) addSockets(c *config.Listener) ([]*socket, string, error) {
	name := "socket " + c.Address
	if strings.HasSuffix(c.Address, ":0") {
		name += " of " + c.Name
	}
	list, err := made(g, name, nil, nil, func(p *part) ([]*socket, error) {
		list, err := g.openSockets(c)
		for _, s := range list {
			p.task(task{name: name, stage: stageSources, run: s.run, retire: s.stop})
			p.atEnd(name, func(context.Context) error { s.stop(); return nil })
		}
		return list, err
	})
	if path, ok := strings.CutPrefix(c.Address, unixPrefix); ok && err == nil {
		err = os.Chmod(path, os.FileMode(c.SocketMode))
	}
	return list, name, err
}

func (g *generation) openSockets(c *config.Listener) (list []*socket, err error) {
	name, systemd := strings.CutPrefix(c.Address, systemdPrefix)
	if had := g.systemd[name]; systemd && had != nil {
		for _, s := range had {
			again := newSocket(s.Listener)
			again.lasts = true
			list = append(list, again)
		}
		return list, nil
	}
	nets, err := listen(c.Address, os.FileMode(c.SocketMode))
	for _, l := range nets {
		s := newSocket(l)
		s.lasts = systemd
		list = append(list, s)
	}
	if systemd && err == nil {
		g.systemd[name] = list
	}
	return list, err
}

// run hands connections on until the socket is stopped.
func (s *socket) run(ctx context.Context) error {
	defer context.AfterFunc(ctx, s.stop)()
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
func (s *socket) hand(a arrival) bool {
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

// stop takes no more connections, and frees the address unless it could not be had again.
func (s *socket) stop() {
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

// A door is the way of one listener to a socket. Closing it leaves the socket open for the next one.
type door struct {
	*socket
	once   sync.Once
	closed chan struct{}
}

func (s *socket) door() *door { return &door{socket: s, closed: make(chan struct{})} }

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

// listen opens what the address of a listener names; mode is that of a Unix socket's file. A systemd unit may have several sockets.
func listen(address string, mode os.FileMode) ([]net.Listener, error) {
	if name, ok := strings.CutPrefix(address, systemdPrefix); ok {
		return inherited(name)
	}
	var l net.Listener
	var err error
	if path, ok := strings.CutPrefix(address, unixPrefix); ok {
		l, err = listenUnix(path, mode)
	} else {
		l, err = net.Listen("tcp", address)
	}
	if err != nil {
		return nil, err
	}
	return []net.Listener{l}, nil
}

// listenUnix makes a Unix socket. One that a killed process has left behind is replaced; one that answers is not.
func listenUnix(path string, mode os.FileMode) (net.Listener, error) {
	l, err := net.Listen("unix", path)
	if errors.Is(err, syscall.EADDRINUSE) && isSocket(path) {
		if conn, dialErr := net.DialTimeout("unix", path, time.Second); dialErr == nil {
			conn.Close()
			return nil, err
		} else if !errors.Is(dialErr, syscall.ECONNREFUSED) {
			return nil, errors.Join(err, dialErr)
		}
		if err := os.Remove(path); err != nil {
			return nil, err
		}
		l, err = net.Listen("unix", path)
	}
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, mode); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func isSocket(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&os.ModeSocket != 0
}

// closeAll closes what is not closed yet.
func closeAll(list []net.Listener) error {
	var errs []error
	for _, l := range list {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
