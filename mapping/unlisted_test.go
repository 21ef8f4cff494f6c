package mapping

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/msg"
)

// unlisted names the properties of a message that say something, are neither
// listed as lost nor the books of a store, and without which the MIME is the same.
func unlisted(t *testing.T, m *mapi.Message) []string {
	write := func(m *mapi.Message) (string, []Loss) {
		var b bytes.Buffer
		res, err := ToMIME(context.Background(), &b, m, ToMIMEOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return b.String(), res.Losses
	}
	id := mapi.PidTagInternetMessageId.Of("<1@example.com>") // else it is made of everything
	props := slices.Clone(m.Props)
	props.Set(id)
	whole, losses := write(&mapi.Message{Props: props, Recipients: m.Recipients, Attachments: m.Attachments})
	listed := map[string]bool{}
	for _, l := range losses {
		listed[l.Where] = true
	}
	var out []string
	for i := range m.Props {
		p := &m.Props[i]
		if says(p.Value) == "" || isBooks(p) || listed[nameOf(p)] {
			continue
		}
		without := slices.Delete(slices.Clone(m.Props), i, i+1)
		without.Set(id)
		if got, _ := write(&mapi.Message{Props: without, Recipients: m.Recipients, Attachments: m.Attachments}); withoutBoundaries(got) == withoutBoundaries(whole) {
			out = append(out, nameOf(p))
		}
	}
	return out
}

// TestUnlistedProperties takes every item of the corpus that is no mail out
// again, once whole and once without each of its properties.
func TestUnlistedProperties(t *testing.T) {
	ctx := context.Background()
	total := 0
	names := map[string]int{}
	for _, kind := range []struct{ name, pattern, mediaType string }{{"msg", "*.msg", ""}, {"ical", "*.ics", "text/calendar; charset=utf-8"}, {"vcard", "*.vcf", "text/vcard; charset=utf-8"}} {
		files, err := filepath.Glob(filepath.Join(shared(t, "corpus/"+kind.name), kind.pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var m *mapi.Message
			if kind.mediaType == "" {
				res, err := msg.Read(ctx, bytes.NewReader(raw), msg.Options{})
				if err != nil {
					t.Fatal(err)
				}
				m = res.Message
			} else {
				res, err := ToMAPI(ctx, bytes.NewReader(asItem(kind.mediaType, raw)), ToMAPIOptions{})
				if err != nil {
					t.Fatal(err)
				}
				m = res.Message
			}
			for _, name := range unlisted(t, m) {
				total++
				names[kind.name+" "+mapi.PidTagMessageClass.Get(m.Props)+" "+name]++
			}
		}
	}
	for _, n := range slices.Sorted(maps.Keys(names)) {
		t.Logf("%4d %s", names[n], n)
	}
	fmt.Println("unlisted:", total)
}

// withoutBoundaries leaves out what the digest of the message is in.
func withoutBoundaries(s string) string { return boundaryPattern.ReplaceAllString(s, "") }

var boundaryPattern = regexp.MustCompile(`=_mapigate_[0-9a-f]+`)
