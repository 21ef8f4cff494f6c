package trace_test

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
	"github.com/mapigate/mapigate/mapiclient/trace"
)

// traced does a few things in a mailbox and gives the trace, and the bodies of the Executes.
func traced(t *testing.T) (string, []mapihttp.Exchange) {
	t.Helper()
	s := mapitest.NewServer(t)
	alice, err := s.AddUser(mapitest.User{Name: "alice", Address: "alice@example.test", Password: "opensesame"})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	var mu sync.Mutex
	var seen []mapihttp.Exchange
	w := trace.NewWriter(&out)
	c, err := mapiclient.New(mapiclient.Options{
		Endpoint: mapiclient.Endpoint{URL: alice.URL(), AddressBookURL: alice.AddressBookURL(), UserDN: alice.LegacyDN()},
		Auth:     auth.NewBasic(auth.Credentials{User: "alice", Password: auth.NewSecret("opensesame")}),
		HTTP:     mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: s.CertPool()}}, ObserveBodies: true,
		Observe: func(x mapihttp.Exchange) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, x)
			w.Observe(x)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.OpenMailbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	msg := &mapi.Message{
		Props: mapi.Props{mapi.PidTagSubject.Of("the subject"), mapi.PidTagBody.Of("the confidential text")},
		Recipients: []mapi.Recipient{{Type: mapi.RecipientTo, Props: mapi.Props{mapi.PidTagDisplayName.Of("Alice"),
			mapi.PidTagAddressType.Of("SMTP"), mapi.PidTagEmailAddress.Of("alice@example.test"), mapi.PidTagSmtpAddress.Of("alice@example.test")}}},
		Attachments: []mapi.Attachment{{Props: mapi.Props{mapi.PidTagAttachMethod.Of(mapi.AttachByValue)}, Data: mapi.BytesStream([]byte("the confidential data"))}},
	}
	if _, err := m.Submit(t.Context(), msg, mapiclient.SubmitOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := alice.WaitFor(t.Context(), mapitest.Inbox, nil); err != nil {
		t.Fatal(err)
	}
	sent := m.SpecialFolder(rop.FolderInbox)
	rows, err := m.Messages(t.Context(), sent, mapiclient.Query{Columns: []mapi.PropTag{mapi.PidTagSubject.Tag()}})
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	o, err := m.Open(t.Context(), sent, rows[0].ID, mapiclient.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	o.Close()
	book, err := c.AddressBook(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if e, err := book.ByAddress(t.Context(), "alice@example.test"); err != nil || e == nil {
		t.Fatal(e, err)
	}
	book.Close(t.Context())
	if err := errors.Join(m.Close(t.Context()), w.Err()); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	return out.String(), seen
}

// Everything is read, and told by name; what is secret or somebody's letter is not there.
func TestTrace(t *testing.T) {
	text, _ := traced(t)
	for _, want := range []string{"Connect", "Logon", "CreateMessage", "SetProperties", "PidTagSubject=\"the subject\"", "PidTagBody=(21)",
		"SubmitMessage", "SetColumns", "QueryRows", "OpenMessage", "ResolveNames", "Disconnect", "cookies=MapiContext,MapiSequence"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the trace", want)
		}
	}
	for _, never := range []string{"confidential", "opensesame", base64.StdEncoding.EncodeToString([]byte("alice:opensesame")), "Authorization", "cannot be read"} {
		if strings.Contains(text, never) {
			t.Errorf("%q is in the trace", never)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

// What was recorded with a real server is read whole.
func TestRecordings(t *testing.T) {
	files, err := filepath.Glob("../testdata/recordings/*/*")
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil || filepath.Ext(file) == ".json" {
			continue
		}
		var out bytes.Buffer
		if err := trace.Buffer(&out, data); err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		read++
		for line := range strings.Lines(out.String()) {
			if strings.Contains(line, "cannot be read") {
				t.Errorf("%s: %s", file, line)
			}
		}
	}
	if read == 0 {
		t.Fatal("no recordings")
	}
}

// A captured buffer is read in every form that people bring.
func TestBuffer(t *testing.T) {
	_, seen := traced(t)
	i := 0
	for seen[i].Type != "Execute" {
		i++
	}
	request, answer := seen[i].Request, seen[i].Answer
	for name, captured := range map[string][]byte{
		"bytes": request, "hexadecimal": []byte(hex.EncodeToString(request)), "base64": []byte(base64.StdEncoding.EncodeToString(request)),
		"with its answer": []byte(hex.EncodeToString(request) + "\n\n" + base64.StdEncoding.EncodeToString(answer) + "\n"),
	} {
		var out bytes.Buffer
		if err := trace.Buffer(&out, captured); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		want := 1
		if strings.Contains(name, "answer") {
			want = 2
		}
		if n := strings.Count(out.String(), "RopLogon"); n < want || strings.Contains(out.String(), "cannot be read") {
			t.Errorf("%s:\n%s", name, out.String())
		}
	}
	if err := trace.Buffer(new(bytes.Buffer), answer); !errors.Is(err, trace.ErrNoRequest) {
		t.Errorf("an answer alone: %v", err)
	}
	if err := trace.Buffer(new(bytes.Buffer), []byte("what is this?")); !errors.Is(err, trace.ErrNotROPs) {
		t.Errorf("something else: %v", err)
	}
}

func FuzzBuffer(f *testing.F) {
	f.Add([]byte("0a00fe00000100"))
	f.Add([]byte("PROCESSING\r\nDONE\r\n\r\n"))
	f.Fuzz(func(t *testing.T, captured []byte) {
		_ = trace.Buffer(new(bytes.Buffer), captured)
	})
}
