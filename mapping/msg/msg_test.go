package msg

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
)

func corpus(t testing.TB) string {
	root := os.Getenv("MAPIGATE_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	dir := filepath.Join(root, "corpus", "msg")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("test material is missing (set MAPIGATE_SHARED): %v", err)
	}
	return dir
}

// TestCorpus reads every .msg file of the corpus, damaged ones too: each gives
// a message, and every attachment can be read.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus(t), "*.msg"))
	if err != nil {
		t.Fatal(err)
	}
	read, losses := 0, 0
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		res, err := Read(context.Background(), bytes.NewReader(raw), Options{})
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(name), err)
			continue
		}
		read++
		losses += len(res.Losses)
		if mapi.PidTagMessageClass.Get(res.Message.Props) == "" {
			t.Errorf("%s has no class", filepath.Base(name))
		}
		drain(t, res.Message)
	}
	t.Logf("msg: %d of %d files read, %d losses listed", read, len(files), losses)
}

// TestMended reads a file whose directory points in circles: every pointer
// that is left out is listed with its offset, the subject is found all the same.
func TestMended(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus(t), "poi__hsmf__clusterfuzz*5336473854148608.msg"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	raw, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	res, err := Read(context.Background(), bytes.NewReader(raw), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s := mapi.PidTagSubject.Get(res.Message.Props); s != "This is a test message please ignore" {
		t.Errorf("subject %q", s)
	}
	if len(res.Losses) == 0 || res.Losses[0].Where != "directory entry at offset 2560" || !strings.Contains(res.Losses[0].What, "offset 2632") {
		t.Errorf("losses %v", res.Losses)
	}
}

// TestMendedFile: bytes of the pointers alone are other ones, in whatever pieces the file is read.
func TestMendedFile(t *testing.T) {
	f := &mendedFile{bytes.NewReader(make([]byte, 20)), []int64{2, 10}}
	want := make([]byte, 20)
	for _, at := range []int{2, 3, 4, 5, 10, 11, 12, 13} {
		want[at] = 0xFF
	}
	for from := range 20 {
		for to := from; to <= 20; to++ {
			b := make([]byte, to-from)
			if _, err := f.ReadAt(b, int64(from)); err != nil || !bytes.Equal(b, want[from:to]) {
				t.Fatalf("%d to %d: %x, %v", from, to, b, err)
			}
		}
	}
}

func drain(t *testing.T, m *mapi.Message) {
	for _, a := range m.Attachments {
		if a.Message != nil {
			drain(t, a.Message)
		}
		if a.Data == nil {
			continue
		}
		r, err := a.Data.Open(context.Background())
		if err != nil {
			t.Error(err)
			continue
		}
		n, err := io.Copy(io.Discard, r)
		if err != nil || n != a.Data.Size() {
			t.Errorf("%d bytes of %d: %v", n, a.Data.Size(), err)
		}
	}
}

// expected is what another reader made of a file.
type expected struct {
	MessageClass, Subject, Body, SenderName string
	Recipients                              []struct{ Name string }
	Attachments                             []struct {
		FileName      string
		ContentLength int64
	}
}

// TestExpected compares with what lies beside the files.
func TestExpected(t *testing.T) {
	dir := corpus(t)
	tables, _ := filepath.Glob(filepath.Join(dir, "*.json"))
	compared := 0
	for _, table := range tables {
		raw, err := os.ReadFile(strings.TrimSuffix(table, ".json") + ".msg")
		if err != nil {
			continue // of a message within another
		}
		text, err := os.ReadFile(table)
		if err != nil {
			t.Fatal(err)
		}
		var want expected
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		res, err := Read(context.Background(), bytes.NewReader(raw), Options{})
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(table), err)
			continue
		}
		compared++
		m := res.Message
		for _, c := range []struct{ what, got, want string }{
			{"class", mapi.PidTagMessageClass.Get(m.Props), want.MessageClass}, {"subject", mapi.PidTagSubject.Get(m.Props), want.Subject},
			{"body", mapi.PidTagBody.Get(m.Props), want.Body},
		} {
			if c.want != "" && c.got != c.want {
				t.Errorf("%s: %s is %q, want %q", filepath.Base(table), c.what, c.got, c.want)
			}
		}
		if len(m.Recipients) != len(want.Recipients) || len(m.Attachments) != len(want.Attachments) {
			t.Errorf("%s: %d recipients and %d attachments, want %d and %d", filepath.Base(table), len(m.Recipients), len(m.Attachments), len(want.Recipients), len(want.Attachments))
			continue
		}
		for i, r := range want.Recipients {
			if got := mapi.PidTagDisplayName.Get(m.Recipients[i].Props); got != r.Name {
				t.Errorf("%s: recipient %q, want %q", filepath.Base(table), got, r.Name)
			}
		}
		for i, a := range want.Attachments {
			got := &m.Attachments[i]
			if name := mapi.PidTagAttachLongFilename.Get(got.Props); a.FileName != "" && name != "" && name != a.FileName {
				t.Errorf("%s: attachment %q, want %q", filepath.Base(table), name, a.FileName)
			}
			if got.Data != nil && a.ContentLength > 0 && got.Data.Size() != a.ContentLength {
				t.Errorf("%s: attachment of %d bytes, want %d", filepath.Base(table), got.Data.Size(), a.ContentLength)
			}
		}
	}
	fmt.Printf("expected, msgreader-js: %d .msg files with class, subject, text, recipients and attachments as expected\n", compared)
}

// TestNoMessage refuses what is none.
func TestNoMessage(t *testing.T) {
	for _, raw := range []string{"", "x", strings.Repeat("\x00", 5000), "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + strings.Repeat("\xFF", 600)} {
		if _, err := Read(context.Background(), strings.NewReader(raw), Options{}); !errors.Is(err, ErrFormat) {
			t.Errorf("%.20q: %v", raw, err)
		}
	}
}

// FuzzRead holds that no file makes reading fail in a way of its own.
func FuzzRead(f *testing.F) {
	root := os.Getenv("MAPIGATE_SHARED")
	files, _ := filepath.Glob(filepath.Join(root, "corpus", "msg", "*.msg"))
	for _, name := range files {
		if raw, err := os.ReadFile(name); err == nil && len(raw) < 20_000 {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		res, err := Read(context.Background(), bytes.NewReader(raw), Options{Memory: 1 << 20, Entries: 100})
		if err != nil {
			return
		}
		for _, a := range res.Message.Attachments {
			if a.Data == nil {
				continue
			}
			if r, err := a.Data.Open(context.Background()); err == nil {
				io.Copy(io.Discard, io.LimitReader(r, 1<<20))
			}
		}
	})
}
