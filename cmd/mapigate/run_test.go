package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
)

// result is what a command line did.
type result struct {
	code     int
	out, err string
}

// runLine runs a command line within the test's process.
func runLine(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(t.Context(), args, cli.Streams{In: strings.NewReader(stdin), Out: &out, Err: &errs})
	return result{code, out.String(), errs.String()}
}

func TestExitCodes(t *testing.T) {
	tests := []struct {
		args     string
		code     int
		out, err string // what it must say there
	}{
		{"version", cli.Fine, "mapigate ", ""},
		{"version --json", cli.Fine, `"platform":`, ""},
		{"--version", cli.Fine, "mapigate ", ""},
		{"verdicts", cli.Fine, "ecUnknownUser", ""},
		{"verdicts --json --kind smtp", cli.Fine, `"cause": "530"`, ""},
		{"verdicts --kind odd", cli.Usage, "", "kind"},
		{"--help", cli.Fine, "sendmail", ""},
		{"convert --help", cli.Fine, "The format of the input is detected", ""},
		{"", cli.Usage, "", "expected"},
		{"version --no-such-flag", cli.Usage, "", "unknown flag --no-such-flag"},
		{"nonsense", cli.Usage, "", "nonsense"},
		{"convert --to pdf x", cli.Usage, "", `"mapi"`},
		{"convert x", cli.Usage, "", "--to"},
		{"convert --to mime no-such-file", cli.Failed, "", "no-such-file"},
		{"convert --to mime .", cli.Failed, "", "is a folder"},
		{"sendmail -t -f a@example.test", cli.Usage, "", "no recipients"},
		{"queue retry", cli.Usage, "", "which mails?"},
		{"queue drop 1 --to @x.test", cli.Usage, "", "not both"},
		{"queue hold 1 --data /nonexistent", cli.Failed, "", "mapigate serve"},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			got := runLine(t, "", strings.Fields(tt.args)...)
			if got.code != tt.code {
				t.Errorf("exit code %d, want %d; stderr: %s", got.code, tt.code, got.err)
			}
			if !strings.Contains(got.out, tt.out) {
				t.Errorf("stdout %q lacks %q", got.out, tt.out)
			}
			if !strings.Contains(got.err, tt.err) {
				t.Errorf("stderr %q lacks %q", got.err, tt.err)
			}
			if tt.err != "" && strings.Contains(got.out, tt.err) {
				t.Errorf("the error went to stdout: %q", got.out)
			}
		})
	}
}

// What is risky is said, and is an error for those who ask for that; a mistake is one for all.
func TestConfigCheck(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mapigate.yaml")
	for text, want := range map[string][2]int{
		"hostname: a.test\n":                             {cli.Fine, cli.Fine},
		"hostname: a.test\ninternet: {tls: never}\n":     {cli.Fine, cli.Failed},
		"hostname: a.test\ninternet: {tls: sometimes}\n": {cli.Failed, cli.Failed},
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		lax, strict := runLine(t, "", "config", "check", "-c", file), runLine(t, "", "config", "check", "--strict", "-c", file)
		if lax.code != want[0] || strict.code != want[1] {
			t.Errorf("%q: %d, strict %d: %s", text, lax.code, strict.code, strict.err)
		}
		if want[1] == cli.Failed && !strings.Contains(strict.err, "mapigate.yaml:2: internet") {
			t.Errorf("%q: %s", text, strict.err)
		}
	}
}

// A gateway that does not run cannot reload.
func TestReloadWithoutGateway(t *testing.T) {
	if got := runLine(t, "", "reload", "--data", t.TempDir()); got.code != cli.Failed || !strings.Contains(got.err, "mapigate serve") {
		t.Errorf("%+v", got)
	}
}

// TestHelpNamesTheContract: every command that DESIGN.md promises is there.
func TestHelpNamesTheContract(t *testing.T) {
	help := runLine(t, "", "--help").out
	for _, command := range []string{
		"serve", "reload", "demo", "exchange", "doctor", "convert",
		"queue list", "queue show", "queue retry", "queue hold", "queue release", "queue drop", "queue flush", "queue export", "queue import",
		"trace", "sendmail", "mailbox ls", "mailbox get", "mailbox export", "config check", "config describe", "version",
	} {
		if !strings.Contains(help, "\n  "+command+" ") {
			t.Errorf("help does not name %q", command)
		}
	}
}
