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

// header gives the value of a header of the message as the given kind.
func (j judged) header(name, kind string) (string, bool) {
	if len(j.Parts) == 0 {
		return "", false
	}
	for _, h := range j.Parts[0].Headers {
		if v, ok := h.Value.(map[string]any); ok && h.Name == name {
			s, ok := v[kind].(string)
			return s, ok
		}
	}
	return "", false
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

// TestExpectedByAnother compares subjects and texts with what another parser
// reads, damaged and oddly coded mails among them.
func TestExpectedByAnother(t *testing.T) {
	dir := shared(t, "corpus/mime")
	names, err := filepath.Glob(filepath.Join(dir, "stalwart-mail-parser__*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	var subjects, sameSubjects, texts, sameTexts int
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
		if s, ok := want.header("subject", "Text"); ok {
			subjects++
			if got := subjectOf(ps); folded(got) == folded(s) {
				sameSubjects++
			} else {
				t.Logf("%s: subject %q, expected %q", filepath.Base(name), got, s)
			}
		}
		if s, ok := want.body(want.TextBody, "Text"); ok && mapi.PidTagBody.Get(ps) != "" {
			texts++
			if got := mapi.PidTagBody.Get(ps); folded(got) == folded(s) {
				sameTexts++
			} else {
				t.Logf("%s: text %.120q, expected %.120q", filepath.Base(name), folded(got), folded(s))
			}
		}
	}
	fmt.Printf("expected, stalwart: %d of %d subjects and %d of %d texts as expected\n", sameSubjects, subjects, sameTexts, texts)
	if subjects == 0 || sameSubjects*100 < subjects*90 || sameTexts*100 < texts*90 {
		t.Error("too much is read otherwise")
	}
}
