package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
)

// TestExchangeServesMailboxes drives the command as a script would: start it,
// read what it prints, look into a mailbox with that, stop it.
func TestExchangeServesMailboxes(t *testing.T) {
	dir := t.TempDir()
	ca, password := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "password")
	writeFile(t, password, "secret:1\n")
	said := startExchange(t, "--listen", "127.0.0.1:0", "--user", "anna:secret:1", "--user", "bert@other.test:x", "--ca", ca)
	if said["mailbox"] != "anna@example.test bert@other.test" || said["certificate"] != ca {
		t.Errorf("it printed %v", said)
	}
	urls, dns, books := strings.Fields(said["url"]), strings.SplitAfter(said["dn"], "-anna"), strings.Fields(said["nspi"])
	for name, how := range map[string][]string{
		"Autodiscover": {"--autodiscover", said["autodiscover"], "--user", "anna@example.test"},
		"endpoint":     {"--url", urls[0], "--dn", dns[0], "--address-book-url", books[0], "--user", "anna"},
	} {
		args := append([]string{"mailbox", "ls", "--ca", ca, "--password-file", password}, how...)
		got := runLine(t, "", args...)
		if got.code != cli.Fine || !strings.Contains(got.out, "\nInbox ") || !strings.Contains(got.out, "\nSent Items ") {
			t.Errorf("by %s: code %d\n%s%s", name, got.code, got.out, got.err)
		}
	}
	writeFile(t, password, "wrong\n")
	got := runLine(t, "", "mailbox", "ls", "--ca", ca, "--password-file", password, "--autodiscover", said["autodiscover"], "--user", "anna@example.test")
	if got.code != cli.Failed || !strings.Contains(got.err, "127.0.0.1") {
		t.Errorf("with a wrong password: code %d, stderr %q", got.code, got.err)
	}
}

func TestExchangeRefusesBadUsers(t *testing.T) {
	for _, line := range []string{"exchange", "exchange --user anna", "exchange --user anna:", "exchange --user :x"} {
		if got := runLine(t, "", strings.Fields(line)...); got.code != cli.Usage || !strings.Contains(got.err, "NAME:PASSWORD") {
			t.Errorf("%s: code %d, stderr %q", line, got.code, got.err)
		}
	}
	if got := runLine(t, "", "exchange", "--user", "a:b", "--listen", "300.0.0.1:1"); got.code != cli.Failed {
		t.Errorf("an address that cannot be: code %d", got.code)
	}
}

// startExchange runs the command until the test ends, and gives what it
// printed by label; values of a repeated label are joined by blanks.
func startExchange(t *testing.T, args ...string) map[string]string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	r, w := io.Pipe()
	var errs bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"exchange"}, args...), cli.Streams{In: strings.NewReader(""), Out: w, Err: &errs})
		w.Close()
	}()
	said := make(map[string]string)
	lines := bufio.NewScanner(r)
	for lines.Scan() && lines.Text() != "ready" {
		label, value, _ := strings.Cut(strings.TrimSpace(lines.Text()), " ")
		said[label] = strings.TrimSpace(said[label] + " " + strings.TrimSpace(value))
	}
	t.Cleanup(func() {
		stop()
		select {
		case code := <-ended:
			if code != cli.Fine {
				t.Errorf("exchange ended with %d: %s", code, errs.String())
			}
		case <-time.After(20 * time.Second):
			t.Error("exchange did not stop")
		}
	})
	return said
}

// TestExchangeManners starts a server with every flag that makes it another,
// and looks at what comes of some.
func TestExchangeManners(t *testing.T) {
	dir := t.TempDir()
	ca, password := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "password")
	writeFile(t, password, "secret\n")
	said := startExchange(t, "--listen", "127.0.0.1:0", "--user", "anna:secret", "--user", "bert:secret", "--ca", ca, "--state", filepath.Join(dir, "state"),
		"--profile", "gromox", "--protection", "require", "--quota", "50MB", "--send-quota", "40MB", "--max-message", "1MB", "--max-recipients", "10", "--max-sessions", "4",
		"--grant", "bert:full-access:anna", "--grant", "bert:reviewer:anna/Inbox", "--budget", "1/1h:429")
	if said["profile"] != "gromox" {
		t.Errorf("it printed %v", said)
	}
	got := runLine(t, "", "mailbox", "ls", "--ca", ca, "--password-file", password, "--autodiscover", said["autodiscover"], "--user", "anna@example.test")
	if got.code != cli.Failed || !strings.Contains(got.err, "429") {
		t.Errorf("beyond the budget: code %d, stderr %q", got.code, got.err)
	}
}

func TestExchangeRefusesBadManners(t *testing.T) {
	for flag, want := range map[string]string{
		"--budget=many": "N/TIME", "--budget=0/1m": "N/TIME", "--budget=1/1m:shout": "backoff", "--profile=postfix": "exchange-se", "--protection=some": "require",
		"--grant=anna": "WHO:RIGHT", "--grant=anna:send-as:nobody": "users", "--grant=anna:owner:anna": "folder", "--grant=anna:send-as:anna/Inbox": "folder", "--quota=much": "much",
	} {
		got := runLine(t, "", "exchange", "--listen", "127.0.0.1:0", "--user", "anna:secret", flag)
		if got.code != cli.Usage || !strings.Contains(got.err, want) {
			t.Errorf("%s: code %d, stderr %q", flag, got.code, got.err)
		}
	}
	if got := runLine(t, "", "exchange", "--listen", "127.0.0.1:0", "--user", "anna:secret", "--grant", "anna:owner:anna/Nowhere"); got.code != cli.Failed {
		t.Errorf("a folder that is not there: code %d", got.code)
	}
}

func TestExchangePrintsQuirks(t *testing.T) {
	got := runLine(t, "", "exchange", "--quirks")
	if got.code != cli.Fine || !strings.Contains(got.out, "send-within-submit") || !strings.Contains(got.out, "gromox") {
		t.Errorf("code %d\n%s%s", got.code, got.out, got.err)
	}
}
