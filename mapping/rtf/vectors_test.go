package rtf

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/vectors"
)

func TestVectors(t *testing.T) {
	vectors.Test(t, vectors.Room{Name: "rtf", Covered: map[string]func(*testing.T, vectors.Vector){
		"MS-OXRTFCP_2.1.3.1.4_01": func(t *testing.T, v vectors.Vector) {
			if initialDic != string(v.Bytes) {
				t.Errorf("dictionary is %q, want %q", initialDic, v.Bytes)
			}
		},
		"MS-OXRTFCP_3.1.1_01": checkCompressed,
		"MS-OXRTFCP_3.1.2_01": checkCompressed,
		"MS-OXRTFEX_3.1_01":   checkEncapsulated,
	}})
}

func checkCompressed(t *testing.T, v vectors.Vector) {
	got, err := Decompress(v.Bytes, 0)
	if err != nil || !bytes.Equal(got, v.Plain) {
		t.Errorf("unpacked %q, %v; want %q", got, err, v.Plain)
	}
	if packed := Compress(v.Plain); !bytes.Equal(packed, v.Bytes) {
		t.Errorf("packed\n%x, want\n%x", packed, v.Bytes)
	}
}

// The page's RTF and HTML differ in two words.
func checkEncapsulated(t *testing.T, v vectors.Vector) {
	body, err := ToHTML(v.Bytes, Options{})
	if err != nil || body.Kind != EncapsulatedHTML || body.CodePage != 1251 {
		t.Fatalf("kind %d, code page %d, %v", body.Kind, body.CodePage, err)
	}
	want := strings.NewReplacer("This is bold text", "This is a bold text", "that have", "which have").Replace(pageHTML(t, v.Key))
	if got := squeeze(body.Content); got != squeeze(want) {
		t.Errorf("differs %s", difference(got, squeeze(want)))
	}
}

// pageHTML gives the HTML that the page prints beside its RTF.
func pageHTML(t *testing.T, key string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(shared(t, "vectors"), key+"*.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%d files of %s: %v", len(files), key, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	var page struct {
		SourceHTML string `json:"source_html"`
	}
	if err := json.Unmarshal(text, &page); err != nil {
		t.Fatal(err)
	}
	return page.SourceHTML
}
