package mapping

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
)

// TestPrefixes reads every prefix of every golden mail: each must come out as
// some message, fast.
func TestPrefixes(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join("testdata", "*.eml"))
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for n := range raw {
			if _, err := ToMAPI(context.Background(), bytes.NewReader(raw[:n]), ToMAPIOptions{}); err != nil {
				t.Fatalf("%s cut at %d: %v", name, n, err)
			}
		}
	}
}
