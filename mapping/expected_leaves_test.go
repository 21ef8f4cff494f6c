package mapping

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/charset"
	"github.com/mapigate/mapigate/mapping/mime"
)

// leavesOf collects what a message holds as another decoder would have it: the
// bytes of each attachment with LF, and each body in every charset its leaf
// may have been in, white space folded.
func leavesOf(t *testing.T, msg *mapi.Message, into map[string]bool) {
	into["text "+folded(mapi.PidTagBody.Get(msg.Props))] = true
	html, _ := charset.Decode(mapi.PidTagHtml.Get(msg.Props), "utf-8")
	into["text "+folded(html)] = true
	for i := range msg.Attachments {
		a := &msg.Attachments[i]
		if a.Message != nil {
			leavesOf(t, a.Message, into)
		}
		if a.Data == nil {
			continue
		}
		r, err := a.Data.Open(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		into["bytes "+string(lf(b))] = true
		if inner, err := mime.Parse(bytes.NewReader(b), int64(len(b)), mime.Limits{Depth: 32, Parts: 2000, HeaderBytes: 1 << 20}); err == nil {
			for _, p := range inner.Parts {
				into["bytes "+string(lf(read(t, p.Open())))] = true
			}
		}
	}
}

func lf(b []byte) []byte {
	return bytes.TrimRight(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), "\n")
}

// holdsLeaf tells whether one of the leaves is what another decoder made of a part.
func holdsLeaf(leaves map[string]bool, want []byte) bool {
	if leaves["bytes "+string(lf(want))] || len(lf(want)) == 0 {
		return true
	}
	for _, name := range []string{"utf-8", "windows-1252", "iso-8859-2", "iso-8859-15", "koi8-r", "iso-2022-jp", "gb18030", "big5", "shift_jis", "euc-kr", "windows-1251", "utf-7"} {
		if s, _ := charset.Decode(want, name); leaves["text "+folded(strings.ReplaceAll(s, "\x00", ""))] {
			return true
		}
	}
	return false
}

// readOtherwise are the decoded parts that the mapping reads otherwise, and why.
var readOtherwise = map[string]string{
	"frag_decoded_1_2_1_2_1_2_1_2.bin":                    "base64 without its padding: mime4j drops the last two bytes",
	"multi-frag_decoded_1_3_2.bin":                        "base64 that ends in text: mime4j drops two bytes more",
	"basic-plain-with-bad-header-separator_decoded_1.txt": "a line of a blank ends the header; mime4j takes the text for more of it",
	"ending-boundaries_decoded_1_1.txt":                   "text after a boundary makes it none. RFC 2046 5.1.1",
	"malformedHeaderStartsBody-nocrlfcrlf_decoded_1.txt":  "a line that is no field does not begin the body; it stays in the transport headers",
	"very-long-boundary_decoded_1_1.txt":                  "blanks at the end of a boundary are padding. RFC 2046 5.1.1",
	"weird-boundary_decoded_1_1.txt":                      "blanks at the end of a boundary are padding. RFC 2046 5.1.1",
}

// TestExpectedLeaves looks in the messages for each part that lies decoded
// beside its mail: the decoder was mime4j's.
func TestExpectedLeaves(t *testing.T) {
	dir := shared(t, "corpus/mime")
	var files, leaves, found, otherwise int
	mails, err := filepath.Glob(filepath.Join(dir, "mime4j__*.msg"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range mails {
		stem := strings.TrimSuffix(name, ".msg")
		parts, err := filepath.Glob(stem + "_decoded_*.*")
		if err != nil {
			t.Fatal(err)
		}
		if len(parts) == 0 {
			continue
		}
		files++
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		res, err := ToMAPI(context.Background(), bytes.NewReader(raw), ToMAPIOptions{})
		if err != nil {
			t.Fatal(err)
		}
		have := map[string]bool{}
		leavesOf(t, res.Message, have)
		for _, part := range parts {
			want, err := os.ReadFile(part)
			if err != nil {
				t.Fatal(err)
			}
			leaves++
			switch {
			case holdsLeaf(have, want):
				found++
			default:
				base := filepath.Base(part)
				reason, known := readOtherwise[base[strings.LastIndex(base, "__")+2:]]
				if !known {
					t.Errorf("%s is not found (%d bytes, %.60q)", base, len(want), want)
					continue
				}
				otherwise++
				t.Logf("%s: %s", base, reason)
			}
		}
	}
	fmt.Printf("expected, mime4j: %d mails, %d of %d decoded parts found as they are expected, %d read otherwise for a reason\n", files, found, leaves, otherwise)
	fmt.Println("expected, not compared: the trees of parts of mime4j (.xml, .out) and of mailcore2: the mapping keeps no tree; offsets and indexes of mimekit's mboxes: it reads none")
	if leaves == 0 {
		t.Error("no decoded part lies beside its mail")
	}
}
