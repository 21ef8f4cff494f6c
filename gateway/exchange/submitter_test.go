package exchange

import (
	"testing"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// A gateway that may not make its ledger folder has a fault of its own: mail that it sends in
// somebody's name must wait for the operator, and not come back as one that nobody may send.
func TestRefusedLedgerBouncesNothing(t *testing.T) {
	r := newRig(t, "alice")
	s := r.submitter(SubmitterOptions{Fallback: "alice@example.test"})
	r.x.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.CreateFolder), Code: mapi.ErrAccessDenied})
	o := s.Deliver(t.Context(), group("carol@example.test",
		"From: carol@example.test\nTo: bob@elsewhere.test\nSubject: hello\n\nHello.\n", "bob@elsewhere.test"))[0]
	if o.Verdict != mail.Retry || !o.Alarm {
		t.Errorf("%v %s alarm %v: %s, want a retry with an alarm", o.Verdict, o.Status(), o.Alarm, o.Text)
	}
}

// What is sent in the mailbox's own name is still answered to whom it was from.
func TestRewrittenSenderGetsTheAnswers(t *testing.T) {
	for name, c := range map[string]struct{ envelope, header, want string }{
		"no Reply-To": {"erp@app.test", "", "Erp"},
		"its own":     {"erp@app.test", "Reply-To: Help <help@app.test>\n", "Help"},
		"a report":    {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, "alice", "bob")
			s := r.submitter(SubmitterOptions{Identities: Identities{{Mailbox: "alice@example.test", RewriteFrom: true}}})
			g := group(c.envelope, "From: Erp <erp@app.test>\n"+c.header+"To: bob@example.test\nSubject: hello\n\nHello.\n", "bob@example.test")
			if o := s.Deliver(t.Context(), g)[0]; o.Verdict != mail.Delivered {
				t.Fatalf("%v: %s", o.Verdict, o.Text)
			}
			m, err := r.x.Mailbox("bob").WaitFor(t.Context(), mapitest.Inbox, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := mapi.PidTagReplyRecipientNames.Get(m.Props); got != c.want {
				t.Errorf("answers go to %q, want %q", got, c.want)
			}
			if got := mapi.PidTagSentRepresentingSmtpAddress.Get(m.Props); got != "alice@example.test" {
				t.Errorf("from %q", got)
			}
		})
	}
}

// A report goes out though no identity is meant for it: whose mail failed would hear nothing.
func TestReportsNeedNoIdentity(t *testing.T) {
	r := newRig(t, "alice", "bob")
	s := r.submitter(SubmitterOptions{Identities: Identities{{Users: []string{"erp"}, Mailbox: "alice@example.test"}}})
	g := group("", "From: gateway@example.test\nTo: bob@example.test\nSubject: Undelivered\n\nSorry.\n", "bob@example.test")
	if o := s.Deliver(t.Context(), g)[0]; o.Verdict != mail.Failed {
		t.Errorf("a stranger's: %v %s", o.Verdict, o.Text)
	}
	g.Mail.Source.Kind = "gateway"
	if o := s.Deliver(t.Context(), g)[0]; o.Verdict != mail.Delivered {
		t.Errorf("a report: %v %s", o.Verdict, o.Text)
	}
}
