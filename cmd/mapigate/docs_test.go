package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/gateway/config"
	"github.com/mapigate/mapigate/gateway/metrics"
)

var update = flag.Bool("update", false, "write the reference documents anew")

// docs is where the documents are.
const docs = "../../docs"

// The reference says what the program says: make docs writes it anew.
func TestReference(t *testing.T) {
	for name, make := range map[string]func(*testing.T) string{
		"configuration.md": configurationReference,
		"command-line.md":  commandReference,
		"metrics.md":       metricsReference,
		"verdicts.md":      verdictsReference,
	} {
		t.Run(name, func(t *testing.T) {
			path, want := filepath.Join(docs, "reference", name), make(t)
			if *update {
				if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			got, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != want {
				t.Errorf("%s is not what the program says: make docs", path)
			}
		})
	}
}

const generated = "\nMade from the code by `make docs`.\n\n"

func configurationReference(*testing.T) string {
	return "# Configuration\n" + generated + "This is what `mapigate config describe` prints: every key with its default.\n\n```yaml\n" + config.Describe() + "```\n"
}

func verdictsReference(t *testing.T) string {
	got := runLine(t, "", "verdicts")
	if got.code != cli.Fine {
		t.Fatal(got.err)
	}
	return "# Verdicts\n" + generated + "What becomes of a mail when something goes wrong; `mapigate verdicts` prints it.\n\n```\n" + got.out + "```\n"
}

func metricsReference(t *testing.T) string {
	m := metrics.New("v0", metrics.Names{Listeners: []string{"listener"}, Groups: []string{"group"}, Couriers: []string{"courier"}, Exchanges: []string{"exchange"}})
	families, err := m.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("# Metrics\n" + generated + "At `/metrics`; those of the Go runtime and the process are not listed.\n\n| metric | type | labels | what |\n|---|---|---|---|\n")
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "mapigate_") {
			continue
		}
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.GetName(), strings.ToLower(f.GetType().String()), strings.Join(labels, ", "), f.GetHelp())
	}
	return b.String()
}

func commandReference(t *testing.T) string {
	var cli commands
	parser, err := kong.New(&cli, kong.Name("mapigate"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("# Command line\n" + generated + "Exit codes: 0 fine, 1 what was checked or asked failed, 2 wrong usage.\n")
	for _, leaf := range parser.Model.Leaves(true) {
		fmt.Fprintf(&b, "\n## mapigate %s\n\n%s\n\n```\n%s\n```\n", strings.TrimPrefix(leaf.FullPath(), "mapigate "), leaf.Help, helpOf(t, leaf))
	}
	return b.String()
}

// helpOf gives what --help of a command prints. Commands that read their flags themselves have none.
func helpOf(t *testing.T, leaf *kong.Node) string {
	t.Helper()
	if leaf.Passthrough {
		return "see " + leaf.Name + "(8): the flags are those of sendmail"
	}
	got := runLine(t, "", append(strings.Fields(strings.TrimPrefix(leaf.FullPath(), "mapigate ")), "--help")...)
	if got.code != cli.Fine {
		t.Fatalf("%s: %s", leaf.FullPath(), got.err)
	}
	return strings.TrimSpace(got.out)
}

// block is a fenced block of a document, by the name of its language.
func blocks(text, language string) (list []string) {
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		list = append(list, m[1])
	}
	return list
}

// Every configuration in a guide is one that the gateway takes.
func TestGuidesHaveGoodConfigurations(t *testing.T) {
	pages, err := filepath.Glob(docs + "/*/*.md")
	if err != nil {
		t.Fatal(err)
	}
	secrets := t.TempDir()
	seen := 0
	for _, page := range pages {
		if strings.Contains(page, "/reference/") {
			continue
		}
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for i, block := range blocks(string(text), "yaml") {
			seen++
			if _, err := config.Parse(fmt.Sprintf("%s block %d", filepath.Base(page), i+1), []byte(withSecrets(t, secrets, block))); err != nil {
				t.Error(err)
			}
		}
	}
	if seen < 5 {
		t.Errorf("found %d configurations only", seen)
	}
}

// withSecrets makes the files that a configuration names below /etc/mapigate, and has it name them there.
func withSecrets(t *testing.T, folder, block string) string {
	t.Helper()
	const etc = "/etc/mapigate/"
	for _, name := range regexp.MustCompile(etc+`[a-z.]+`).FindAllString(block, -1) {
		content := "secret\n"
		if strings.HasSuffix(name, ".url") {
			content = "postgres://mapigate@db.example.org/mapigate\n"
		}
		if err := os.WriteFile(filepath.Join(folder, strings.TrimPrefix(name, etc)), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return strings.ReplaceAll(block, etc, folder+"/")
}

// The tutorial's blocks, one after the other in one shell, as somebody pastes them, but for the ports.
func testTutorial(t *testing.T, binary string) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("there is no curl, which the tutorial uses")
	}
	text, err := os.ReadFile(filepath.Join(docs, "tutorial.md"))
	if err != nil {
		t.Fatal(err)
	}
	script := "set -e\n" + strings.Join(blocks(string(text), "sh"), "\n")
	for from, to := range map[string]string{
		"make build":     "cp " + binary + " mapigate",
		"127.0.0.1:2525": freeAddress(t),
		"127.0.0.1:9125": freeAddress(t),
	} {
		if !strings.Contains(script, from) {
			t.Fatalf("the tutorial does not say %q any more", from)
		}
		script = strings.ReplaceAll(script, from, to)
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-m", "-c", script)
	home := t.TempDir()
	cmd.Dir, cmd.Env = home, append(os.Environ(), "XDG_RUNTIME_DIR="+home, "XDG_STATE_HOME="+home, "HOME="+home, "TMPDIR="+home)
	// The whole group ends with the test, the demo too.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		log, _ := os.ReadFile(filepath.Join(home, "demo.log"))
		t.Fatalf("%v\n%s\n%s", err, out.String(), log)
	}
	for _, want := range []string{"First mail", "Your order", "mapigate_mails_accepted_total"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("nothing shows %q:\n%s", want, out.String())
		}
	}
}
