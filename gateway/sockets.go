package gateway

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Where a listener listens, if not on an address of the network.
const (
	unixPrefix    = "unix:"    // a Unix socket, by its path
	systemdPrefix = "systemd:" // the sockets of a systemd socket unit, by its FileDescriptorName
)

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

// firstInherited is the first file descriptor that systemd hands over: sd_listen_fds(3).
const firstInherited = 3

// inherited gives the sockets that systemd handed over under a name.
func inherited(name string) (list []net.Listener, err error) {
	count, err := strconv.Atoi(os.Getenv("LISTEN_FDS"))
	if err != nil || count <= 0 || os.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		return nil, errors.New("systemd handed over no sockets: is there a .socket unit for this service?")
	}
	names := strings.Split(os.Getenv("LISTEN_FDNAMES"), ":")
	for i := range count {
		if i >= len(names) || names[i] != name {
			continue
		}
		fd := firstInherited + i
		syscall.CloseOnExec(fd)
		file := os.NewFile(uintptr(fd), name)
		l, err := net.FileListener(file) // has a copy of the descriptor
		if err = errors.Join(err, file.Close()); err != nil {
			closeAll(list)
			return nil, fmt.Errorf("socket %d (%s) of systemd: %w", i, name, err)
		}
		list = append(list, l)
	}
	if len(list) == 0 {
		slices.Sort(names)
		return nil, fmt.Errorf("systemd handed over no socket named %q, but %s: see FileDescriptorName= in systemd.socket(5)",
			name, strings.Join(slices.Compact(names), ", "))
	}
	return list, nil
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
