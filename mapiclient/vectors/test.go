package vectors

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

// A Room is what one package does about the vectors, by key.
type Room struct {
	// Name names the ledger; the package's name will do.
	Name string
	// Covered are the checks.
	Covered map[string]func(*testing.T, Vector)
	// LeftOut are reasons why a vector has no check.
	LeftOut map[string]string
}

// Test runs a room's checks, each as a subtest, and writes the ledger. It skips
// when there are no vectors.
func Test(t *testing.T, r Room) {
	t.Helper()
	dir, err := Dir()
	if err != nil {
		t.Skip(err)
	}
	all, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	var ledger []string
	for key, check := range r.Covered {
		v, there := all[key]
		passed := t.Run(key, func(t *testing.T) {
			if !there {
				t.Fatal("there is no such vector")
			}
			check(t, v)
		})
		state := stateFailed
		if passed {
			state = stateCovered
		}
		ledger = append(ledger, fmt.Sprintf("%s\t%s\t%s", state, key, r.Name))
	}
	for key, reason := range r.LeftOut {
		if _, there := all[key]; !there || r.Covered[key] != nil || reason == "" {
			t.Errorf("%s is left out, but is covered, has no reason, or there is no such vector", key)
		}
		ledger = append(ledger, fmt.Sprintf("%s\t%s\t%s", stateLeftOut, key, reason))
	}
	if out := os.Getenv(LedgerEnv); out != "" {
		sort.Strings(ledger)
		if err := os.WriteFile(filepath.Join(out, r.Name+".ledger"), []byte(strings.Join(ledger, "\n")+"\n"), 0o644); err != nil {
			t.Error(err)
		}
	}
}
