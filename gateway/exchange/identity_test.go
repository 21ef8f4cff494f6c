package exchange

import (
	"net/netip"
	"testing"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/route"
	"github.com/mapigate/mapigate/mapping/mime"
)

func pattern(t *testing.T, text string) []route.Pattern {
	t.Helper()
	p, err := route.ParsePattern(text)
	if err != nil {
		t.Fatal(err)
	}
	return []route.Pattern{p}
}

func TestIdentities(t *testing.T) {
	list := Identities{
		{Users: []string{"Scanner"}, Mailbox: "user"},
		{Networks: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}, Mailbox: "network"},
		{Headers: []HeaderPattern{{Name: "X-App", Value: "billing *"}}, Mailbox: "header"},
		{MailFrom: pattern(t, "bounce@app.test"), Mailbox: "mail from"},
		{From: pattern(t, "spam.test"), Refuse: "not from here"},
		{From: pattern(t, "*@app.test"), Mailbox: "from"},
	}
	header := func() []mime.Field { return []mime.Field{{Name: "x-app", Raw: " =?utf-8?q?Billing_?= 7"}} }
	for _, c := range []struct {
		sender Sender
		want   string
	}{
		{Sender{Source: mail.Source{User: "scanner"}, From: "x@app.test"}, "user"},
		{Sender{Source: mail.Source{Client: "10.1.2.3:4711"}}, "network"},
		{Sender{Source: mail.Source{Client: "[::ffff:10.1.2.3]:4711"}}, "network"},
		{Sender{Source: mail.Source{Client: "10.2.2.3:4711"}, From: "x@app.test"}, "from"},
		{Sender{Header: header, From: "x@app.test"}, "header"},
		{Sender{MailFrom: "bounce@app.test", From: "x@other.test"}, "mail from"},
		{Sender{MailFrom: "x@other.test", From: "bounce@app.test"}, "from"},
		{Sender{MailFrom: "x@spam.test"}, "refused: not from here"},
		{Sender{MailFrom: "x@other.test"}, "none"},
		{Sender{}, "none"},
	} {
		id, ok := list.For(c.sender)
		got := id.Mailbox
		switch {
		case !ok:
			got = "none"
		case id.Refuse != "":
			got = "refused: " + id.Refuse
		}
		if got != c.want {
			t.Errorf("%+v goes through %q, want %q", c.sender, got, c.want)
		}
	}
}

// A sender whom the map refuses hears why.
func TestRefusedSender(t *testing.T) {
	r := newRig(t, "alice")
	s := r.submitter(SubmitterOptions{Fallback: "alice@example.test", Identities: Identities{
		{Headers: []HeaderPattern{{Name: "Subject", Value: "*hello*"}}, Refuse: "no greetings"},
	}})
	o := s.Deliver(t.Context(), group("alice@example.test", hello, "bob@elsewhere.test"))[0]
	if o.Verdict != mail.Failed || o.Status() != "5.7.60" || o.Text != "no greetings" {
		t.Errorf("%v %s: %s", o.Verdict, o.Status(), o.Text)
	}
}
