package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/demo"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapping"
)

// testExportKilled: an export that is killed again and again leaves whole
// files only, reads little twice, and ends with one file for each message.
func testExportKilled(t *testing.T, binary string) {
	const mails, kills = 200, 4
	x, err := demo.NewExchange(demo.ExchangeOptions{Users: []mapitest.User{{Name: "anna", Password: "secret"}}, Limits: mapitest.Limits{Sessions: 100}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	end := "the last line of the text"
	for n := range mails {
		text := fmt.Sprintf("From: a@example.test\r\nTo: anna@example.test\r\nSubject: %d\r\nMessage-ID: <%d@example.test>\r\n\r\n%s\r\n%s\r\n",
			n, n, strings.Repeat("some text\r\n", 800), end)
		r, err := mapping.ToMAPI(t.Context(), strings.NewReader(text), mapping.ToMAPIOptions{Now: time.Date(2026, 11, 2, 0, n, 0, 0, time.UTC)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x.Mailbox("anna").Deliver(r.Message); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	ca, password, out := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "password"), filepath.Join(dir, "out")
	writeFile(t, ca, string(x.CertificatePEM()))
	writeFile(t, password, "secret\n")
	export := func() *exec.Cmd {
		cmd := exec.Command(binary, "mailbox", "export", "Inbox", "-o", out, "--autodiscover", x.AutodiscoverURL(), "--ca", ca,
			"--user", "anna@example.test", "--password-file", password)
		cmd.Stderr = io.Discard
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	files := func() []string {
		list, _ := filepath.Glob(filepath.Join(out, "Inbox", "*"))
		return list
	}
	killed := 0
	for k := range kills {
		cmd, before := export(), len(files())
		for deadline := time.Now().Add(20 * time.Second); len(files()) < before+mails/(2*kills) && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		_ = cmd.Process.Kill()
		if cmd.Wait() != nil {
			killed++
		}
		for _, name := range files() {
			if b, err := os.ReadFile(name); err != nil || !strings.HasSuffix(string(b), end+"\r\n") {
				t.Fatalf("after kill %d: %s is not whole: %v, %d bytes", k+1, name, err, len(b))
			}
		}
	}
	if err := export().Wait(); err != nil {
		t.Fatal(err)
	}
	if n := len(files()); n != mails {
		t.Errorf("%d files, want %d", n, mails)
	}
	if killed == 0 {
		t.Error("every run came to its end before it was killed")
	}
	// What a killed run had read ahead with its last requests is read again.
	if n := x.Count(mapitest.ROP(rop.OpenMessage)); n > mails+(killed+1)*32 {
		t.Errorf("%d messages were read in %d runs, of %d", n, killed+1, mails)
	}
	t.Logf("%d kills, %d messages, %d read", killed, mails, x.Count(mapitest.ROP(rop.OpenMessage)))
}
