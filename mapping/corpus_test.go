package mapping

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/msg"
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
		if strings.Contains(e.Name(), "README") || strings.Contains(e.Name(), "__output__") /* expected results in JSON */ || strings.Contains(e.Name(), "_expected") || strings.Contains(e.Name(), "_decoded") {
			continue
		}
		out = append(out, filepath.Join(dir, e.Name()))
	}
	return out
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

// A survey counts what became of the mails of a folder.
type survey struct {
	files, equal, losses int
	attachments, exact   int // parts that are files, and those of them whose bytes are the same
	unlisted, panics     int // mails that lost something with no loss listed
	unexplained          int // mails that are not equal for no reason given
	differences          []string
}

func (s survey) String() string {
	return fmt.Sprintf("%d files, %d round-tripped equal (%.2f%%), attachments %d of %d byte for byte, %d losses listed, %d mails that lost something with none listed, %d panics",
		s.files, s.equal, s.share(), s.exact, s.attachments, s.losses, s.unlisted, s.panics)
}

func (s survey) share() float64 { return 100 * float64(s.equal) / float64(max(s.files, 1)) }

// survives runs f and tells whether it ended without a panic.
func survives(t *testing.T, name string, f func()) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("%s: panic: %v", name, p)
			ok = false
		}
	}()
	f()
	return true
}

// addFiles counts the files of a mail and those found again.
func (s *survey) addFiles(before, after portrait) {
	if before.tnef {
		return // what is in winmail.dat comes out of it; TestItemsReport counts it
	}
	have := map[string]int{}
	for _, f := range after.files {
		have[f]++
	}
	for _, f := range before.files {
		s.attachments++
		if have[f] > 0 {
			have[f]--
			s.exact++
		}
	}
}

// surveyMails takes every mail of a folder both ways.
func surveyMails(t *testing.T, dir string) survey {
	var s survey
	for _, path := range mails(t, dir) {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(raw) == 0 {
			continue
		}
		s.files++
		if !survives(t, path, func() { s.add(t, filepath.Base(path), raw) }) {
			s.panics++
		}
	}
	return s
}

// add takes one mail both ways.
func (s *survey) add(t *testing.T, name string, raw []byte) {
	out, in, back := roundTrip(t, raw)
	losses := append(append([]Loss(nil), in.Losses...), back.Losses...)
	s.losses += len(losses)
	before, after := portray(t, raw), portray(t, out)
	s.addFiles(before, after)
	diff := before.difference(after)
	if diff == "" {
		s.equal++
		return
	}
	if len(losses) == 0 && before.lost(after) != "" {
		s.unlisted++
	}
	if reason := readOnPurpose[name]; reason != "" && len(losses) > 0 {
		s.differences = append(s.differences, fmt.Sprintf("%s is not equal: %s", name, reason))
		return
	}
	s.unexplained++
	s.differences = append(s.differences, fmt.Sprintf("%s: %s; losses %v", name, diff, losses))
}

// readOnPurpose are the mails that do not come back equal, each for a reason
// that its losses tell too.
var readOnPurpose = map[string]string{
	"mailcore2__parser__input__mbox__jwz__40": richtextReason,
	"mailcore2__parser__input__mbox__jwz__43": richtextReason,
	"mailcore2__parser__input__mbox__jwz__55": richtextReason,
}

const richtextReason = "its text is text/richtext or text/enriched, which MAPI has no property for; it becomes the HTML that says the same. RFC 1341 7.1.3, RFC 1896"

// TestMappingReport prints one line for each kind of the corpus and holds the
// share of mails that survive both ways.
func TestMappingReport(t *testing.T) {
	for _, kind := range []struct {
		dir  string
		want float64
	}{{"mime", 99.5}, {"reports", 99.5}, {"smime", 99.5}} {
		s := surveyMails(t, shared(t, "corpus/"+kind.dir))
		for _, d := range s.differences {
			fmt.Printf("%s, %s\n", kind.dir, d)
		}
		fmt.Printf("%s: %v\n", kind.dir, s)
		if s.share() < kind.want {
			t.Errorf("%s: %.2f%% are equal, want %.2f%%", kind.dir, s.share(), kind.want)
		}
		if s.exact != s.attachments || s.panics != 0 || s.unlisted != 0 || s.unexplained != 0 {
			t.Errorf("%s: %d of %d attachments are the same, %d panics, %d unlisted losses, %d not equal for no reason", kind.dir, s.exact, s.attachments, s.panics, s.unlisted, s.unexplained)
		}
	}
}

// surveyItems takes what is no mail to MIME: read gives a message of a file.
// Counted are the files, those that gave a message, those whose MIME holds
// every attachment byte for byte and the text.
func surveyItems(t *testing.T, dir, pattern string, read func(raw []byte) (*MAPIResult, error)) (files, converted, kept, losses, failed int) {
	names, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files++
		res, err := read(raw)
		if err != nil {
			failed++
			t.Logf("%s: %v", filepath.Base(name), err)
			continue
		}
		var out bytes.Buffer
		back, err := ToMIME(context.Background(), &out, res.Message, ToMIMEOptions{})
		if err != nil {
			failed++
			t.Logf("%s: %v", filepath.Base(name), err)
			continue
		}
		converted++
		losses += len(res.Losses) + len(back.Losses)
		if missing := missingIn(t, res.Message, out.Bytes()); missing == "" {
			kept++
		} else {
			t.Logf("%s: %s", filepath.Base(name), missing)
		}
	}
	return files, converted, kept, losses, failed
}

// missingIn tells what of a message is not in the MIME made of it.
func missingIn(t *testing.T, msg *mapi.Message, raw []byte) string {
	in, err := ToMAPI(context.Background(), bytes.NewReader(raw), ToMAPIOptions{})
	if err != nil {
		t.Fatal(err)
	}
	back := in.Message
	fold := func(s string) string {
		return strings.Join(strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\ufffd")), " ")
	}
	if a, b := fold(subjectOf(msg.Props)), fold(subjectOf(back.Props)); a != b && a != "" {
		return fmt.Sprintf("subject %q became %q", a, b)
	}
	if a, b := fold(mapi.PidTagBody.Get(msg.Props)), fold(mapi.PidTagBody.Get(back.Props)); a != b && a != "" {
		return fmt.Sprintf("text %.80q became %.80q", a, b)
	}
	have := map[string]int{}
	contents(t, back, have)
	want := map[string]int{}
	contents(t, msg, want)
	for k, n := range want {
		if have[k] < n {
			return "attachment is missing: " + k
		}
	}
	return ""
}

// contents counts the attachments of a message by the digest of their bytes.
func contents(t *testing.T, msg *mapi.Message, into map[string]int) {
	for i := range msg.Attachments {
		a := &msg.Attachments[i]
		if a.Message != nil {
			if !isException(a) {
				contents(t, a.Message, into)
			}
			continue
		}
		if a.Data == nil || mapi.PidTagAttachmentContactPhoto.Get(a.Props) {
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
		if mapi.PidTagAttachMimeTag.Get(a.Props) == "multipart/signed" {
			_, b, _ = bytes.Cut(b, []byte("\r\n\r\n")) // its header is the mail's; what is signed stands below
		}
		sum := sha256.Sum256(b)
		into[fmt.Sprintf("%d bytes %x", len(b), sum[:6])]++
	}
}

// TestItemsReport prints one line for each kind of the corpus that is no mail.
func TestItemsReport(t *testing.T) {
	ctx := context.Background()
	mail := func(mediaType string) func([]byte) (*MAPIResult, error) {
		return func(raw []byte) (*MAPIResult, error) {
			head := "MIME-Version: 1.0\r\nContent-Type: " + mediaType + "\r\nContent-Transfer-Encoding: binary\r\n\r\n"
			return ToMAPI(ctx, bytes.NewReader(append([]byte(head), raw...)), ToMAPIOptions{})
		}
	}
	for _, kind := range []struct {
		name, pattern string
		read          func([]byte) (*MAPIResult, error)
		want          int // of a hundred
	}{
		{"tnef", "*.tnef", mail("application/ms-tnef"), 100},
		{"tnef", "*.dat", mail("application/ms-tnef"), 100},
		{"msg", "*.msg", func(raw []byte) (*MAPIResult, error) {
			res, err := msg.Read(ctx, bytes.NewReader(raw), msg.Options{})
			if err != nil {
				return nil, err
			}
			return &MAPIResult{Message: res.Message, Losses: res.Losses}, nil
		}, 100},
		{"ical", "*.ics", mail("text/calendar; charset=utf-8"), 100},
		{"vcard", "*.vcf", mail("text/vcard; charset=utf-8"), 100},
		{"rtf", "*.lzfu", func(raw []byte) (*MAPIResult, error) {
			return &MAPIResult{Message: &mapi.Message{Props: mapi.Props{mapi.PidTagRtfCompressed.Of(raw)}}}, nil
		}, 100},
	} {
		files, converted, kept, losses, failed := surveyItems(t, shared(t, "corpus/"+kind.name), kind.pattern, kind.read)
		fmt.Printf("%s: %d files, %d converted, %d with text and attachments kept, %d losses listed, %d errors\n", kind.name, files, converted, kept, losses, failed)
		if kept*100 < files*kind.want {
			t.Errorf("%s: only %d of %d are kept", kind.name, kept, files)
		}
	}
}
