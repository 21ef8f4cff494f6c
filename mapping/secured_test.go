package mapping

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/mime"
)

// TestSecuredByteExact holds that signed and encrypted mail of the corpus
// crosses without the change of a byte.
func TestSecuredByteExact(t *testing.T) {
	var signed, opaque, encrypted int
	for _, dir := range []string{"corpus/smime", "corpus/mime"} {
		for _, path := range mails(t, shared(t, dir)) {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			root := parse(t, raw)
			if root.Type == "multipart/signed" && !root.IsMultipart() {
				continue
			}
			var before, after []byte
			out, in, _ := roundTrip(t, raw)
			class := mapi.PidTagMessageClass.Get(in.Message.Props)
			switch again := parse(t, out); {
			case root.Type == "multipart/signed":
				signed++
				before, after = read(t, root.Section()), read(t, again.Section())
				if class != "IPM.Note.SMIME.MultipartSigned" {
					t.Errorf("%s: class %s", filepath.Base(path), class)
				}
			case isCMS(root):
				opaque++
				before, after = read(t, root.Open()), read(t, again.Open())
				if class != "IPM.Note.SMIME" {
					t.Errorf("%s: class %s", filepath.Base(path), class)
				}
			case root.Type == "multipart/encrypted" && len(root.Parts) == 2 && len(again.Parts) == 2:
				encrypted++
				before, after = read(t, root.Parts[1].Open()), read(t, again.Parts[1].Open())
			default:
				continue
			}
			if !bytes.Equal(before, after) {
				t.Errorf("%s: %d bytes became %d", filepath.Base(path), len(before), len(after))
			}
		}
	}
	t.Logf("byte-exact: %d clear-signed, %d opaque, %d PGP/MIME encrypted", signed, opaque, encrypted)
	if signed == 0 || opaque == 0 {
		t.Error("the corpus has no signed mail")
	}
}

func parse(t testing.TB, raw []byte) *mime.Part {
	root, err := mime.Parse(bytes.NewReader(raw), int64(len(raw)), mime.Limits{Depth: 32, Parts: 2000, HeaderBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func read(t testing.TB, r io.Reader) []byte {
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
