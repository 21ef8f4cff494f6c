package internet

import (
	"context"
	"errors"
	"testing"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/smtpside"
)

// a scripted sender gives one answer and keeps the job.
type scripted struct {
	answer []smtpside.Outcome
	err    error
	job    smtpside.Job
}

func (s *scripted) Send(_ context.Context, job smtpside.Job) (smtpside.Result, error) {
	s.job = job
	return smtpside.Result{Recipients: s.answer}, s.err
}

// Each try is judged by itself: one that was refused is no lost answer, whatever an earlier one has left in doubt.
func TestDoubt(t *testing.T) {
	lost := smtpside.Outcome{Status: smtpside.ConnectionLost(""), Unknown: true}
	for _, c := range []struct {
		answer    smtpside.Outcome
		err       error
		inDoubt   bool
		want      mail.Verdict
		duplicate int
	}{
		{smtpside.Outcome{Status: smtpside.LocalError("")}, nil, false, mail.Retry, 0},
		{smtpside.Outcome{Status: smtpside.LocalError("")}, nil, true, mail.Retry, 0},
		{lost, nil, false, mail.Unknown, 0},
		{smtpside.Outcome{Status: smtpside.OK("")}, nil, false, mail.Delivered, 0},
		{smtpside.Outcome{Status: smtpside.OK("")}, nil, true, mail.Delivered, 1},
		{smtpside.Outcome{Status: smtpside.NoSuchUser("")}, nil, true, mail.Failed, 0},
		{smtpside.Outcome{}, errors.New("no body"), false, mail.Retry, 0},
		{smtpside.Outcome{}, errors.New("no body"), true, mail.Retry, 0},
	} {
		duplicates := 0
		courier, err := New(Options{Sender: &scripted{[]smtpside.Outcome{c.answer}, c.err, smtpside.Job{}}, Duplicate: func() { duplicates++ }})
		if err != nil {
			t.Fatal(err)
		}
		g := group("internet", "there.test", "a@there.test")
		g.Items[0].Unknown = c.inDoubt
		if got := courier.Deliver(t.Context(), g); got[0].Verdict != c.want || duplicates != c.duplicate {
			t.Errorf("%v (%v), in doubt %v: %v with %d duplicates; want %v with %d", c.answer.Status, c.err, c.inDoubt, got[0].Verdict, duplicates, c.want, c.duplicate)
		}
	}
}

func TestWrongCount(t *testing.T) {
	courier, err := New(Options{Sender: &scripted{}})
	if err != nil {
		t.Fatal(err)
	}
	if got := courier.Deliver(t.Context(), group("internet", "there.test", "a@there.test")); len(got) != 1 || got[0].Verdict != mail.Unknown || !got[0].Alarm {
		t.Errorf("%+v", got)
	}
}

// The envelope goes out as it came in.
func TestJob(t *testing.T) {
	sender := &scripted{answer: make([]smtpside.Outcome, 2)}
	courier, err := New(Options{Sender: sender, Direct: smtpside.Route{Port: 2525, Fallback: &smtpside.Route{Hosts: []string{"relay:25"}, TLS: smtpside.TLSNever}}})
	if err != nil {
		t.Fatal(err)
	}
	g := group("internet", "there.test", "a@there.test", "b@there.test")
	g.Mail.Envelope = mail.Envelope{From: "erp@here.test", SMTPUTF8: true, Ret: "HDRS", EnvID: "e 1", RequireTLS: true}
	g.Items[0].Recipient = mail.Recipient{Address: "a@there.test", Notify: mail.NotifySuccess | mail.NotifyDelay, OrigRecipient: "rfc822;x@y"}
	courier.Deliver(t.Context(), g)
	j := sender.job
	if j.Route.Domain != "there.test" || j.Route.Port != 2525 || j.Route.TLS != smtpside.TLSRequired || j.From != "erp@here.test" {
		t.Errorf("job %+v", j)
	}
	if f := j.Route.Fallback; f == nil || f.TLS != smtpside.TLSRequired || courier.opts.Direct.Fallback.TLS != smtpside.TLSNever {
		t.Errorf("the fallback of a mail that requires TLS: %+v", f)
	}
	want := smtpside.MailParams{Size: g.Mail.Body.Size(), UTF8: true, Return: smtpside.ReturnHeaders, EnvelopeID: "e 1", RequireTLS: true}
	if j.Params != want {
		t.Errorf("parameters %+v, want %+v", j.Params, want)
	}
	r := smtpside.JobRecipient{Address: "a@there.test", Params: smtpside.RcptParams{
		Notify: smtpside.NotifySuccess | smtpside.NotifyDelay, Orig: smtpside.OriginalRecipient{Type: "rfc822", Address: "x@y"}}}
	if len(j.Recipients) != 2 || j.Recipients[0] != r || j.Recipients[1].Params.Notify != 0 {
		t.Errorf("recipients %+v", j.Recipients)
	}
}

func TestRemoteID(t *testing.T) {
	for text, want := range map[string]string{
		"Ok: queued as 4Xyz1234":                       "4Xyz1234",
		"queued as 06hqsp4v8d2k7m3n5r9t":               "06hqsp4v8d2k7m3n5r9t",
		"OK id=1tAbCd-0001Ab-2C":                       "1tAbCd-0001Ab-2C",
		"4AB1CD2E012345 Message accepted for delivery": "4AB1CD2E012345",
		"<x@y> [InternalId=123, Hostname=ex.test] 1 bytes in 0.1, 1 KB/sec Queued mail for delivery": "123",
		"fine": "",
	} {
		if got := remoteID(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	o := outcome(&smtpside.Outcome{Status: smtpside.OK("queued as A1"), DSN: true, Host: "mx"})
	if want := (mail.Outcome{Verdict: mail.Delivered, Code: 250, Detail: "0.0", Text: "queued as A1", Remote: "mx", RemoteID: "A1", Relayed: true, Reports: true}); o != want {
		t.Errorf("%+v, want %+v", o, want)
	}
}

// What a host says about our sign-in is our fault and no reason to bounce a mail; all else it knows best.
func TestOutcomeOfReply(t *testing.T) {
	for _, c := range []struct {
		status smtpside.Status
		want   mail.Verdict
		code   int
		detail string
		alarm  bool
	}{
		{smtpside.Status{Code: 250, Detail: "2.5", Text: "queued as 4711"}, mail.Delivered, 250, "2.5", false},
		{smtpside.Status{Code: 421, Detail: "3.2"}, mail.Retry, 421, "3.2", false},
		{smtpside.Status{Code: 552, Detail: "3.4"}, mail.Failed, 552, "3.4", false},
		{smtpside.Status{Code: 530, Detail: "7.0"}, mail.Retry, 451, "7.0", true},
		{smtpside.Status{Code: 535, Detail: "7.8"}, mail.Retry, 451, "7.0", true},
		{smtpside.Status{}, mail.Retry, 451, "5.0", false},
	} {
		o := outcome(&smtpside.Outcome{Status: c.status})
		if o.Verdict != c.want || o.Code != c.code || o.Detail != c.detail || o.Alarm != c.alarm {
			t.Errorf("%v: %+v", c.status, o)
		}
	}
}
