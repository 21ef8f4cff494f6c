package mapigate_test

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// Every module that the code names has a line in the README that says why.
func TestEveryDependencyHasAReason(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	direct := 0
	for line := range strings.Lines(string(mod)) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "require ")
		path, version, ok := strings.Cut(line, " ")
		if !ok || !strings.HasPrefix(version, "v") || strings.HasSuffix(line, "// indirect") {
			continue
		}
		direct++
		if name := strings.TrimPrefix(path, "github.com/"); !inTable(string(readme), name) {
			t.Errorf("%s has no line in the README's table of modules", path)
		}
	}
	if direct < 5 {
		t.Fatalf("found %d modules in go.mod only", direct)
	}
}

// inTable tells whether a row of a table begins with the name, alone or among others.
func inTable(text, name string) bool {
	for line := range strings.Lines(text) {
		cells := strings.SplitN(line, "|", 3)
		if len(cells) == 3 && slices.Contains(strings.Split(strings.TrimSpace(cells[1]), ", "), name) {
			return true
		}
	}
	return false
}
