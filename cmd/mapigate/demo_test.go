package main

import (
	"bufio"
	"context"
	"io"
	"net/smtp"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
)

func TestDemoOnce(t *testing.T) {
	t.Setenv("MAPIGATE_DEMO_STATE", filepath.Join(t.TempDir(), "demo.json"))
	got := runLine(t, "", "demo", "--once")
	lines := strings.Split(strings.TrimSpace(got.out), "\n")
	if last := lines[len(lines)-1]; got.code != cli.Fine || last != "demo: SMTP to Exchange 4 sent, 4 arrived; Exchange to SMTP 3 sent, 3 arrived" {
		t.Errorf("code %d, last line %q\n%s%s", got.code, last, got.out, got.err)
	}
	if ls := runLine(t, "", "mailbox", "ls", "--demo"); ls.code != cli.Failed {
		t.Errorf("a demo that is over is still found: code %d\n%s", ls.code, ls.out)
	}
}

// TestDemoServesScripts does what a stranger's script would do.
func TestDemoServesScripts(t *testing.T) {
	t.Setenv("MAPIGATE_DEMO_STATE", filepath.Join(t.TempDir(), "demo.json"))
	ctx, stop := context.WithCancel(t.Context())
	r, w := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"demo", "--smtp", "127.0.0.1:0", "--admin", "127.0.0.1:0"}, cli.Streams{In: strings.NewReader(""), Out: w, Err: w})
		w.Close()
	}()
	lines := bufio.NewScanner(r)
	await := func(what string) string {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), what) {
				return lines.Text()
			}
		}
		t.Fatalf("it never said %q", what)
		return ""
	}
	addr := strings.Fields(await("SMTP"))[1]
	await("^C ends it")
	for _, m := range []struct{ to, id string }{{"nina@example.test", "in"}, {"x@far.test", "out"}} {
		text := "From: me@example.test\r\nSubject: script " + m.id + "\r\nMessage-ID: <" + m.id + "@script>\r\n\r\nbody " + m.id + "\r\n"
		if err := smtp.SendMail(addr, nil, "me@example.test", []string{m.to}, []byte(text)); err != nil {
			t.Fatal(err)
		}
		await("script " + m.id)
	}
	ls := runLine(t, "", "mailbox", "ls", "--demo")
	for _, want := range []string{"nina@example.test/Inbox/", "internet/Arrived/", "script in", "script out"} {
		if !strings.Contains(ls.out, want) {
			t.Errorf("ls lacks %q:\n%s%s", want, ls.out, ls.err)
		}
	}
	for _, id := range []string{"in", "out"} {
		if got := runLine(t, "", "mailbox", "get", "--demo", "<"+id+"@script>"); got.code != cli.Fine || !strings.Contains(got.out, "body "+id) {
			t.Errorf("get: code %d\n%s%s", got.code, got.out, got.err)
		}
	}
	if got := runLine(t, "", "mailbox", "ls", "--demo", "nina@example.test"); !strings.Contains(got.out, "Inbox") {
		t.Errorf("folders of a demo mailbox:\n%s%s", got.out, got.err)
	}
	stop()
	last := make(chan string, 1)
	go func() {
		text, _ := io.ReadAll(r)
		last <- string(text)
	}()
	select {
	case code := <-ended:
		if said := <-last; code != cli.Fine {
			t.Errorf("it ended with %d: %s", code, said)
		}
	case <-time.After(30 * time.Second):
		t.Error("it did not stop")
	}
}
