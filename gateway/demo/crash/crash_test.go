package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A short form of make crash.
func TestCrash(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the gateway and kills it for some seconds; not with -short")
	}
	if err := run(t.Context(), options{mails: 200, kills: 3, clients: 8, out: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
}

// The tally sees what is lost and what is doubled, and believes no excuse twice.
func TestTally(t *testing.T) {
	out := t.TempDir()
	write := func(name string, lines ...string) string {
		path := filepath.Join(out, name)
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("accepted.txt", "<a>", "<b>", "<c>", "<d>", "<e>")
	write("arrived.txt", "<a>", "<b>", "<b>", "<c>", "<c>", "<c>", "<d>", "<d>")
	write("unanswered.txt", "<b>", "<c>")
	log := write("log", `{"level":"WARN","remote":"sink","message_id":"<d>"}`, `{"level":"INFO","remote":"sink","message_id":"<c>"}`, `{"level":"WA`)
	got, err := count(out, log)
	if err != nil {
		t.Fatal(err)
	}
	if got.accepted != 5 || got.arrived != 4 || got.doubled != 4 || got.byClients != 2 || got.byGateway != 1 ||
		len(got.lost) != 1 || got.lost[0] != "<e>" || len(got.unexplained) != 1 || got.unexplained[0] != "<c>" {
		t.Errorf("%+v", got)
	}
	if err := got.print(options{}); err == nil {
		t.Error("a loss is no error")
	}
}
