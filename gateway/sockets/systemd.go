//go:build !windows

package sockets

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

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
