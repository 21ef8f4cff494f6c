package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
)

// bash asks the program itself, as the script of each shell makes it do.
func testCompletion(t *testing.T, binary string) {
	for _, tt := range []struct{ line, want string }{
		{"mapigate que", "queue"},
		{"mapigate mailbox g", "get"},
		{"mapigate serve --conf", "--config"},
	} {
		cmd := exec.Command(binary)
		cmd.Env = append(cmd.Environ(), "COMP_LINE="+tt.line)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Fields(string(out)); len(got) != 1 || got[0] != tt.want {
			t.Errorf("%q goes on with %q, want %q", tt.line, got, tt.want)
		}
	}
}

func TestCompletionScripts(t *testing.T) {
	for shell, marker := range map[string]string{"bash": "complete -C mapigate", "zsh": "#compdef mapigate", "fish": "complete -f -c mapigate"} {
		if got := runLine(t, "", "completion", shell); got.code != cli.Fine || !strings.Contains(got.out, marker) {
			t.Errorf("%s: %+v", shell, got)
		}
	}
}

func TestManNamesEveryCommand(t *testing.T) {
	got := runLine(t, "", "man")
	if got.code != cli.Fine {
		t.Fatalf("exit code %d: %s", got.code, got.err)
	}
	for _, want := range []string{".TH MAPIGATE 1", "serve", "mailbox", "doctor", "sendmail"} {
		if !strings.Contains(got.out, want) {
			t.Errorf("the page does not name %q", want)
		}
	}
}
