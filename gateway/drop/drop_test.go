package drop

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/mapigate/mapigate/gateway/ingress"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/smtpside"
)

// An inbox takes what it is given, or refuses it.
type inbox struct {
	mails  map[mail.ID]string
	refuse error
	crash  bool   // takes, and the answer is lost
	taste  string // takes only what has this in it
}

var errCrash = errors.New("crash")

func (i *inbox) Take(_ context.Context, d ingress.Dropped) error {
	text, err := io.ReadAll(d.Mail)
	if err != nil {
		return err
	}
	if i.refuse != nil {
		return i.refuse
	}
	if !strings.Contains(string(text), i.taste) {
		return smtpside.StorageFull("")
	}
	i.mails[d.ID] = fmt.Sprintf("%s>%s|%s", d.From, strings.Join(d.To, ","), text)
	if i.crash {
		return errCrash
	}
	return nil
}

func (i *inbox) known(_ context.Context, id mail.ID) (bool, error) {
	_, ok := i.mails[id]
	return ok, nil
}

func (i *inbox) only(t *testing.T) string {
	t.Helper()
	if len(i.mails) != 1 {
		t.Fatalf("%d mails", len(i.mails))
	}
	for _, m := range i.mails {
		return m
	}
	return ""
}

func watch(t *testing.T) (*Watcher, *inbox, string) {
	t.Helper()
	in, dir := &inbox{mails: map[mail.ID]string{}}, t.TempDir()
	w, err := New(Options{Name: "test", Folder: dir, Taker: in, Known: in.known, Grace: -1})
	if err != nil {
		t.Fatal(err)
	}
	return w, in, dir
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func files(t *testing.T, dir string) string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range list {
		names = append(names, f.Name())
	}
	return strings.Join(names, " ")
}

func TestFiles(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"header":              {"From: A <a@x.test>\nTo: b@x.test,\n c@x.test\nCc: C <c@x.test>\nBcc: d@x.test\nSubject: s\n\nbody\n", "a@x.test>b@x.test,c@x.test,d@x.test|From: A <a@x.test>\r\nTo: b@x.test,\r\n c@x.test\r\nCc: C <c@x.test>\r\nBcc: d@x.test\r\nSubject: s\r\n\r\nbody\r\n"},
		"X-Sender":            {"X-Sender: <>\r\nX-Receiver: b@x.test\r\nX-Receiver: <c@x.test>\r\nFrom: a@x.test\r\nTo: z@x.test\r\n\r\nx\r\n", ">b@x.test,c@x.test|From: a@x.test\r\nTo: z@x.test\r\n\r\nx\r\n"},
		"Sender before From":  {"Sender: s@x.test\nFrom: a@x.test, c@x.test\nTo: b@x.test\n\n", "s@x.test>b@x.test|Sender: s@x.test\r\nFrom: a@x.test, c@x.test\r\nTo: b@x.test\r\n\r\n"},
		"line ends":           {"From: a@x.test\r\nTo: b@x.test\n\n1\r2\r\n3\n\n.\nlast", "a@x.test>b@x.test|From: a@x.test\r\nTo: b@x.test\r\n\r\n1\r\n2\r\n3\r\n\r\n.\r\nlast\r\n"},
		"header only":         {"From: a@x.test\nTo: b@x.test\n", "a@x.test>b@x.test|From: a@x.test\r\nTo: b@x.test\r\n"},
		"empty":               {"", "no X-Sender"},
		"nobody":              {"From: a@x.test\n\n", "no X-Receiver"},
		"no address":          {"From: a@x.test\nX-Receiver: bob\n\n", "no address"},
		"broken To":           {"From: a@x.test\nTo: b@@x\n\n", "To: mail"},
		"no header":           {"hello there\n", "is no field"},
		"NUL":                 {"From: a@x.test\nTo: b@x.test\n\na\x00b\n", "NUL"},
		"a header of a MB":    {"From: a@x.test\nTo: b@x.test\n" + strings.Repeat("X: "+strings.Repeat("x", 900)+"\n", 1200), "too long"},
		"an executable":       {"\x7fELF\x02\x01\x01\x00\n", "is no field"},
		"command in X-Sender": {"X-Sender: <a@x.test> NOTIFY=NEVER\nTo: b@x.test\n\n", "no address"},
	} {
		t.Run(name, func(t *testing.T) {
			w, in, dir := watch(t)
			put(t, dir, "m-1.EML", c.in)
			if err := w.Scan(context.Background()); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(c.want, "|") {
				if got := in.only(t); got != c.want {
					t.Errorf("got\n%q, want\n%q", got, c.want)
				}
				if left := files(t, dir+"/taken") + files(t, dir+"/bad"); left != "" {
					t.Errorf("left: %s", left)
				}
				return
			}
			bad := files(t, dir+"/bad")
			name, rest, _ := strings.Cut(bad, " ")
			if !strings.HasSuffix(name, "-m-1.EML") || rest != name+".txt" {
				t.Fatalf("bad: %q", bad)
			}
			if why, err := os.ReadFile(filepath.Join(dir, "bad", rest)); err != nil || !strings.Contains(string(why), c.want) {
				t.Errorf("the reason is %q, want %q", why, c.want)
			}
			if kept, err := os.ReadFile(filepath.Join(dir, "bad", name)); err != nil || string(kept) != c.in {
				t.Error("the file is not what it was")
			}
		})
	}
}

const good = "From: a@x.test\nTo: b@x.test\n\nx\n"

// What is no mail for us stays where it is.
func TestOthersFiles(t *testing.T) {
	w, in, dir := watch(t)
	put(t, dir, "m.tmp", good)
	put(t, dir, ".hidden.eml", good)
	if err := os.Mkdir(filepath.Join(dir, "folder.eml"), 0o700); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(t.TempDir(), "secret")
	put(t, filepath.Dir(secret), "secret", good)
	if err := os.Symlink(secret, filepath.Join(dir, "link.eml")); err != nil {
		t.Fatal(err)
	}
	w.opts.Grace = time.Hour
	put(t, dir, "young.eml", good)
	if err := w.Scan(context.Background()); err != nil || len(in.mails) != 0 {
		t.Errorf("%d taken, %v", len(in.mails), err)
	}
	if got := files(t, dir); got != ".hidden.eml bad folder.eml link.eml m.tmp taken young.eml" {
		t.Errorf("there is %s", got)
	}
}

// A mail that cannot be taken now waits; refused for good it is moved aside; after a crash it is not taken twice.
func TestRefusals(t *testing.T) {
	w, in, dir := watch(t)
	put(t, dir, "m.eml", good)
	in.refuse = smtpside.StorageFull("")
	if err := w.Scan(context.Background()); err == nil || files(t, dir+"/bad") != "" || !strings.HasSuffix(files(t, dir+"/taken"), "-m.eml") {
		t.Errorf("full: %v, %s", err, files(t, dir+"/taken"))
	}
	in.refuse, in.crash = nil, true
	if err := w.Scan(context.Background()); !errors.Is(err, errCrash) {
		t.Errorf("crash: %v", err)
	}
	in.crash = false
	if err := w.Scan(context.Background()); err != nil || len(in.mails) != 1 || files(t, dir+"/taken") != "" {
		t.Errorf("after the crash: %v, %d mails, %s", err, len(in.mails), files(t, dir+"/taken"))
	}
	in.refuse = fmt.Errorf("to x: %w", smtpside.NoSuchUser(""))
	put(t, dir, "n.eml", good)
	if err := w.Scan(context.Background()); err != nil || !strings.Contains(files(t, dir+"/bad"), "n.eml.txt") {
		t.Errorf("refused: %v, %s", err, files(t, dir+"/bad"))
	}
}

// Files that nobody takes now keep no other waiting.
func TestWaitingFilesComeLast(t *testing.T) {
	w, in, dir := watch(t)
	in.refuse = smtpside.StorageFull("")
	for i := range 2 * maxFailures {
		put(t, dir, fmt.Sprintf("a%02d.eml", i), good)
	}
	for range 3 {
		if err := w.Scan(t.Context()); err == nil {
			t.Error("nothing waits")
		}
	}
	put(t, dir, "z.eml", strings.Replace(good, "\n\n", "\nSubject: the good one\n\n", 1))
	in.refuse, in.taste = nil, "the good one"
	if err := w.Scan(t.Context()); err == nil || len(in.mails) != 1 {
		t.Errorf("%d mails taken, want the new one; %v", len(in.mails), err)
	}
	in.taste = ""
	for range 2 {
		w.Scan(t.Context())
	}
	if len(in.mails) != 2*maxFailures+1 {
		t.Errorf("%d of %d files taken in the end", len(in.mails), 2*maxFailures+1)
	}
}

func FuzzFile(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("X-Sender:<>\r\nX-Receiver:b@x\r\n\r\na\rb\r\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := readEnvelope(strings.NewReader(string(text)))
		if err != nil {
			return
		}
		if len(d.To) == 0 {
			t.Fatal("no recipients")
		}
		out, err := io.ReadAll(d.Mail)
		if err == nil && strings.ContainsAny(strings.ReplaceAll(string(out), "\r\n", ""), "\r\n\x00") {
			t.Fatalf("%q", out)
		}
		again, err2 := io.ReadAll(&lines{r: bufio.NewReaderSize(iotest.OneByteReader(strings.NewReader(string(text))), 16)})
		whole, err3 := io.ReadAll(&lines{r: bufio.NewReader(strings.NewReader(string(text)))})
		if (err2 == nil) != (err3 == nil) || err2 == nil && string(again) != string(whole) {
			t.Fatalf("%q, %v and %q, %v", again, err2, whole, err3)
		}
	})
}
