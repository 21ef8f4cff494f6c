package main

import (
	"fmt"
	"net/smtp"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// testReload: a process changes its configuration by command and by signal, while a session stays; a mistake is told by its line.
func testReload(t *testing.T, binary string) {
	dir, address := t.TempDir(), freeAddress(t)
	file := filepath.Join(dir, "mapigate.yaml")
	set := func(size string) {
		writeFile(t, file, fmt.Sprintf(`hostname: gw.example.test
data: data
admin: {address: "", socket: %s/s}
reload: {watch: 0s}
listeners: [{name: apps, address: %q, mode: plain, networks: [127.0.0.0/8], limits: {message_size: %s}}]
routes: [{via: internet}]
`, dir, address, size))
	}
	set("1MiB")
	serve := exec.Command(binary, "serve", "-c", file)
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- serve.Wait() }()
	defer func() {
		_ = serve.Process.Signal(syscall.SIGTERM)
		if err := <-ended; err != nil {
			t.Errorf("serve ended with %v", err)
		}
	}()
	var old *smtp.Client
	eventually(t, "it serves", func() (ok bool) {
		c, err := smtp.Dial(address)
		old = c
		return err == nil
	})
	defer old.Close()
	size := func() string {
		c, err := smtp.Dial(address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, size := c.Extension("SIZE")
		return size
	}
	reload := func() (string, error) {
		said, err := exec.Command(binary, "reload", "-c", file).CombinedOutput()
		return string(said), err
	}
	set("2MiB")
	if said, err := reload(); err != nil || !strings.Contains(said, "begun: listener apps") {
		t.Errorf("%v: %s", err, said)
	}
	if got := size(); got != "2097152" {
		t.Errorf("after the command: %s", got)
	}
	set("3MiB")
	if err := serve.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the signal is heard", func() bool { return size() == "3145728" })
	set("much")
	if said, err := reload(); err == nil || !strings.Contains(said, "mapigate.yaml:5: listeners[0].limits.message_size") {
		t.Errorf("%v: %s", err, said)
	}
	if err := serve.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	if got := size(); got != "3145728" {
		t.Errorf("after a mistake: %s", got)
	}
	if err := old.Quit(); err != nil {
		t.Errorf("the session of the beginning: %v", err)
	}
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("not within 20 s: %s", what)
}
