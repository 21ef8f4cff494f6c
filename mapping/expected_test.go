package mapping

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

// A judged mail is what another parser (stalwart's) made of one: its expected
// results lie beside the corpus files.
type judged struct {
	TextBody []int `json:"text_body"`
	HTMLBody []int `json:"html_body"`
	Parts    []struct {
		Headers []struct {
			Name  any
			Value any
		}
		Body map[string]any
	}
}

// body gives the text of the first of some parts.
func (j judged) body(parts []int, kind string) (string, bool) {
	if len(parts) == 0 || parts[0] >= len(j.Parts) {
		return "", false
	}
	s, ok := j.Parts[parts[0]].Body[kind].(string)
	return s, ok
}

func folded(s string) string { return strings.Join(strings.Fields(s), " ") }

// TestExpectedByAnother compares texts with what another parser
// reads, damaged and oddly coded mails among them.
func TestExpectedByAnother(t *testing.T) {
	dir := shared(t, "corpus/mime")
	names, err := filepath.Glob(filepath.Join(dir, "stalwart-mail-parser__*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	var texts, sameTexts, otherwise int
	for _, name := range names {
		table, err := os.ReadFile(strings.TrimSuffix(name, ".eml") + ".json")
		if err != nil {
			continue
		}
		var want judged
		if err := json.Unmarshal(table, &want); err != nil {
			continue // of another version of that parser
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		res, err := ToMAPI(context.Background(), bytes.NewReader(raw), ToMAPIOptions{})
		if err != nil {
			t.Fatal(err)
		}
		ps := res.Message.Props
		if s, ok := want.body(want.TextBody, "Text"); ok && mapi.PidTagBody.Get(ps) != "" {
			texts++
			if got := mapi.PidTagBody.Get(ps); folded(got) == folded(s) {
				sameTexts++
			} else {
				reason := textOtherwise[filepath.Base(name)]
				if reason == "" {
					t.Errorf("%s: text %.120q, expected %.120q", filepath.Base(name), folded(got), folded(s))
				}
				otherwise++
			}
		}
	}
	fmt.Printf("expected, stalwart: %d of %d texts as expected, %d read otherwise for a reason\n", sameTexts, texts, otherwise)
	if texts == 0 {
		t.Error("no result lies beside its mail")
	}
}

// textOtherwise are the mails whose text the mapping reads otherwise, and why.
var textOtherwise = map[string]string{
	"stalwart-mail-parser__legacy__033.eml":    "8-bit text without a charset, which the other parser does not read",
	"stalwart-mail-parser__malformed__001.eml": "the inner multipart has no part at all: what looks like its boundary is the outer one's text",
	"stalwart-mail-parser__malformed__019.eml": "a part whose header is its first line of text: the mapping keeps the line",
}
