package demo_test

import (
	"bytes"
	"context"
	"net/smtp"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/gateway/demo"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// newDemo runs a demo until the test ends.
func newDemo(t *testing.T, o demo.Options) *demo.Demo {
	t.Helper()
	d, err := demo.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the demo ended with %v", err)
		}
	})
	return d
}

func TestTour(t *testing.T) {
	d := newDemo(t, demo.Options{})
	var out bytes.Buffer
	in, outbox, err := d.Tour(t.Context(), &out)
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if in.Sent != 4 || in.Arrived != 4 || outbox.Sent != 3 || outbox.Arrived != 3 {
		t.Errorf("in %v, outbox %v\n%s", in, outbox, out.String())
	}
	for _, want := range []string{
		"✓  \"Invoice 4711\"", "SMTP from erp@example.test", "MAPI to anna@example.test: delivered",
		"MAPI from the Outbox of robot@example.test", "SMTP to partner@elsewhere.test: delivered", "filed in Sent Items",
		"internet: mail of shop@example.test arrived for customer@elsewhere.test",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the story lacks %q:\n%s", want, out.String())
		}
	}
	if sent := d.Exchange().Mailbox("robot@example.test").Messages(mapitest.SentItems); len(sent) != 3 {
		t.Errorf("%d messages in Sent Items", len(sent))
	}
}

// TestStrangersMail: anybody on this machine may write to anybody.
func TestStrangersMail(t *testing.T) {
	state := filepath.Join(t.TempDir(), "sub", "demo.json")
	t.Setenv("MAPIGATE_DEMO_STATE", state)
	d := newDemo(t, demo.Options{StateFile: demo.StatePath()})
	mail := "From: stranger@nowhere.test\r\nSubject: hello\r\nMessage-ID: <hello@nowhere.test>\r\n\r\nx\r\n"
	to := []string{"somebody.new@example.test", "friend@far.test"}
	if err := smtp.SendMail(d.SMTP(), nil, "stranger@nowhere.test", to, []byte(mail)); err != nil {
		t.Fatal(err)
	}
	ctx := wait(t)
	var letters []demo.Letter
	for len(letters) == 0 && ctx.Err() == nil {
		letters, _ = demo.Letters(d.Internet())
	}
	if len(letters) != 1 || strings.Join(letters[0].To, " ") != "friend@far.test" {
		t.Fatalf("letters %+v", letters)
	}
	for d.Exchange().Mailbox("somebody.new@example.test") == nil && ctx.Err() == nil {
	}
	m, err := d.Exchange().Mailbox("somebody.new@example.test").WaitFor(ctx, mapitest.Inbox, nil)
	if err != nil || mapi.PidTagSubject.Get(m.Props) != "hello" {
		t.Errorf("%v, %v", m.Props, err)
	}
	s, err := demo.ReadState()
	if err != nil {
		t.Fatal(err)
	}
	if s.SMTP != d.SMTP() || s.Admin != d.Admin() || !strings.Contains(strings.Join(s.Mailboxes, " "), "somebody.new@example.test") {
		t.Errorf("state %+v", s)
	}
}

func TestTakenAddress(t *testing.T) {
	first := newDemo(t, demo.Options{})
	if d, err := demo.New(demo.Options{SMTP: first.SMTP()}); err == nil || !strings.Contains(err.Error(), first.SMTP()) {
		if err == nil {
			_ = d.Close()
		}
		t.Errorf("a second demo on %s: %v", first.SMTP(), err)
	}
}
