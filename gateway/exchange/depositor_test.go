package exchange

import (
	"context"
	"crypto/tls"
	"fmt"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/autodiscover"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

const note = "From: Erp <erp@app.test>\nTo: Anna <anna@example.test>, Zoe <zoe@elsewhere.test>\nCc: Bert <bert@example.test>\n" +
	"Bcc: secret@example.test\nSubject: hello\n\nHello.\n"

func (r *rig) depositor() *Depositor {
	r.Helper()
	d, err := NewDepositor(DepositorOptions{Accounts: r.accounts})
	if err != nil {
		r.Fatal(err)
	}
	return d
}

// A deposited copy shows everybody who the mail was sent to, and nobody who got a blind copy.
func TestDepositShowsTheHeadersRecipients(t *testing.T) {
	r := newRig(t, "anna", "bert", "carla")
	g := group("erp@app.test", note, "anna@example.test", "bert@example.test", "carla@example.test")
	for _, o := range r.depositor().Deliver(t.Context(), g) {
		if o.Verdict != mail.Delivered {
			t.Fatalf("%v: %s", o.Verdict, o.Text)
		}
	}
	for name, want := range map[string]struct{ to, cc bool }{"anna": {to: true}, "bert": {cc: true}, "carla": {}} {
		list := r.x.Mailbox(name).Messages(mapitest.Inbox)
		if len(list) != 1 {
			t.Fatalf("%s has %d messages", name, len(list))
		}
		m := list[0]
		if got := mapi.PidTagDisplayTo.Get(m.Props); got != "Anna; Zoe" {
			t.Errorf("%s reads To %q", name, got)
		}
		if got := mapi.PidTagDisplayCc.Get(m.Props); got != "Bert" {
			t.Errorf("%s reads Cc %q", name, got)
		}
		if len(m.Recipients) != 3 || mapi.PidTagDisplayBcc.Get(m.Props) != "" {
			t.Errorf("%s sees %d recipients, Bcc %q", name, len(m.Recipients), mapi.PidTagDisplayBcc.Get(m.Props))
		}
		if to, cc := mapi.PidTagMessageToMe.Get(m.Props), mapi.PidTagMessageCcMe.Get(m.Props); to != want.to || cc != want.cc {
			t.Errorf("%s: to me %v, cc me %v", name, to, cc)
		}
		if got := mapi.PidTagReceivedBySmtpAddress.Get(m.Props); got != name+"@example.test" {
			t.Errorf("%s: received by %q", name, got)
		}
		if mapi.PidTagMessageFlags.Get(m.Props)&mapi.MfUnsent != 0 {
			t.Errorf("%s has a draft", name)
		}
	}
	if n := r.x.Count(mapitest.ROP(rop.TransportNewMail)); n != 3 {
		t.Errorf("%d messages were announced", n)
	}
}

// What only adorns a deposited message is left out when the server refuses it.
func TestDepositWithoutOrnaments(t *testing.T) {
	props := mapi.Props{mapi.PidTagSubject.Of("x"), mapi.PidTagMessageToMe.Of(true)}
	for name, c := range map[string]struct {
		refused []mapi.Prop
		want    bool
	}{
		"an ornament": {[]mapi.Prop{mapi.PidTagMessageToMe.Of(true)}, true},
		"the subject": {[]mapi.Prop{mapi.PidTagMessageToMe.Of(true), mapi.PidTagSubject.Of("x")}, false},
	} {
		left := append(mapi.Props(nil), props...)
		if got := withoutRefused(&left, problemsWith(c.refused...)); got != c.want || left.Has(mapi.PidTagMessageToMe.Tag()) == c.want {
			t.Errorf("%s: %v, left %v", name, got, left)
		}
	}
	if withoutRefused(&props, mapi.ErrAccessDenied) {
		t.Error("a plain refusal counts as one of ornaments")
	}
}

// After an answer was lost, the Inbox tells whether the mail is there; it is not put there twice, and what was looked for in
// vain is known to be absent.
func TestDepositInDoubt(t *testing.T) {
	r := newRig(t, "anna")
	d := r.depositor()
	g := group("erp@app.test", note, "anna@example.test")
	r.x.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.SaveChangesMessage), DropAnswer: true})
	if o := d.Deliver(t.Context(), g)[0]; o.Verdict != mail.Unknown || !o.Findable {
		t.Fatalf("%v, findable %v: %s, want unknown that can be looked for", o.Verdict, o.Findable, o.Text)
	}
	r.x.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.QueryRows), Code: mapi.ErrAccessDenied})
	if o := d.Deliver(t.Context(), inDoubt(g))[0]; o.Verdict != mail.Retry || o.Code/100 != 4 || o.Absent {
		t.Fatalf("the look failed: %+v, want a retry that found nothing out", o)
	}
	if o := d.Deliver(t.Context(), inDoubt(g))[0]; o.Verdict != mail.Delivered {
		t.Fatalf("%v: %s, want delivered", o.Verdict, o.Text)
	}
	if n := len(r.x.Mailbox("anna").Messages(mapitest.Inbox)); n != 1 {
		t.Errorf("%d messages", n)
	}
	other := group("erp@app.test", note, "anna@example.test")
	r.x.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.SaveChangesMessage), Code: mapi.ErrQuotaExceeded})
	if o := d.Deliver(t.Context(), inDoubt(other))[0]; o.Verdict != mail.Retry || !o.Absent {
		t.Errorf("%v absent %v: %s, want a retry that knows that nothing is there", o.Verdict, o.Absent, o.Text)
	}
}

// Addresses that nobody has fail at once, and are not remembered; that Autodiscover is out of order is no such thing.
func TestDepositForNobody(t *testing.T) {
	r := newRig(t, "anna", "service")
	r.accounts = NewAccounts(func(address string) (*mapiclient.Client, error) {
		return mapiclient.New(mapiclient.Options{
			Address: address, AutodiscoverURL: r.x.AutodiscoverURL(),
			Auth: auth.NewBasic(auth.Credentials{User: "anna", Password: auth.NewSecret("secret")}),
			HTTP: mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: r.x.CertPool()}},
		})
	}, 1)
	t.Cleanup(func() { r.accounts.Close(context.Background()) })
	d := r.depositor()
	if o := d.Deliver(t.Context(), group("erp@app.test", note, "anna@example.test"))[0]; o.Verdict != mail.Delivered {
		t.Fatalf("%v: %s", o.Verdict, o.Text)
	}
	for i := range 20 {
		address := fmt.Sprintf("nobody%d@example.test", i)
		o := d.Deliver(t.Context(), group("erp@app.test", note, address))[0]
		if o.Verdict != mail.Failed || o.Code != 550 || o.Detail != "1.1" || o.Alarm {
			t.Fatalf("%s: %+v", address, o)
		}
	}
	if len(r.accounts.known) != 1 {
		t.Errorf("%d mailboxes are remembered, want one", len(r.accounts.known))
	}
	r.x.Faults().Add(mapitest.Fault{At: mapitest.Request("Autodiscover"), HTTPStatus: 503, Times: -1})
	if o := d.Deliver(t.Context(), group("erp@app.test", note, "later@example.test"))[0]; o.Verdict != mail.Retry {
		t.Errorf("Autodiscover is out of order: %+v", o)
	}
}

// However many mailboxes there are, some are remembered, and those that were used last.
func TestAccountsAreBound(t *testing.T) {
	a := NewAccounts(func(address string) (*mapiclient.Client, error) {
		return mapiclient.New(mapiclient.Options{Address: address, Auth: auth.NewBasic(auth.Credentials{User: "a"})})
	}, 0)
	defer a.Close(t.Context())
	a.most = 20
	for i := range 1000 {
		if _, err := a.account(fmt.Sprintf("%d@example.test", i)); err != nil {
			t.Fatal(err)
		}
		if _, err := a.account("often@example.test"); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(a.known); n > 20 || n < 10 {
		t.Errorf("%d are remembered", n)
	}
	if a.known["often@example.test"] == nil || a.known["999@example.test"] == nil || a.known["5@example.test"] != nil {
		t.Error("those that were used last are not remembered")
	}
}

// What one server says for certain another says in a way that may pass: only again and again it counts.
func TestNobodyIsCertain(t *testing.T) {
	r := newRig(t)
	d := r.depositor()
	said := func(code string) error {
		return fmt.Errorf("opening: %w", &autodiscover.NotFoundError{Tried: []autodiscover.Attempt{
			{URL: "https://a.test", Err: context.DeadlineExceeded}, {URL: "https://b.test", Err: &autodiscover.ServerError{Code: code}},
		}})
	}
	for _, c := range []struct {
		err     error
		attempt int
		want    mail.Verdict
	}{
		{said("500"), 1, mail.Failed},
		{said("404"), 1, mail.Retry},
		{said("404"), sureAt - 1, mail.Retry},
		{said("404"), sureAt, mail.Failed},
		{said("501"), 9, mail.Retry},
		{said("603"), 9, mail.Retry},
		{context.DeadlineExceeded, 9, mail.Retry},
		{mapi.ErrUnknownUser, 9, mail.Retry},
	} {
		item := &queue.Item{Recipient: mail.Recipient{Address: "x@example.test"}, Attempt: c.attempt}
		if o := d.unopened(item, &account{}, c.err); o.Verdict != c.want {
			t.Errorf("%v at attempt %d: %+v, want %v", c.err, c.attempt, o, c.want)
		}
	}
}

// While one mailbox is left alone, mail for it waits without an attempt. A group of which some were tried is not given back.
func TestDepositIntoRestingMailbox(t *testing.T) {
	r := newRig(t, "anna", "bert")
	d := r.depositor()
	r.x.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.SaveChangesMessage), Backoff: 40 * time.Second})
	first := d.Deliver(t.Context(), group("erp@app.test", note, "anna@example.test"))[0]
	if first.Verdict != mail.Retry || first.Untried || first.Reach != mail.NothingSaid {
		t.Fatalf("the server wants a pause: %+v", first)
	}
	o := d.Deliver(t.Context(), group("erp@app.test", note, "anna@example.test"))[0]
	if o.Verdict != mail.Retry || !o.Untried || o.Reach != mail.NothingSaid || o.RetryAfter < 20*time.Second {
		t.Errorf("within the pause: %+v", o)
	}
	both := d.Deliver(t.Context(), group("erp@app.test", note, "anna@example.test", "bert@example.test"))
	if both[0].Untried || both[0].Verdict != mail.Retry || both[1].Verdict != mail.Delivered {
		t.Errorf("with another: %+v", both)
	}
	s := r.submitter(SubmitterOptions{Fallback: "anna@example.test"})
	if o := s.Deliver(t.Context(), group("anna@example.test", hello, "bert@example.test"))[0]; !o.Untried || o.Reach != mail.NothingSaid {
		t.Errorf("submitted within the pause: %+v", o)
	}
}
