package internet

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/smtpside"
	"github.com/mapigate/mapigate/smtpside/smtptest"
)

type text string

func (t text) Size() int64 { return int64(len(t)) }
func (t text) Open(context.Context) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(string(t))), nil
}

func group(route, destination string, to ...string) queue.Group {
	g := queue.Group{Route: route, Destination: destination, Mail: mail.Mail{ID: "x", Body: text("Subject: hi\r\n\r\nHello.\r\n"),
		Envelope: mail.Envelope{From: "erp@here.test"}}}
	for i, a := range to {
		g.Mail.Envelope.Recipients = append(g.Mail.Envelope.Recipients, mail.Recipient{Address: a})
		g.Items = append(g.Items, queue.Item{Recipient: mail.Recipient{Address: a}, Index: i})
	}
	return g
}

func TestDeliver(t *testing.T) {
	sink, err := smtptest.NewSink(smtptest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	sender, err := smtpside.NewSender(smtpside.SenderOptions{Hostname: "gw.here.test"})
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	c, err := New(Options{Sender: sender, Smarthosts: map[string]smtpside.Route{
		"smarthost/main": {Hosts: []string{sink.Addr}, TLS: smtpside.TLSNever},
		"smarthost/gone": {Hosts: []string{"127.0.0.1:1"}, TLS: smtpside.TLSNever},
	}})
	if err != nil {
		t.Fatal(err)
	}
	got := c.Deliver(t.Context(), group("smarthost/main", "smarthost/main", "a@there.test", "b@there.test"))
	for i, o := range got {
		if o.Verdict != mail.Delivered || o.Remote == "" {
			t.Errorf("recipient %d: %+v", i, o)
		}
	}
	if o := c.Deliver(t.Context(), group("smarthost/gone", "smarthost/gone", "a@there.test"))[0]; o.Verdict != mail.Retry {
		t.Errorf("nobody listens: %+v, want a retry", o)
	}
	if o := c.Deliver(t.Context(), group("smarthost/never", "smarthost/never", "a@there.test"))[0]; o.Verdict != mail.Retry || !o.Alarm {
		t.Errorf("a smarthost that the configuration lacks: %+v, want a retry with an alarm", o)
	}
}

func TestOutcome(t *testing.T) {
	for _, tc := range []struct {
		in   smtpside.Outcome
		want mail.Verdict
	}{
		{smtpside.Outcome{Status: smtpside.OK("")}, mail.Delivered},
		{smtpside.Outcome{Status: smtpside.NoSuchUser("")}, mail.Failed},
		{smtpside.Outcome{Status: smtpside.LocalError("")}, mail.Retry},
		{smtpside.Outcome{Status: smtpside.ConnectionLost(""), Unknown: true}, mail.Unknown},
	} {
		if got := outcome(&tc.in).Verdict; got != tc.want {
			t.Errorf("%v unknown %v gives %v, want %v", tc.in.Status, tc.in.Unknown, got, tc.want)
		}
	}
}

type busySender struct{}

func (busySender) Send(context.Context, smtpside.Job) (smtpside.Result, error) {
	return smtpside.Result{}, fmt.Errorf("waiting: %w", &smtpside.BusyError{Wait: time.Minute})
}

// A destination that has no room is no try.
func TestBusy(t *testing.T) {
	c, err := New(Options{Sender: busySender{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range c.Deliver(t.Context(), group("mx", "there.test", "a@there.test", "b@there.test")) {
		if !o.Untried || o.RetryAfter != time.Minute || o.Verdict != mail.Retry || o.Alarm {
			t.Errorf("%+v", o)
		}
	}
}
