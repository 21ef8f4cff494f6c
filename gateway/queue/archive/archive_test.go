package archive

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/queue/sqlite"
)

func open(t *testing.T) *sqlite.Queue {
	t.Helper()
	q, err := sqlite.Open(t.TempDir(), sqlite.Options{MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.Close() })
	return q
}

func entry(to, body string) queue.Entry {
	return queue.Entry{
		Mail: mail.Mail{
			Envelope: mail.Envelope{From: "a@here.test", Recipients: []mail.Recipient{{Address: to, Notify: mail.NotifyDelay, OrigRecipient: "rfc822;" + to}},
				SMTPUTF8: true, EightBit: true, Ret: "FULL", EnvID: "e", RequireTLS: true},
			Source:    mail.Source{Kind: "smtp", Name: "apps", Client: "127.0.0.1:1", User: "u", Stranger: true},
			MessageID: "<1@here.test>", Subject: "Grüße",
		},
		Body: strings.NewReader(body), Legs: []queue.Leg{{Courier: "out", Route: "r", Destination: "one.test"}},
	}
}

// What is written comes back in another queue, whole, and a second time changes nothing.
func TestRoundTrip(t *testing.T) {
	q, other := open(t), open(t)
	var file bytes.Buffer
	w := NewWriter(&file)
	var ids []mail.ID
	for _, o := range []mail.Outcome{{Verdict: mail.Unknown, Text: "lost", Remote: "mx", RemoteID: "1", Alarm: true}, {Verdict: mail.Delivered, Code: 250}, {Verdict: mail.Failed, Code: 550}} {
		r, err := q.Put(t.Context(), entry("x@one.test", strings.Repeat("line\r\n", 50000)))
		if err != nil {
			t.Fatal(err)
		}
		b, err := q.Lease(t.Context(), queue.LeaseRequest{Courier: "out", Worker: "w", Max: 1, Duration: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := q.Report(t.Context(), b.Groups[0], []mail.Outcome{o}); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.ID)
		if err := w.Add(t.Context(), q, r.ID); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Add(t.Context(), q, mail.NewID(time.Now())); !errors.Is(err, queue.ErrNotFound) {
		t.Errorf("a mail that is not there: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := Read(t.Context(), bytes.NewReader(file.Bytes()), other, Options{}); err != nil || n != 3 {
		t.Fatalf("read %d, %v", n, err)
	}
	for _, id := range ids {
		want, got := look(t, q, id), look(t, other, id)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("\n%+v, want\n%+v", got, want)
		}
	}
	if n, err := Read(t.Context(), bytes.NewReader(file.Bytes()), other, Options{}); err != nil || n != 0 {
		t.Errorf("again: %d, %v", n, err)
	}
}

// A looked is all of a mail that can be compared.
type looked struct {
	saved saved
	body  string
}

func look(t *testing.T, q queue.Inspector, id mail.ID) looked {
	t.Helper()
	rec, err := q.Show(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	l := looked{saved: encode(rec, nil)}
	if r, err := q.Open(t.Context(), id); err == nil {
		b, _ := io.ReadAll(r)
		l.body = string(b)
		r.Close()
	}
	return l
}

// What is no archive is refused, and what came before stays.
func TestBroken(t *testing.T) {
	q, other := open(t), open(t)
	var file bytes.Buffer
	w := NewWriter(&file)
	for range 2 {
		r, err := q.Put(t.Context(), entry("x@one.test", "hello\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Add(t.Context(), q, r.ID); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	whole := file.String()
	for name, bad := range map[string]string{
		"cut":          whole[:len(whole)/2],
		"format":       strings.Replace(whole, `"format": 1`, `"format": 9`, 1),
		"state":        strings.Replace(whole, `"waiting"`, `"wanting"`, 1),
		"no archive":   "hello",
		"another name": strings.ReplaceAll(whole, ".json", ".jsun"),
	} {
		if _, err := Read(t.Context(), strings.NewReader(bad), other, Options{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if n, err := Read(t.Context(), strings.NewReader(whole), open(t), Options{Hold: true}); err != nil || n != 2 {
		t.Errorf("the whole one: %d, %v", n, err)
	}
}

func FuzzRead(f *testing.F) {
	q, err := sqlite.Open(f.TempDir(), sqlite.Options{MinFree: -1})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { q.Close() })
	r, err := q.Put(f.Context(), entry("x@one.test", "hello\r\n"))
	if err != nil {
		f.Fatal(err)
	}
	var file bytes.Buffer
	w := NewWriter(&file)
	if err := errors.Join(w.Add(f.Context(), q, r.ID), w.Close()); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		Read(t.Context(), bytes.NewReader(data), q, Options{}) // must come back
	})
}
