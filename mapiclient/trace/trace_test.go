package trace_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
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

// A lane is a way to sign in, with what it has shown the server.
type lane struct {
	auth.Authenticator
	offered mapitest.AuthScheme

	mu    sync.Mutex
	shown []string
}

// lanes are the ways that the test Exchange takes.
func lanes() map[string]*lane {
	c := auth.Credentials{User: "alice", Password: auth.NewSecret("opensesame")}
	return map[string]*lane{
		"Basic":     {Authenticator: auth.NewBasic(c), offered: mapitest.AuthBasic},
		"NTLM":      {Authenticator: auth.NewNTLM(c), offered: mapitest.AuthNTLM},
		"Negotiate": {Authenticator: auth.NewNTLM(c), offered: mapitest.AuthNegotiate},
		"Bearer": {Authenticator: auth.NewBearer("alice", func(context.Context, bool) (auth.Secret, error) {
			return auth.NewSecret("opensesame-token"), nil
		}), offered: mapitest.AuthBearer},
	}
}

// Begin implements auth.Authenticator.
func (l *lane) Begin(ctx context.Context, conn auth.Conn) (auth.SignIn, error) {
	in, err := l.Authenticator.Begin(ctx, conn)
	return &watched{in, l}, err
}

// A watched sign-in notes what it shows.
type watched struct {
	auth.SignIn
	lane *lane
}

// Next implements auth.SignIn.
func (w *watched) Next(ctx context.Context, challenges []string) (string, error) {
	h, err := w.SignIn.Next(ctx, challenges)
	return w.lane.note(h), err
}

// Header implements auth.SignIn.
func (w *watched) Header(ctx context.Context) (string, error) {
	h, err := w.SignIn.Header(ctx)
	return w.lane.note(h), err
}

func (l *lane) note(header string) string {
	if _, token, ok := strings.Cut(header, " "); ok {
		l.mu.Lock()
		l.shown = append(l.shown, token)
		l.mu.Unlock()
	}
	return header
}

// traced does a few things in a mailbox and gives the trace, and the bodies of the Executes.
func traced(t *testing.T, a *lane) (string, []mapihttp.Exchange) {
	t.Helper()
	s := mapitest.NewServer(t, mapitest.Options{Auth: []mapitest.AuthScheme{a.offered},
		Token: func(_ context.Context, token string) (string, error) {
			if token != "opensesame-token" {
				return "", errors.New("not ours")
			}
			return "alice", nil
		}})
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
		Auth:     a,
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

// Everything is read, and told by name; what is secret or somebody's letter is not there, however one signs in.
func TestTrace(t *testing.T) {
	for name, a := range lanes() {
		t.Run(name, func(t *testing.T) {
			text, seen := traced(t, a)
			for _, want := range []string{"Connect", "Logon", "CreateMessage", "SetProperties", "PidTagSubject=\"the subject\"", "PidTagBody=(21)",
				"SubmitMessage", "SetColumns", "QueryRows", "OpenMessage", "ResolveNames", "Disconnect", "cookies=MapiContext,MapiSequence"} {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not in the trace", want)
				}
			}
			secrets := append([]string{"confidential", "opensesame", "Authorization", "cannot be read"}, a.shown...)
			for _, x := range seen {
				cookies := (&http.Request{Header: x.RequestHeader}).Cookies()
				for _, c := range append(cookies, (&http.Response{Header: x.AnswerHeader}).Cookies()...) {
					if len(c.Value) > 3 {
						secrets = append(secrets, c.Value)
					}
				}
			}
			if len(a.shown) == 0 || len(secrets) < 10 {
				t.Fatalf("only %d secrets were seen to travel", len(secrets))
			}
			for _, never := range secrets {
				if strings.Contains(text, never) {
					t.Errorf("%q is in the trace", never)
				}
			}
			if t.Failed() {
				t.Log(text)
			}
		})
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
	_, seen := traced(t, lanes()["Basic"])
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
