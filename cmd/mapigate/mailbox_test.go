package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/cmd/mapigate/internal/browse"
	"github.com/mapigate/mapigate/cmd/mapigate/internal/cli"
	"github.com/mapigate/mapigate/gateway/backup"
	"github.com/mapigate/mapigate/gateway/demo"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapping"
)

func writeFile(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// annasMailbox is an Exchange with one mailbox that holds the sample mail, and
// the flags to look into it.
func annasMailbox(t *testing.T) []string {
	t.Helper()
	_, access := annasExchange(t)
	return access
}

func annasExchange(t *testing.T) (*demo.Exchange, []string) {
	t.Helper()
	x, err := demo.NewExchange(demo.ExchangeOptions{Users: []mapitest.User{{Name: "anna", Password: "secret"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	r, err := mapping.ToMAPI(t.Context(), strings.NewReader(sampleMail), mapping.ToMAPIOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.Mailbox("anna").Deliver(r.Message); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	ca, password := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "password")
	writeFile(t, ca, string(x.CertificatePEM()))
	writeFile(t, password, "secret\n")
	return x, []string{"--autodiscover", x.AutodiscoverURL(), "--ca", ca, "--user", "anna@example.test", "--password-file", password}
}

func TestMailboxListsAndGets(t *testing.T) {
	access := annasMailbox(t)
	ls := runLine(t, "", append([]string{"mailbox", "ls", "inbox", "--json"}, access...)...)
	var list []browse.Message
	if err := json.Unmarshal([]byte(ls.out), &list); err != nil || len(list) != 1 {
		t.Fatalf("code %d, %v: %s%s", ls.code, err, ls.out, ls.err)
	}
	if m := list[0]; m.Subject != "Re: café" || m.From != "anna@example.test" || m.MessageID != "<1@example.test>" || !m.Unread || m.Draft {
		t.Errorf("listed as %+v", m)
	}
	table := runLine(t, "", append([]string{"mailbox", "ls", "Inbox"}, access...)...)
	if !strings.Contains(table.out, "Inbox/"+list[0].ID) {
		t.Errorf("the table lacks the place:\n%s", table.out)
	}
	for _, place := range []string{list[0].Place, list[0].ID, "anna@example.test/Inbox/" + list[0].ID, list[0].MessageID} {
		got := runLine(t, "", append([]string{"mailbox", "get", place}, access...)...)
		parsed, err := mail.ReadMessage(strings.NewReader(got.out))
		if got.code != cli.Fine || err != nil || parsed.Header.Get("Message-ID") != "<1@example.test>" {
			t.Errorf("%s: code %d, %v\n%s%s", place, got.code, err, got.out, got.err)
		}
	}
	asJSON := runLine(t, "", append([]string{"mailbox", "get", "--json", list[0].Place}, access...)...)
	msg, err := mapi.DecodeJSON(strings.NewReader(asJSON.out))
	if err != nil || len(msg.Attachments) != 1 || !bytes.Equal(msg.Attachments[0].Data.(mapi.BytesStream), []byte{0, 1, 2, 0xFF}) {
		t.Errorf("as JSON: %v\n%s", err, asJSON.out)
	}
}

func TestMailboxExports(t *testing.T) {
	access := annasMailbox(t)
	dir := filepath.Join(t.TempDir(), "out")
	got := runLine(t, "", append([]string{"mailbox", "export", "Inbox", "-o", dir}, access...)...)
	files, _ := filepath.Glob(filepath.Join(dir, "Inbox", "*"))
	if got.code != cli.Fine || len(files) != 1 || !strings.HasSuffix(files[0], ".eml") || !strings.Contains(got.err, "1 messages written") {
		t.Fatalf("code %d, %v, %s", got.code, files, got.err)
	}
	again := runLine(t, "", append([]string{"mailbox", "export", "Inbox", "-o", dir, "--json"}, access...)...)
	var sum backup.Result
	if err := json.Unmarshal([]byte(again.out), &sum); err != nil || again.code != cli.Fine || sum.Folders != 1 || sum.Written != 0 {
		t.Errorf("again: code %d, %v, %+v", again.code, err, sum)
	}
	mbox := runLine(t, "", append([]string{"mailbox", "export", "Inbox", "--mbox", "-"}, access...)...)
	if mbox.code != cli.Fine || !strings.HasPrefix(mbox.out, "From anna@example.test ") || strings.Contains(mbox.out, "\r") {
		t.Errorf("code %d: %q", mbox.code, mbox.out)
	}
}

func TestMailboxImports(t *testing.T) {
	access := annasMailbox(t)
	dir := filepath.Join(t.TempDir(), "out")
	if got := runLine(t, "", append([]string{"mailbox", "export", "-o", dir, "--format", "maildir"}, access...)...); got.code != cli.Fine {
		t.Fatalf("code %d, %s", got.code, got.err)
	}
	for _, tt := range []struct {
		into           string
		imported, made int
	}{{"", 0, 0}, {"Old/2026", 1, 2}, {"Old/2026", 0, 0}} {
		args := []string{"mailbox", "import", dir, "--json"}
		if tt.into != "" {
			args = append(args, "--into", tt.into)
		}
		got := runLine(t, "", append(args, access...)...)
		var sum backup.ImportResult
		if err := json.Unmarshal([]byte(got.out), &sum); err != nil || got.code != cli.Fine || sum.Imported != tt.imported || (sum.Made > 0) != (tt.made > 0) {
			t.Errorf("into %q: code %d, %v, %+v\n%s", tt.into, got.code, err, sum, got.err)
		}
	}
	ls := runLine(t, "", append([]string{"mailbox", "ls", "Old/2026/Inbox", "--json"}, access...)...)
	var list []browse.Message
	if err := json.Unmarshal([]byte(ls.out), &list); err != nil || len(list) != 1 || list[0].Subject != "Re: café" || !list[0].Unread || list[0].Draft {
		t.Errorf("code %d, %v: %s%s", ls.code, err, ls.out, ls.err)
	}
}

func TestMailboxFails(t *testing.T) {
	access := annasMailbox(t)
	t.Setenv("MAPIGATE_DEMO_STATE", filepath.Join(t.TempDir(), "none.json"))
	tests := []struct {
		line   string
		access bool
		code   int
		err    string
	}{
		{"mailbox ls", false, cli.Usage, "--demo"},
		{"mailbox ls --demo", false, cli.Failed, "no demo is running"},
		{"mailbox ls Nowhere", true, cli.Failed, `no folder "Nowhere"`},
		{"mailbox get Inbox/1-ffff", true, cli.Failed, "not there"},
		{"mailbox get Inbox/x", true, cli.Usage, "no message id"},
		{"mailbox get <nobody@example.test>", true, cli.Failed, "<nobody@example.test>"},
		{"mailbox export Inbox", true, cli.Usage, "--mbox"},
		{"mailbox export --mbox -", true, cli.Usage, "name it"},
		{"mailbox export internet -o x --demo", false, cli.Failed, "no demo is running"},
		{"mailbox import nowhere.eml", true, cli.Failed, "nowhere.eml"},
		{"mailbox import mailbox_test.go", true, cli.Failed, "neither .eml"},
		{"mailbox import testdata/one.eml", true, cli.Usage, "--into FOLDER"},
		{"mailbox ls internet", true, cli.Usage, "--demo"},
		{"mailbox ls --url https://x/", true, cli.Usage, "--dn"},
		{"mailbox ls --mailbox nobody@example.test", true, cli.Failed, "nobody@example.test"},
	}
	for _, tt := range tests {
		args := strings.Fields(tt.line)
		if tt.access {
			args = append(args, access...)
		}
		if got := runLine(t, "", args...); got.code != tt.code || !strings.Contains(got.err, tt.err) {
			t.Errorf("%s: code %d, want %d; stderr %q, want %q in it", tt.line, got.code, tt.code, got.err, tt.err)
		}
	}
}

func TestMailboxWithOddFolders(t *testing.T) {
	x, access := annasExchange(t)
	box := x.Mailbox("anna")
	client, err := mapiclient.New(mapiclient.Options{
		Endpoint: mapiclient.Endpoint{URL: box.URL(), UserDN: box.LegacyDN()},
		Auth:     auth.NewNTLM(auth.Credentials{User: "anna", Password: auth.NewSecret("secret")}),
		HTTP:     mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: x.CertPool()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	m, err := client.OpenMailbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close(context.Background())
	parents := []mapi.FolderID{m.SpecialFolder(rop.FolderIPMSubtree), m.SpecialFolder(rop.FolderInbox)}
	names := []string{"in/out", "to@ben", "internet", "50% off", "%2F"}
	for _, parent := range parents {
		for _, name := range names {
			folder, err := m.CreateFolder(t.Context(), parent, name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := m.Save(t.Context(), folder, &mapi.Message{Props: mapi.Props{mapi.PidTagMessageClass.Of("IPM.Note"), mapi.PidTagSubject.Of(name)}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	var folders []browse.Folder
	ls := runLine(t, "", append([]string{"mailbox", "ls", "--json"}, access...)...)
	if err := json.Unmarshal([]byte(ls.out), &folders); err != nil {
		t.Fatalf("%v: %s%s", err, ls.out, ls.err)
	}
	seen := 0
	for _, f := range folders {
		path := browse.FolderNames(f.Path)
		if name := path[len(path)-1]; !slices.Contains(names, name) {
			continue
		}
		seen++
		var list []browse.Message
		ls := runLine(t, "", append([]string{"mailbox", "ls", "--json", f.Path}, access...)...)
		if err := json.Unmarshal([]byte(ls.out), &list); err != nil || len(list) != 1 || list[0].Subject != path[len(path)-1] {
			t.Errorf("%s: %+v, %v, %s", f.Path, list, err, ls.err)
			continue
		}
		for _, args := range [][]string{{"mailbox", "get", list[0].Place}, {"mailbox", "export", f.Path, "--mbox", "-"}} {
			if got := runLine(t, "", append(args, access...)...); got.code != cli.Fine || !strings.Contains(got.out, "Subject: ") {
				t.Errorf("%q: code %d, %s%s", args, got.code, got.out, got.err)
			}
		}
	}
	if seen != len(parents)*len(names) {
		t.Errorf("%d of the folders are listed: %s", seen, ls.out)
	}
}
