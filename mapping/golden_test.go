package mapping

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden reads every testdata/*.eml, compares its properties with *.props
// and what ToMIME makes of them with *.out.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.eml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no testdata: %v", err)
	}
	for _, name := range files {
		base := strings.TrimSuffix(name, ".eml")
		t.Run(filepath.Base(base), func(t *testing.T) {
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			in, err := ToMAPI(context.Background(), bytes.NewReader(raw), ToMAPIOptions{})
			if err != nil {
				t.Fatal(err)
			}
			var dump strings.Builder
			describe(t, &dump, in.Message, "")
			for _, l := range in.Losses {
				fmt.Fprintln(&dump, "loss", l)
			}
			compare(t, base+".props", []byte(dump.String()))
			var out bytes.Buffer
			back, err := ToMIME(context.Background(), &out, in.Message, ToMIMEOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if back.Size != int64(out.Len()) {
				t.Errorf("Size is %d, %d bytes were written", back.Size, out.Len())
			}
			compare(t, base+".out", out.Bytes())
		})
	}
}

// compare holds got against a golden file, or writes it with -update.
func compare(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		a, b := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
		for i := range max(len(a), len(b)) {
			if first(a, i) != first(b, i) {
				t.Fatalf("%s line %d:\nwant %q\n got %q", name, i+1, first(a, i), first(b, i))
			}
		}
	}
}

// describe writes a message's properties, one a line.
func describe(t *testing.T, w *strings.Builder, msg *mapi.Message, indent string) {
	describeProps(w, msg.Props, indent)
	for _, r := range msg.Recipients {
		fmt.Fprintf(w, "%srecipient type %d\n", indent, r.Type)
		describeProps(w, r.Props, indent+"  ")
	}
	for _, a := range msg.Attachments {
		fmt.Fprintf(w, "%sattachment\n", indent)
		describeProps(w, a.Props, indent+"  ")
		if a.Message != nil {
			describe(t, w, a.Message, indent+"  ")
			continue
		}
		r, err := a.Data.Open(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(w, "%s  data %q\n", indent, data)
	}
}

func describeProps(w *strings.Builder, ps mapi.Props, indent string) {
	for _, p := range ps {
		name := p.Tag.String()
		if p.Name != nil {
			name = p.Name.String()
		}
		switch v := p.Value.(type) {
		case time.Time:
			fmt.Fprintf(w, "%s%s %s\n", indent, name, v.Format(time.RFC3339Nano))
		case []byte, string, []string:
			fmt.Fprintf(w, "%s%s %q\n", indent, name, v)
		default:
			fmt.Fprintf(w, "%s%s %v\n", indent, name, v)
		}
	}
}
