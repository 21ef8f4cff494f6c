package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/show"
	"github.com/mapigate/mapigate/gateway/queue/sqlite"
)

// filledQueue makes a data folder whose queue has n mails, of which the first has failed. The queue stays open, as when the
// gateway runs.
func filledQueue(t *testing.T, n int) (dir string, first mail.ID) {
	t.Helper()
	dir = t.TempDir()
	_, first, end := servedQueue(t, dir, n)
	t.Cleanup(end)
	return dir, first
}

// servedQueue fills a queue in a folder; it is served until end.
func servedQueue(t *testing.T, dir string, n int) (q *sqlite.Queue, first mail.ID, end func()) {
	t.Helper()
	q, err := sqlite.Open(filepath.Join(dir, "queue"), sqlite.Options{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	end = func() { q.Close() }
	for i := range n {
		r, err := q.Put(t.Context(), queue.Entry{
			Mail: mail.Mail{
				Envelope: mail.Envelope{From: "erp@here.test", Recipients: []mail.Recipient{{Address: fmt.Sprintf("%d@there.test", i)}, {Address: "b@far.test"}}},
				Source:   mail.Source{Kind: "smtp", Name: "apps"}, Subject: "Invoice\x1b[2J", MessageID: fmt.Sprintf("<%d@here.test>", i),
			},
			Body: strings.NewReader("x"),
			Legs: []queue.Leg{{Courier: "internet", Route: "internet", Destination: "there.test"}, {Courier: "other", Route: "other", Destination: "far.test"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			continue
		}
		first = r.ID
		b, err := q.Lease(t.Context(), queue.LeaseRequest{Courier: "internet", Worker: "w", Max: 1, Duration: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := q.Report(t.Context(), b.Groups[0], []mail.Outcome{{Verdict: mail.Failed, Code: 550, Detail: "1.1", Text: "no such\x07 user", Remote: "mx.there.test"}}); err != nil {
			t.Fatal(err)
		}
	}
	return q, first, end
}

func TestQueueList(t *testing.T) {
	dir, first := filledQueue(t, 3)
	got := runLine(t, "", "queue", "list", "--data", dir)
	lines := strings.Split(strings.TrimSpace(got.out), "\n")
	if got.code != cli.Fine || len(lines) != 7 || !strings.HasPrefix(lines[0], "ID ") || strings.ContainsAny(got.out, "\x1b\x07") {
		t.Errorf("code %d:\n%s%s", got.code, got.out, got.err)
	}
	if !strings.Contains(got.out, "5.1.1 no such  user") || !strings.Contains(got.out, "waiting") {
		t.Errorf("list:\n%s", got.out)
	}
	for args, want := range map[string]int{
		"": 3, "--limit 2": 2, "--limit 0": 3, "--state failed": 1, "--state delivered": 0, "--from @here.test": 3, "--from @there.test": 0,
		"--to 1@there.test": 1, "--message-id <2@here.test>": 1, "--all": 3,
	} {
		got := runLine(t, "", append([]string{"queue", "list", "--json", "--data", dir}, strings.Fields(args)...)...)
		var mails []show.Mail
		if err := json.Unmarshal([]byte(got.out), &mails); err != nil || len(mails) != want || got.code != cli.Fine {
			t.Errorf("%s: %d mails, want %d; code %d, %v, %s", args, len(mails), want, got.code, err, got.err)
		}
	}
	got = runLine(t, "", "queue", "show", string(first), "--data", dir)
	for _, want := range []string{"Mail:", "smtp apps", "0@there.test", "failed since", "mx.there.test", "tried", "accepted"} {
		if !strings.Contains(got.out, want) {
			t.Errorf("show lacks %q:\n%s", want, got.out)
		}
	}
	var m show.Mail
	got = runLine(t, "", "queue", "show", "--json", string(first), "--data", dir)
	if err := json.Unmarshal([]byte(got.out), &m); err != nil || m.ID != first || len(m.Events) != 2 {
		t.Errorf("show --json: %v\n%s", err, got.out)
	}
}

func TestQueueErrors(t *testing.T) {
	dir, _ := filledQueue(t, 0)
	if got := runLine(t, "", "queue", "list", "--data", dir); got.code != cli.Fine || got.out != "The queue is empty.\n" {
		t.Errorf("empty: %d %q", got.code, got.out)
	}
	if got := runLine(t, "", "queue", "list", "--json", "--data", dir); got.code != cli.Fine || got.out != "[]\n" {
		t.Errorf("empty as JSON: %d %q", got.code, got.out)
	}
	for args, code := range map[string]int{
		"list --data " + t.TempDir(): cli.Failed, "list --state odd --data " + dir: cli.Usage, "show 06aaaaaaaaaaaaaaaaaa --data " + dir: cli.Failed,
		"show ../x --data " + dir: cli.Failed, "list -c no-such-file.yaml": cli.Failed,
	} {
		if got := runLine(t, "", append([]string{"queue"}, strings.Fields(args)...)...); got.code != code || got.err == "" {
			t.Errorf("%s: code %d, want %d; stderr %q", args, got.code, code, got.err)
		}
	}
}

// A mail is found by its id, its Message-ID and each of its addresses.
func TestTrace(t *testing.T) {
	dir, first := filledQueue(t, 3)
	for what, mails := range map[string]int{
		string(first): 1, "<0@here.test>": 1, "0@here.test": 1, "0@there.test": 1, "erp@here.test": 3, "@far.test": 3,
	} {
		got := runLine(t, "", "trace", "--data", dir, "--json", what)
		var list []show.Mail
		if err := json.Unmarshal([]byte(got.out), &list); err != nil || got.code != cli.Fine {
			t.Fatalf("%s: code %d, %v: %s%s", what, got.code, err, got.out, got.err)
		}
		if len(list) != mails || len(list[0].Events) == 0 {
			t.Errorf("%s: %d mails, want %d", what, len(list), mails)
		}
	}
	if got := runLine(t, "", "trace", "--data", dir, "<0@here.test>"); !strings.Contains(got.out, "no such  user") || strings.ContainsAny(got.out, "\x1b\x07") {
		t.Errorf("the story lacks the answer, or has control characters:\n%q", got.out)
	}
	if got := runLine(t, "", "trace", "--data", dir, "nobody@nowhere.test"); got.code != cli.Failed || !strings.Contains(got.err, "no such mail") {
		t.Errorf("code %d: %s", got.code, got.err)
	}
}

func TestQueueExport(t *testing.T) {
	dir, first := filledQueue(t, 1)
	if got := runLine(t, "", "queue", "export", "--data", dir, string(first)); got.code != cli.Fine || got.out != "x" {
		t.Errorf("code %d: %q %s", got.code, got.out, got.err)
	}
	file := filepath.Join(t.TempDir(), "mail.eml")
	if got := runLine(t, "", "queue", "export", "--data", dir, "-o", file, string(first)); got.code != cli.Fine {
		t.Errorf("code %d: %s", got.code, got.err)
	}
	if got := runLine(t, "", "queue", "export", "--data", dir, "-o", file, string(first)); got.code != cli.Failed || !strings.Contains(got.err, "exists") {
		t.Errorf("overwriting: code %d: %s", got.code, got.err)
	}
}
