package sockets

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestListenUnix(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lmtp")
	first, err := Listen("unix:"+path, 0o620)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o620 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if _, err := Listen("unix:"+path, 0o600); err == nil {
		t.Error("a socket in use was taken over")
	}
	first[0].(*net.UnixListener).SetUnlinkOnClose(false)
	first[0].Close() // as after a crash: the file is still there
	second, err := Listen("unix:"+path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	closeAll(second)
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}
	plain := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(plain, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen("unix:"+plain, 0o600); err == nil {
		t.Error("a file was replaced by a socket")
	}
	if _, err := os.Stat(plain); err != nil {
		t.Error(err)
	}
}

// TestInheritedChild is the process that systemd would start; TestInherited runs it.
func TestInheritedChild(t *testing.T) {
	name := os.Getenv("MAPIGATE_TEST_INHERITED")
	if name == "" {
		t.Skip("only as a child of TestInherited")
	}
	list, err := Listen("systemd:"+name, 0)
	if err != nil {
		fmt.Println("listen:", err)
		return
	}
	for _, l := range list {
		conn, err := l.Accept()
		if err != nil {
			fmt.Println("accept:", err)
			return
		}
		fmt.Fprintf(conn, "hello from %s\n", name)
		conn.Close()
	}
}

func TestInherited(t *testing.T) {
	for _, c := range []struct{ names, ask, want string }{
		{"smtp:other:smtp", "smtp", "hello from smtp"},
		{"smtp:other:smtp", "lmtp", `no socket named "lmtp", but other, smtp`},
		{"", "smtp", "handed over no sockets"},
	} {
		var files []*os.File
		var addrs []string
		for range 3 {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			file, err := l.(*net.TCPListener).File()
			if err != nil {
				t.Fatal(err)
			}
			addrs = append(addrs, l.Addr().String())
			files = append(files, file)
			l.Close()
		}
		cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" "$@"`, os.Args[0], "-test.run=^TestInheritedChild$")
		cmd.ExtraFiles = files
		cmd.Env = append(os.Environ(), "MAPIGATE_TEST_INHERITED="+c.ask)
		if c.names != "" {
			cmd.Env = append(cmd.Env, "LISTEN_FDS=3", "LISTEN_FDNAMES="+c.names)
		}
		var out strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			f.Close()
		}
		said := ""
		for i, name := range strings.Split(c.names, ":") {
			if name != c.ask {
				continue
			}
			conn, err := net.Dial("tcp", addrs[i])
			if err != nil {
				t.Fatal(err)
			}
			line, _ := bufio.NewReader(conn).ReadString('\n')
			said += line
			conn.Close()
		}
		cmd.Wait()
		if all := said + out.String(); !strings.Contains(all, c.want) {
			t.Errorf("names %q, asked for %q: %q, want %q", c.names, c.ask, all, c.want)
		}
		if c.want == "hello from smtp" && strings.Count(said, c.want) != 2 {
			t.Errorf("two sockets said %q", said)
		}
	}
}
