package backup

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapping"
	"github.com/mapigate/mapigate/mapping/ical"
	"github.com/mapigate/mapigate/mapping/vcard"
)

// A rig is a test Exchange with two mailboxes, of which the first is full.
type rig struct {
	*testing.T
	x          *mapitest.Server
	alice, bob *mapiclient.Mailbox
}

func newRig(t *testing.T) *rig {
	t.Helper()
	x := mapitest.NewServer(t, mapitest.Options{Limits: mapitest.Limits{Sessions: 200}})
	r := &rig{T: t, x: x}
	for _, name := range []string{"alice", "bob"} {
		if _, err := x.AddUser(mapitest.User{Name: name, Address: name + "@example.test", Password: "secret"}); err != nil {
			t.Fatal(err)
		}
	}
	r.alice, r.bob = r.open("alice"), r.open("bob")
	return r
}

func (r *rig) open(name string) *mapiclient.Mailbox {
	r.Helper()
	box := r.x.Mailbox(name)
	c, err := mapiclient.New(mapiclient.Options{
		Endpoint: mapiclient.Endpoint{URL: box.URL(), AddressBookURL: box.AddressBookURL(), UserDN: box.LegacyDN()},
		Address:  box.Address(),
		Auth:     auth.NewNTLM(auth.Credentials{User: name, Password: auth.NewSecret("secret")}),
		HTTP:     mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: r.x.CertPool()}},
	})
	if err != nil {
		r.Fatal(err)
	}
	m, err := c.OpenMailbox(r.Context())
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { _ = m.Close(context.Background()); c.Close() })
	return m
}

func (r *rig) subtree(m *mapiclient.Mailbox) mapi.FolderID {
	return m.SpecialFolder(rop.FolderIPMSubtree)
}

// folder gives the folder of a path, which it makes.
func (r *rig) folder(m *mapiclient.Mailbox, path ...string) mapi.FolderID {
	r.Helper()
	id := r.subtree(m)
	for _, name := range path {
		var err error
		if id, err = m.CreateFolder(r.Context(), id, name); err != nil {
			r.Fatal(err)
		}
	}
	return id
}

// put saves a mail with states.
func (r *rig) put(m *mapiclient.Mailbox, folder mapi.FolderID, text string, states States, when time.Time) mapi.MessageID {
	r.Helper()
	res, err := mapping.ToMAPI(r.Context(), strings.NewReader(text), mapping.ToMAPIOptions{Now: when, Deposit: true, Draft: states.has(stateDraft)})
	if err != nil {
		r.Fatal(err)
	}
	states.apply(&res.Message.Props)
	return r.save(m, folder, res.Message)
}

func (r *rig) save(m *mapiclient.Mailbox, folder mapi.FolderID, msg *mapi.Message) mapi.MessageID {
	r.Helper()
	id, err := m.Save(r.Context(), folder, msg)
	if err != nil {
		r.Fatal(err)
	}
	return id
}

// letter is a mail; the text has what mboxes must quote.
func letter(n int, subject string) string {
	return fmt.Sprintf("From: Anna <anna@example.test>\r\nTo: Bert <bert@example.test>\r\nSubject: %s\r\nDate: Mon, 02 Nov 2026 10:%02d:00 +0000\r\n"+
		"Message-ID: <%d@example.test>\r\nX-Own: kept\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"+
		"Hello.\r\nFrom here on it is quoted,\r\n>From here as well.\r\n\r\nBye %d\r\n", subject, n%60, n, n)
}

// withFile is a mail that has a file of so many bytes.
func withFile(n, size int) string {
	return fmt.Sprintf("From: anna@example.test\r\nTo: bert@example.test\r\nSubject: with a file\r\nDate: Mon, 02 Nov 2026 11:%02d:00 +0000\r\n"+
		"Message-ID: <file-%d@example.test>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsee the file\r\n"+
		"--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"big.bin\"\r\nContent-Transfer-Encoding: base64\r\n\r\n%s--b--\r\n",
		n%60, n, strings.Repeat(strings.Repeat("QUJD", 19)+"\r\n", size/57))
}

const meeting = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:event-1@example.test\r\nDTSTAMP:20261101T080000Z\r\n" +
	"DTSTART:20261110T090000Z\r\nDTEND:20261110T100000Z\r\nSUMMARY:Weekly\r\nLOCATION:Room 1\r\nDESCRIPTION:bring coffee\r\n" +
	"RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=5\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

const todo = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VTODO\r\nUID:todo-1@example.test\r\nDTSTAMP:20261101T080000Z\r\n" +
	"DUE;VALUE=DATE:20261120\r\nSUMMARY:Taxes\r\nPERCENT-COMPLETE:25\r\nSTATUS:IN-PROCESS\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"

const card = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Zimmer;Zoe;;;\r\nFN:Zoe Zimmer\r\nEMAIL:zoe@example.test\r\nTEL;TYPE=WORK:+49 30 1\r\nEND:VCARD\r\n"

func (r *rig) calendar(m *mapiclient.Mailbox, folder mapi.FolderID, text string) mapi.MessageID {
	r.Helper()
	res, err := ical.ToMAPI(strings.NewReader(text), ical.Options{})
	if err != nil {
		r.Fatal(err)
	}
	return r.save(m, folder, res.Messages[0])
}

func (r *rig) card(m *mapiclient.Mailbox, folder mapi.FolderID, text string) mapi.MessageID {
	r.Helper()
	res, err := vcard.ToMAPI(strings.NewReader(text), vcard.Options{})
	if err != nil {
		r.Fatal(err)
	}
	return r.save(m, folder, res.Messages[0])
}

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// fill puts something of everything into alice's mailbox and tells how many
// messages that are.
func (r *rig) fill() int {
	r.Helper()
	inbox := r.alice.SpecialFolder(rop.FolderInbox)
	for n, s := range []States{"", "S", "FS", "RS", "PS", "FRS"} {
		r.put(r.alice, inbox, letter(n, fmt.Sprintf("letter %d", n)), s, noon.Add(time.Duration(n)*time.Minute))
	}
	r.put(r.alice, r.folder(r.alice, "Inbox", "Projects", "A/B: \"C\"?"), withFile(1, 300_000), "S", noon.Add(time.Hour))
	r.put(r.alice, r.folder(r.alice, "Inbox", "projects "), letter(20, "../../etc/passwd\u202e"), "", noon.Add(2*time.Hour))
	r.put(r.alice, r.folder(r.alice, "Drafts"), letter(30, "not sent"), "DS", noon.Add(3*time.Hour))
	r.put(r.alice, r.folder(r.alice, strings.Repeat("long ", 60)), letter(40, strings.Repeat("ü", 300)), "S", noon.Add(4*time.Hour))
	r.calendar(r.alice, r.folder(r.alice, "Calendar"), meeting)
	r.calendar(r.alice, r.folder(r.alice, "Tasks"), todo)
	r.card(r.alice, r.folder(r.alice, "Contacts"), card)
	return 13
}

func (r *rig) export(m *mapiclient.Mailbox, dir string, f Format) *Result {
	r.Helper()
	res, err := Export(r.Context(), Options{Mailbox: m, Dir: dir, Format: f})
	if err != nil {
		r.Fatal(err)
	}
	for _, f := range res.Failed {
		r.Errorf("failed: %v", f)
	}
	return res
}

func (r *rig) restore(m *mapiclient.Mailbox, dir string, into ...string) *ImportResult {
	r.Helper()
	res, err := Import(r.Context(), ImportOptions{Mailbox: m, From: dir, Into: into})
	if err != nil {
		r.Fatal(err)
	}
	for _, f := range res.Failed {
		r.Errorf("failed: %v", f)
	}
	return res
}

// exportedMail is one message as it is on disk.
type exportedMail struct{ folder, states, time, text string }

// madeByServer is what is another in another mailbox: when the server has made
// items and files, and the boundaries, which depend on it.
var madeByServer = regexp.MustCompile(`(?m)^(DTSTAMP|CREATED|LAST-MODIFIED|REV):.*$|(creation|modification)-date="[^"]*"|=_mapigate_[0-9a-f]+_`)

// onDisk reads what an export has written, whatever its files are called.
func onDisk(t *testing.T, dir string) []exportedMail {
	t.Helper()
	x, err := openIndex(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []exportedMail
	for _, f := range x.Folders {
		m, err := openManifest(filepath.Join(dir, stateFolder, "folders", f.Key+".jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range m.sorted() {
			if r.Gone {
				continue
			}
			name := filepath.Join(dir, filepath.FromSlash(f.Place), filepath.FromSlash(r.File))
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if inMbox(r) {
				text = fromMbox(t, name, r)
			}
			when := r.Time.Format(time.RFC3339)
			if filepath.Ext(r.File) == string(kindCalendar) || filepath.Ext(r.File) == string(kindCard) {
				when = "" // the server says when they were made
			}
			all = append(all, exportedMail{f.name(), string(r.States), when, madeByServer.ReplaceAllString(string(text), "*")})
		}
	}
	slices.SortFunc(all, func(a, b exportedMail) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return all
}

// fromMbox reads one message of an mbox, without the fields of ours.
func fromMbox(t *testing.T, file string, r *record) []byte {
	t.Helper()
	list, err := scanMbox(file)
	if err != nil {
		t.Fatal(err)
	}
	all, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if e.Key == r.Key {
			if want := parseStates(strings.ReplaceAll(string(r.States), "P", "")); e.States != want {
				t.Errorf("%s: the mbox says %q, want %q", r.Key, e.States, want)
			}
			return all[e.Body:e.End]
		}
	}
	t.Fatalf("%s: no message %s", file, r.Key)
	return nil
}

// compare fails unless two exports say the same of two mailboxes.
func compare(t *testing.T, got, want []exportedMail) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) {
			t.Fatalf("%d messages, want %d", len(got), len(want))
		}
		if got[i] != want[i] {
			t.Errorf("%s: states %q time %s\n%s\nwant %s: states %q time %s\n%s", got[i].folder, got[i].states, got[i].time, head(got[i].text),
				want[i].folder, want[i].states, want[i].time, head(want[i].text))
		}
	}
}

func head(s string) string { return cut(s, 1500) }
