package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// canFail tells whether a badDisk works on this system: whether the kernel asks others, and may be asked to.
func canFail() bool {
	action := uint32(unix.SECCOMP_RET_USER_NOTIF)
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_GET_ACTION_AVAIL, 0, uintptr(unsafe.Pointer(&action)))
	return errno == 0
}

// diskEnv names the socket over which a gateway hands its file system calls to this program, for as long as it lives.
const diskEnv = "MAPIGATE_TORTURE_DISK"

// diskCalls are those that change files. The kernel asks before each of them.
var diskCalls = []uint32{unix.SYS_WRITE, unix.SYS_PWRITE64, unix.SYS_FSYNC, unix.SYS_FDATASYNC, unix.SYS_FTRUNCATE}

// giveDiskCalls makes the kernel ask whoever is behind the socket before each of those calls of this process.
func giveDiskCalls(socket string) error {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return err
	}
	defer conn.Close()
	raw, err := conn.(*net.UnixConn).File()
	if err != nil {
		return err
	}
	defer raw.Close()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	// Load the number of the call; each one that is ours jumps to the last line.
	const loadNumber, equal, answer = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_RET | unix.BPF_K
	filter := []unix.SockFilter{{Code: loadNumber}}
	for i, nr := range diskCalls {
		filter = append(filter, unix.SockFilter{Code: equal, Jt: uint8(len(diskCalls) - i), K: nr})
	}
	filter = append(filter, unix.SockFilter{Code: answer, K: unix.SECCOMP_RET_ALLOW}, unix.SockFilter{Code: answer, K: unix.SECCOMP_RET_USER_NOTIF})
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	const flags = unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | unix.SECCOMP_FILTER_FLAG_TSYNC | unix.SECCOMP_FILTER_FLAG_TSYNC_ESRCH
	fd, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return fmt.Errorf("seccomp: %w", errno)
	}
	// From here on a write waits for the other side, which has not got the listener yet: sendmsg is not asked about.
	if err := unix.Sendmsg(int(raw.Fd()), []byte{0}, unix.UnixRights(int(fd)), nil, 0); err != nil {
		return err
	}
	return unix.Close(int(fd))
}

// A question is the kernel's, struct seccomp_notif.
type question struct {
	id         uint64
	pid, flags uint32
	call       int32
	arch       uint32
	ip         uint64
	args       [6]uint64
}

// A reply is struct seccomp_notif_resp.
type reply struct {
	id    uint64
	value int64
	errno int32
	flags uint32
}

// A badDisk stands between one life of the gateway and its files.
type badDisk struct {
	folder  string // whose files it is about
	failing atomic.Bool
	failed  atomic.Int64 // calls that did not do what was asked

	listener *net.UnixListener
	serving  sync.WaitGroup
	err      error
}

// newBadDisk waits for a gateway at the socket.
func newBadDisk(socket, folder string) (*badDisk, error) {
	if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket})
	if err != nil {
		return nil, err
	}
	d := &badDisk{folder: folder, listener: l}
	d.serving.Go(func() {
		for {
			conn, err := l.AcceptUnix()
			if err != nil {
				return // closed
			}
			d.serving.Go(func() { d.err = errors.Join(d.err, d.serve(conn)) })
		}
	})
	return d, nil
}

// close ends it. The gateway must have ended before.
func (d *badDisk) close() error {
	err := d.listener.Close()
	d.serving.Wait()
	return errors.Join(err, d.err)
}

// serve answers the questions of one process until it ends.
func (d *badDisk) serve(conn *net.UnixConn) error {
	fd, err := receive(conn)
	if err != nil {
		return nil // it was killed before
	}
	defer unix.Close(fd)
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 2))
	for {
		ready := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		if _, err := unix.Poll(ready, -1); errors.Is(err, unix.EINTR) {
			continue
		} else if err != nil {
			return fmt.Errorf("waiting for file system calls: %w", err)
		}
		if ready[0].Revents&unix.POLLIN == 0 {
			return nil // the process has ended
		}
		var q question
		if err := ioctl(fd, unix.SECCOMP_IOCTL_NOTIF_RECV, unsafe.Pointer(&q)); errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EINTR) {
			continue // it was killed meanwhile
		} else if err != nil {
			return fmt.Errorf("reading a file system call: %w", err)
		}
		r := d.decide(rng, &q)
		if err := ioctl(fd, unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&r)); err != nil && !errors.Is(err, unix.ENOENT) {
			return fmt.Errorf("answering a file system call: %w", err)
		}
	}
}

func receive(conn *net.UnixConn) (int, error) {
	defer conn.Close()
	b, oob := make([]byte, 1), make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := conn.ReadMsgUnix(b, oob)
	if err != nil {
		return 0, err
	}
	messages, err := unix.ParseSocketControlMessage(oob[:n])
	if err != nil || len(messages) != 1 {
		return 0, errors.Join(errors.New("no listener came"), err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return 0, errors.Join(errors.New("no listener came"), err)
	}
	return fds[0], nil
}

func ioctl(fd int, request uintptr, arg unsafe.Pointer) error {
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(arg)); errno != 0 {
		return errno
	}
	return nil
}

// One call of so many fails while the disk does.
const failsOneOf = 12

// decide says what comes of a call: what was asked for, an error, or half of it.
func (d *badDisk) decide(rng *rand.Rand, q *question) reply {
	through := reply{id: q.id, flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE}
	if !d.failing.Load() || rng.IntN(failsOneOf) != 0 || !d.ours(q) {
		return through
	}
	d.failed.Add(1)
	bad := reply{id: q.id, errno: -int32(unix.EIO)}
	if q.call == unix.SYS_FSYNC || q.call == unix.SYS_FDATASYNC {
		return bad
	}
	switch rng.IntN(3) {
	case 0:
		bad.errno = -int32(unix.ENOSPC)
	case 1:
		if n, err := d.half(q); err == nil {
			return reply{id: q.id, value: int64(n)}
		}
	}
	return bad
}

// ours tells whether a call is about a file of the folder.
func (d *badDisk) ours(q *question) bool {
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", q.pid, q.args[0]))
	return err == nil && strings.HasPrefix(path, d.folder+string(filepath.Separator))
}

// half writes the first half of what was to be written, in the caller's stead.
func (d *badDisk) half(q *question) (int, error) {
	if q.call == unix.SYS_FTRUNCATE || q.args[2] < 2 {
		return 0, unix.EINVAL
	}
	text := make([]byte, q.args[2]/2)
	local := []unix.Iovec{{Base: &text[0], Len: uint64(len(text))}}
	n, err := unix.ProcessVMReadv(int(q.pid), local, []unix.RemoteIovec{{Base: uintptr(q.args[1]), Len: len(text)}}, 0)
	if err != nil {
		return 0, err
	}
	pid, err := unix.PidfdOpen(int(q.pid), 0)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOENT) { // a thread that is not the first
		pid, err = unix.PidfdOpen(int(q.pid), unix.O_EXCL) // PIDFD_THREAD
	}
	if err != nil {
		return 0, err
	}
	defer unix.Close(pid)
	fd, err := unix.PidfdGetfd(pid, int(q.args[0]), 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	if q.call == unix.SYS_PWRITE64 {
		return unix.Pwrite(fd, text[:n], int64(q.args[3]))
	}
	return unix.Write(fd, text[:n])
}

// failDisk gives the gateway a life on a disk that fails: calls end with EIO or ENOSPC, or write half, and syncs fail.
func (w *world) failDisk(ctx context.Context, d time.Duration) (err error) {
	socket := filepath.Join(w.dir, "disk")
	disk, err := newBadDisk(socket, filepath.Join(w.dir, "data"))
	if err != nil {
		return err
	}
	defer func() {
		w.gateway.kill()
		w.badCalls += disk.failed.Load()
		w.gateway.env = nil
		err = errors.Join(err, disk.close(), w.gateway.start(ctx))
	}()
	w.gateway.kill()
	w.gateway.env = []string{diskEnv + "=" + socket}
	if err := w.gateway.start(ctx); err != nil {
		return err
	}
	disk.failing.Store(true)
	time.Sleep(d)
	disk.failing.Store(false)
	time.Sleep(300 * time.Millisecond) // it goes on with what it thinks it has
	return w.gateway.alive()
}
