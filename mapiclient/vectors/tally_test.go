package vectors

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCount(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("a.ledger", "covered\tboth\ta\nleft out\tlate\tcomes later\nfailed\tbad\ta\ncovered\tworse\ta\n")
	write("b.ledger", "left out\tboth\tnot ours\ncovered\tbad\tb\nfailed\tworse\tb\n")
	all := map[string]Vector{"both": {}, "late": {}, "bad": {}, "worse": {}, "silent": {}}
	tally, err := Count(all, dir)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	tally.Print(&out)
	const want = `left out late: comes later
failed bad: see TestVectors of a
failed silent: no room speaks for it
failed worse: see TestVectors of b
vectors: 1 covered, 1 left out, 3 failed
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}
