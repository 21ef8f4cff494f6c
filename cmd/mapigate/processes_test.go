package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/mail"
	"net/smtp"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/mapping"
)

// TestBinary runs the built program in processes of its own.
func TestBinary(t *testing.T) {
	binary := buildBinary(t)
	t.Run("ServeToExchange", func(t *testing.T) { testServeToExchange(t, binary) })
	t.Run("Reload", func(t *testing.T) { testReload(t, binary) })
	t.Run("Interrupt", func(t *testing.T) { testInterrupt(t, binary) })
	t.Run("Tutorial", func(t *testing.T) { testTutorial(t, binary) })
	t.Run("Completion", func(t *testing.T) { testCompletion(t, binary) })
	t.Run("ExportKilled", func(t *testing.T) { testExportKilled(t, binary) })
}

// buildBinary builds the program as a user would.
func buildBinary(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("it builds the program; not with -short")
	}
	binary := filepath.Join(t.TempDir(), "mapigate")
	if out, err := exec.Command("go", "build", "-ldflags", "-X main.version=v0-test", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	return binary
}

// startProcess runs the program until the test ends, which it must do well
// when it is told to. It gives the lines that it prints.
func startProcess(t *testing.T, binary string, args ...string) *bufio.Scanner {
	t.Helper()
	cmd := exec.Command(binary, args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	r, w := io.Pipe()
	cmd.Stdout = w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		go func() { _, _ = io.Copy(io.Discard, r) }()
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s ended with %v\n%s", args[0], err, errs.String())
		}
	})
	return bufio.NewScanner(r)
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// testServeToExchange: an application's mail goes through one process into
// another, and is read back by a third with every byte of its attachment.
func testServeToExchange(t *testing.T, binary string) {
	dir := t.TempDir()
	ca, password := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "password")
	writeFile(t, password, "secret\n")
	said := map[string]string{}
	lines := startProcess(t, binary, "exchange", "--listen", "127.0.0.1:0", "--user", "apps:secret", "--user", "anna:secret", "--ca", ca)
	for lines.Scan() && lines.Text() != "ready" {
		label, value, _ := strings.Cut(strings.TrimSpace(lines.Text()), " ")
		if said[label] == "" { // of the first user
			said[label] = strings.TrimSpace(value)
		}
	}
	smtpAddr := freeAddress(t)
	config := filepath.Join(dir, "mapigate.yaml")
	writeFile(t, config, fmt.Sprintf(`hostname: gw.example.test
data: data
admin: {address: ""}
listeners: [{name: apps, address: %q, mode: plain, networks: [127.0.0.0/8]}]
exchange:
  - {name: main, url: %q, user_dn: %q, user: apps, password_file: password, auth: ntlm, ca_file: ca.pem, mailbox: apps@example.test}
routes: [{via: exchange}]
`, smtpAddr, said["url"], said["dn"]))
	startProcess(t, binary, "serve", "-c", config)

	attachment := make([]byte, 100_000)
	_, _ = rand.Read(attachment)
	text := "From: apps@example.test\r\nTo: Anna <anna@example.test>\r\nSubject: =?utf-8?q?Pr=C3=BCfung?=\r\nMessage-ID: <show3@example.test>\r\n" +
		"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGrüße\r\n" +
		"--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=random.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		base64.StdEncoding.EncodeToString(attachment) + "\r\n--b--\r\n"
	deadline := time.Now().Add(time.Minute)
	for {
		err := smtp.SendMail(smtpAddr, nil, "apps@example.test", []string{"anna@example.test"}, []byte(text))
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	get := []string{"mailbox", "get", "<show3@example.test>", "--autodiscover", said["autodiscover"], "--ca", ca,
		"--user", "anna@example.test", "--password-file", password}
	var raw []byte
	for raw == nil {
		out, err := exec.Command(binary, get...).Output()
		if err == nil {
			raw = out
		} else if time.Now().After(deadline) {
			t.Fatalf("it never arrived: %v", err)
		}
	}
	compareShow3(t, raw, attachment)
}

func compareShow3(t *testing.T, raw, attachment []byte) {
	t.Helper()
	parsed, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil || !strings.Contains(parsed.Header.Get("To"), "anna@example.test") {
		t.Errorf("%v, To %q", err, parsed.Header.Get("To"))
	}
	r, err := mapping.ToMAPI(t.Context(), bytes.NewReader(raw), mapping.ToMAPIOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Message.Attachments) != 1 {
		t.Fatalf("%d attachments", len(r.Message.Attachments))
	}
	in, err := r.Message.Attachments[0].Data.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if got, err := io.ReadAll(in); err != nil || !bytes.Equal(got, attachment) {
		t.Errorf("%d bytes of the attachment came back, %v", len(got), err)
	}
	var out bytes.Buffer
	if code := run(t.Context(), []string{"convert", "--to", "mapi"}, cli.Streams{In: bytes.NewReader(raw), Out: &out, Err: io.Discard}); code != cli.Fine ||
		!strings.Contains(out.String(), "Prüfung") || !strings.Contains(out.String(), "Grüße") {
		t.Errorf("subject or body are damaged: code %d", code)
	}
}

// testInterrupt: ^C ends what runs, well, and at once what reads.
func testInterrupt(t *testing.T, binary string) {
	out, err := exec.Command(binary, "version").Output()
	if err != nil || !strings.HasPrefix(string(out), "mapigate v0-test (commit ") {
		t.Errorf("version prints %q, %v", out, err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	defer r.Close()
	cmd := exec.Command(binary, "convert", "--to", "mapi")
	cmd.Stdin = r // never ends
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, 1<<18)); err != nil { // more than a pipe holds: it has begun to read
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-ended:
		if code := cmd.ProcessState.ExitCode(); code != cli.Failed {
			t.Errorf("exit code %d", code)
		}
	case <-time.After(30 * time.Second):
		_ = cmd.Process.Kill()
		t.Error("it did not end")
	}
}
