package vectors

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// How a vector fared, as the ledgers have it.
const (
	stateCovered = "covered"
	stateLeftOut = "left out"
	stateFailed  = "failed"
)

// A Tally is how all vectors fared.
type Tally struct {
	Covered int
	// LeftOut and Failed tell why, by key.
	LeftOut, Failed map[string]string
}

// Count adds up the ledgers in a folder over the given vectors. A vector that
// one room covers and another leaves out is covered; one that failed anywhere,
// or that no ledger names, has failed.
func Count(all map[string]Vector, ledgers string) (*Tally, error) {
	files, err := filepath.Glob(filepath.Join(ledgers, "*.ledger"))
	if err != nil {
		return nil, err
	}
	states := make(map[string]string)
	t := &Tally{LeftOut: make(map[string]string), Failed: make(map[string]string)}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			f := strings.SplitN(strings.TrimSpace(line), "\t", 3)
			if len(f) != 3 {
				continue
			}
			t.note(states, f[0], f[1], f[2])
		}
	}
	for key := range all {
		switch states[key] {
		case stateCovered:
			t.Covered++
			delete(t.LeftOut, key)
		case stateLeftOut:
		case stateFailed:
			delete(t.LeftOut, key)
		default:
			t.Failed[key] = "no room speaks for it"
		}
	}
	return t, nil
}

func (t *Tally) note(states map[string]string, state, key, why string) {
	switch before := states[key]; {
	case state == stateFailed:
		t.Failed[key] = "see TestVectors of " + why
	case before == stateFailed || before == stateCovered:
		return
	case state == stateLeftOut:
		t.LeftOut[key] = why
	}
	states[key] = state
}

// Print writes what was left out and what failed, and the count as last line.
func (t *Tally) Print(w io.Writer) {
	list := func(state string, reasons map[string]string) {
		keys := make([]string, 0, len(reasons))
		for key := range reasons {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		for _, key := range keys {
			fmt.Fprintf(w, "%s %s: %s\n", state, key, reasons[key])
		}
	}
	list(stateLeftOut, t.LeftOut)
	list(stateFailed, t.Failed)
	fmt.Fprintf(w, "vectors: %d covered, %d left out, %d failed\n", t.Covered, len(t.LeftOut), len(t.Failed))
}
