package sockets

import (
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// Listen opens what the address of a listener names; mode is that of a Unix socket's file. A systemd unit may have several sockets.
func Listen(address string, mode os.FileMode) ([]net.Listener, error) {
	if name, ok := strings.CutPrefix(address, SystemdPrefix); ok {
		return inherited(name)
	}
	var l net.Listener
	var err error
	if path, ok := strings.CutPrefix(address, UnixPrefix); ok {
		l, err = ListenUnix(path, mode)
	} else {
		l, err = net.Listen("tcp", address)
	}
	if err != nil {
		return nil, err
	}
	return []net.Listener{l}, nil
}

// ListenUnix makes a Unix socket. One that a killed process has left behind is replaced; one that answers is not.
func ListenUnix(path string, mode os.FileMode) (net.Listener, error) {
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

// Where a listener listens, if not on an address of the network.
const (
	UnixPrefix    = "unix:"    // a Unix socket, by its path
	SystemdPrefix = "systemd:" // the sockets of a systemd socket unit, by its FileDescriptorName
)
