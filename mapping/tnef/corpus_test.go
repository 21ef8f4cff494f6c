package tnef

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapping/msg"
	"github.com/mapigate/mapigate/mapping/rtf"
)

// corpus gives the folder of TNEF files beside the checkout, or skips.
func corpus(t testing.TB) string {
	root := os.Getenv("MAPIGATE_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	dir := filepath.Join(root, "corpus", "tnef")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no corpus beside the checkout (MAPIGATE_SHARED): %v", err)
	}
	return dir
}

// An expectedAttachment is a name and the file beside it that has its content.
type expectedAttachment struct{ name, file string }

// A sample is what a file of the corpus should give.
type sample struct {
	file        string
	attachments []expectedAttachment
	rtf, html   string
}

var samples = []sample{
	{file: "mimekit__tnef__attachments.tnef", attachments: []expectedAttachment{{"bookmark.htm", "attachments__bookmark.htm"}, {"zappa_av1.jpg", "attachments__zappa_av1.jpg"}}, rtf: "attachments__message.rtf"},
	{file: "mimekit__tnef__body.tnef", html: "body__message.html"},
	{file: "mimekit__tnef__christmas.tnef", rtf: "christmas__message.rtf", attachments: []expectedAttachment{
		// One more of the same is in an embedded message.
		{"kitten-playing-with-a-christmas-tree.jpg", "christmas__kitten-playing-with-a-christmas-tree.jpg"},
		{"kitten-playing-with-a-christmas-tree.jpg", "christmas__kitten-playing-with-a-christmas-tree.jpg"}}},
	{file: "mimekit__tnef__data-before-name.tnef", rtf: "data-before-name__message.rtf", attachments: []expectedAttachment{
		{"AUTOEXEC.BAT", "data-before-name__AUTOEXEC.BAT"}, {"CONFIG.SYS", "data-before-name__CONFIG.SYS"}, {"boot.ini", "data-before-name__boot.ini"}}},
	{file: "mimekit__tnef__garbage-at-end.tnef"},
	{file: "mimekit__tnef__long-filename.tnef", rtf: "long-filename__message.rtf", attachments: []expectedAttachment{{"allproductsmar2000.dat", "long-filename__allproductsmar2000.dat"}}},
	{file: "mimekit__tnef__multi-value-attribute.tnef", rtf: "multi-value-attribute__message.rtf", attachments: []expectedAttachment{{"208225__5_seconds__Voice_Mail.mp3", "multi-value-attribute__208225__5_seconds__Voice_Mail.mp3"}}},
	{file: "mimekit__tnef__one-file.tnef", attachments: []expectedAttachment{{"AUTHORS", "one-file__AUTHORS"}}},
	{file: "mimekit__tnef__rtf.tnef", rtf: "rtf__message.rtf"},
	{file: "mimekit__tnef__triples.tnef", rtf: "triples__message.rtf"},
	{file: "mimekit__tnef__unicode-mapi-attr-name.tnef", html: "unicode-mapi-attr-name__message.html", attachments: []expectedAttachment{
		{"spaconsole2.cfg", "unicode-mapi-attr-name__spaconsole2.cfg"}, {"image001.png", "unicode-mapi-attr-name__image001.png"},
		{"image002.png", "unicode-mapi-attr-name__image002.png"}, {"image003.png", "unicode-mapi-attr-name__image003.png"}}},
	{file: "mimekit__tnef__winmail.tnef", rtf: "winmail__message.rtf", attachments: []expectedAttachment{
		{"Untitled Attachment", "winmail__Untitled_Attachment.1"}, {"Untitled Attachment", "winmail__Untitled_Attachment.2"}}},
	{file: "poi__hmef__quick-winmail.dat", attachments: []expectedAttachment{
		{"quick.doc", ""}, {"quick.html", "quick.html"}, {"quick.pdf", ""}, {"quick.txt", "quick.txt"}, {"quick.xml", "quick.xml"}}},
	{file: "poi__hmef__bug52400-winmail-simple.dat"},
	{file: "horde-compress__winmail2.dat"},
}

func (s sample) path(dir, file string) string {
	if strings.HasPrefix(s.file, "poi") {
		return filepath.Join(dir, "poi__hmef__quick-contents__"+file)
	}
	return filepath.Join(dir, "mimekit__tnef__"+file)
}

func readStream(t *testing.T, s mapi.Stream) []byte {
	t.Helper()
	r, err := s.Open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func nameOf(a mapi.Attachment) string {
	if n := mapi.PidTagAttachLongFilename.Get(a.Props); n != "" {
		return n
	}
	if n := mapi.PidTagAttachFilename.Get(a.Props); n != "" {
		return n
	}
	return mapi.PidTagDisplayName.Get(a.Props)
}

func TestCorpus(t *testing.T) {
	dir := corpus(t)
	equal, attachments := 0, 0
	for _, s := range samples {
		if t.Run(s.file, func(t *testing.T) {
			got, err := Read(context.Background(), bytes.NewReader(readFile(t, filepath.Join(dir, s.file))), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Losses) > 0 {
				t.Errorf("losses %v, want none", got.Losses)
			}
			s.check(t, dir, got.Message)
			if n := len(flatten(t, got.Message)); n != len(s.attachments) {
				t.Errorf("%d attachments, want %d", n, len(s.attachments))
			}
		}) {
			equal, attachments = equal+1, attachments+len(s.attachments)
		}
	}
	fmt.Printf("expected, mimekit, poi and others: %d of %d TNEF files as expected, with %d attachments\n", equal, len(samples), attachments)
}

// content gives an attachment's bytes as the file beside it has them.
type content struct {
	name string
	data []byte
}

// flatten gives the attachments of a message and of those embedded in it.
func flatten(t *testing.T, msg *mapi.Message) []content {
	var all []content
	for _, a := range msg.Attachments {
		if a.Data != nil {
			all = append(all, content{nameOf(a), readStream(t, a.Data)})
		}
		if a.Message != nil {
			all = append(all, flatten(t, a.Message)...)
		}
	}
	return all
}

// same compares content with a file whose line ends may have been changed, or
// that begins with the interface id of an OLE object.
func same(got, want []byte) bool {
	lf := func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")) }
	return bytes.Equal(got, want) || bytes.Equal(lf(got), lf(want)) || len(want) > 16 && bytes.Equal(got, want[16:])
}

func (s sample) check(t *testing.T, dir string, msg *mapi.Message) {
	all := flatten(t, msg)
	for _, want := range s.attachments {
		found := false
		for _, a := range all {
			if a.name == want.name && (want.file == "" || same(a.data, readFile(t, s.path(dir, want.file)))) {
				found = true
			}
		}
		if !found {
			t.Errorf("no attachment %q with the content expected", want.name)
		}
	}
	if s.rtf != "" {
		doc, err := rtf.Decompress(mapi.PidTagRtfCompressed.Get(msg.Props), 0)
		if want := readFile(t, s.path(dir, s.rtf)); err != nil || !same(doc, want) {
			t.Errorf("RTF body: %d bytes differ from the %d expected (%v)", len(doc), len(want), err)
		}
	}
	if s.html != "" {
		if body, want := mapi.PidTagHtml.Get(msg.Props), readFile(t, s.path(dir, s.html)); !same(body, want) {
			t.Errorf("HTML body: %d bytes differ from the %d expected", len(body), len(want))
		}
	}
}

var tnefPart = regexp.MustCompile(`(?is)content-type:\s*application/(?:ms-tnef|vnd\.ms-tnef)(?:[^\r\n]|\r?\n[ \t])*\r?\n(?:[^\r\n]+\r?\n)*\r?\n([A-Za-z0-9+/=\r\n]+)`)

// The mails of the corpus have their TNEF in base64.
func TestCorpusMails(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus(t), "*.eml"))
	more, _ := filepath.Glob(filepath.Join(corpus(t), "zbateson*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no mails in the corpus: %v", err)
	}
	for _, path := range append(files, more...) {
		m := tnefPart.FindSubmatch(readFile(t, path))
		if m == nil {
			t.Errorf("%s: no TNEF part", filepath.Base(path))
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(strings.NewReplacer("\r", "", "\n", "").Replace(string(m[1])))
		if err != nil {
			t.Logf("%s: %v", filepath.Base(path), err)
		}
		got, err := Read(context.Background(), bytes.NewReader(raw), Options{})
		if strings.HasSuffix(path, "m4006.txt") { // a picture that says it is TNEF
			if !errors.Is(err, ErrSignature) {
				t.Errorf("%s: %v", filepath.Base(path), err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(path), err)
			continue
		}
		t.Logf("%s: %d properties, %d recipients, %d attachments, losses %v", filepath.Base(path),
			len(got.Message.Props), len(got.Message.Recipients), len(got.Message.Attachments), got.Losses)
		if len(got.Message.Props) == 0 {
			t.Errorf("%s: no properties", filepath.Base(path))
		}
	}
}

// Every file, written and read again, gives the same message.
func TestCorpusRoundTrip(t *testing.T) {
	dir := corpus(t)
	for _, s := range samples {
		first, err := Read(context.Background(), bytes.NewReader(readFile(t, filepath.Join(dir, s.file))), Options{})
		if err != nil {
			t.Fatal(err)
		}
		compareRoundTrip(t, s.file, first.Message)
	}
}

// Messages that Outlook saved, written as TNEF and read again, are the same.
func TestOutlookMessages(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(corpus(t), "..", "msg", "*.msg"))
	if len(files) == 0 {
		t.Skip("no .msg files in the corpus beside the checkout (MAPIGATE_SHARED)")
	}
	messages := 0
	for _, path := range files {
		r, err := msg.Read(context.Background(), bytes.NewReader(readFile(t, path)), msg.Options{})
		if err != nil {
			continue // the room of .msg files says why
		}
		messages++
		compareOutlook(t, filepath.Base(path), r.Message)
	}
	t.Logf("%d messages", messages)
}

// compareOutlook compares what TNEF can carry: losses must name the rest.
func compareOutlook(t *testing.T, name string, m *mapi.Message) {
	t.Helper()
	var out bytes.Buffer
	losses, err := Write(context.Background(), &out, m, WriteOptions{Recipients: true})
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	again, err := Read(context.Background(), bytes.NewReader(out.Bytes()), Options{})
	if err != nil || len(again.Losses) > 0 {
		t.Errorf("%s: losses %v, error %v", name, again.Losses, err)
		return
	}
	if len(losses) > 0 {
		t.Logf("%s: %v", name, losses)
		return
	}
	compareMessages(t, name, again.Message, m)
}
