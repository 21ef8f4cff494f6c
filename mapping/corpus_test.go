package mapping

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapping/charset"
	"github.com/mapigate/mapigate/mapping/mime"
)

// shared gives a folder of the test material, or skips the test.
func shared(t testing.TB, dir string) string {
	t.Helper()
	root := os.Getenv("MAPIGATE_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "shared")
	}
	path := filepath.Join(root, dir)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("test material is missing (set MAPIGATE_SHARED): %v", err)
	}
	return path
}

// mails gives the files of a corpus folder that are mail.
func mails(t testing.TB, dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		switch strings.ToLower(filepath.Ext(e.Name())) {
		case ".json", ".xml", ".out", ".result", ".dns", ".html", ".readme", ".tsv", ".cer", ".crt", ".crl", ".pri", ".pem", ".list":
			continue
		}
		if strings.Contains(e.Name(), "README") || strings.Contains(e.Name(), "_expected") || strings.Contains(e.Name(), "_decoded") {
			continue
		}
		out = append(out, filepath.Join(dir, e.Name()))
	}
	return out
}

// A portrait is what of a mail must survive both ways.
type portrait struct {
	headers []string
	texts   []string // whitespace folded
	files   []string // name, type, bytes
}

// portray takes a mail apart without the mapping's judgement of what is a
// body: every leaf counts.
func portray(t testing.TB, raw []byte) portrait {
	root, err := mime.Parse(bytes.NewReader(raw), int64(len(raw)), mime.Limits{Depth: 100, Parts: 10000, HeaderBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	var p portrait
	p.message(root)
	slices.Sort(p.texts)
	slices.Sort(p.files)
	return p
}

func (p *portrait) message(root *mime.Part) {
	for _, name := range []string{"From", "To", "Cc", "Reply-To"} {
		var list []string
		for _, f := range root.Header.Fields {
			if !strings.EqualFold(f.Name, name) {
				continue
			}
			as, _ := mime.ParseAddresses(f.Raw, 100000)
			for _, a := range as {
				if n := strings.Join(strings.Fields(a.Name), " "); a.Addr != "" || n != "" {
					if strings.EqualFold(n, a.Addr) {
						n = ""
					}
					list = append(list, n+"<"+a.Addr+">")
				}
			}
			if name == "From" || name == "Reply-To" {
				if name == "From" && len(list) > 1 {
					list = list[:1]
				}
				break
			}
		}
		p.headers = append(p.headers, name+": "+strings.Join(list, ","))
	}
	p.headers = append(p.headers, "Message-ID: "+strings.Trim(mime.DecodeText(root.Header.Get("Message-ID")), "<>"))
	for _, name := range []string{"Subject", "In-Reply-To", "References"} {
		p.headers = append(p.headers, name+": "+strings.Join(strings.Fields(strings.ReplaceAll(mime.DecodeText(root.Header.Get(name)), "><", "> <")), " "))
	}
	if d, ok := mime.ParseDate(root.Header.Get("Date")); ok {
		p.headers = append(p.headers, "Date: "+d.UTC().Format(time.RFC3339))
	}
	p.part(root)
}

func (p *portrait) part(x *mime.Part) {
	switch {
	case x.IsMultipart():
		for _, c := range x.Parts {
			p.part(c)
		}
	case x.IsMessage():
		p.message(x.Parts[0])
	default:
		b := new(bytes.Buffer)
		b.ReadFrom(x.Open())
		if inner, err := mime.Parse(bytes.NewReader(b.Bytes()), int64(b.Len()), mime.Limits{Depth: 100, Parts: 10000, HeaderBytes: 1 << 20}); err == nil && x.Type == "message/rfc822" && len(inner.Header.Fields) > 0 {
			p.message(inner) // in a transfer encoding
			return
		}
		name := cleanName(cmp.Or(x.DispositionParams.Get("filename"), x.Params.Get("name")))
		broken := x.Major() == "multipart" && x.Number == "" // its boundary never comes
		if x.Major() == "multipart" && x.Number != "" {
			x.Type = "application/octet-stream"
		}
		if (x.Major() == "text" || broken) && name == "" {
			if broken {
				x.Type = "text/plain"
			}
			s, _ := charset.Decode(b.Bytes(), x.Params.Get("charset"))
			if s = strings.Join(strings.Fields(s), " "); s != "" {
				p.texts = append(p.texts, x.Type+" "+s)
			}
			return
		}
		if b.Len() > 0 || name != "" {
			p.files = append(p.files, fmt.Sprintf("%s %s cid=%s %d bytes %x", name, x.Type, x.ContentID(), b.Len(), b.Bytes()))
		}
	}
}

// difference names the first thing that differs, or "".
func (p portrait) difference(q portrait) string {
	for i := range p.headers {
		if p.headers[i] == "Message-ID: " {
			continue // one is made
		}
		if i >= len(q.headers) || p.headers[i] != q.headers[i] {
			return fmt.Sprintf("header %q", first(p.headers, i)) + " became " + fmt.Sprintf("%q", first(q.headers, i))
		}
	}
	for _, l := range [][2][]string{{p.files, q.files}, {p.texts, q.texts}} {
		for i := range max(len(l[0]), len(l[1])) {
			if first(l[0], i) != first(l[1], i) {
				return fmt.Sprintf("%.150q became %.150q", first(l[0], i), first(l[1], i))
			}
		}
	}
	return ""
}

func first(l []string, i int) string {
	if i < len(l) {
		return l[i]
	}
	return "(none)"
}

// roundTrip takes a mail to MAPI and back.
func roundTrip(t testing.TB, raw []byte) (out []byte, in *MAPIResult, back *MIMEResult) {
	ctx := context.Background()
	in, err := ToMAPI(ctx, bytes.NewReader(raw), ToMAPIOptions{})
	if err != nil {
		t.Fatalf("ToMAPI: %v", err)
	}
	var b bytes.Buffer
	back, err = ToMIME(ctx, &b, in.Message, ToMIMEOptions{})
	if err != nil {
		t.Fatalf("ToMIME: %v", err)
	}
	return b.Bytes(), in, back
}

// TestCorpusRoundTrip takes every mail of the corpus both ways.
func TestCorpusRoundTrip(t *testing.T) {
	dir := shared(t, "corpus/mime")
	files, equal, losses := 0, 0, 0
	for _, path := range mails(t, dir) {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(raw) == 0 {
			continue
		}
		files++
		start := time.Now()
		out, in, back := roundTrip(t, raw)
		if d := time.Since(start); d > time.Second {
			t.Errorf("%s took %v", filepath.Base(path), d)
		}
		losses += len(in.Losses) + len(back.Losses)
		if diff := portray(t, raw).difference(portray(t, out)); diff != "" {
			t.Logf("%s: %s", filepath.Base(path), diff)
			continue
		}
		equal++
	}
	share := 100 * float64(equal) / float64(max(files, 1))
	t.Logf("corpus/mime: %d files, %d equal (%.2f%%), %d losses listed", files, equal, share, losses)
	if share < 90 {
		t.Errorf("only %.2f%% are equal", share)
	}
}
