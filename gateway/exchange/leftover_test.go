package exchange

import (
	"context"
	"crypto/tls"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// A session that is lost between the save and the submit leaves a draft in the
// Outbox. The next try of the mail takes it away, and sends the mail once.
func TestLostSessionLeavesNoDraft(t *testing.T) {
	sent := make(chan mapitest.Envelope, 10)
	now := time.Now()
	x := mapitest.NewServer(t, mapitest.Options{
		Now:       func() time.Time { return now },
		Transport: func(_ context.Context, _ *mapi.Message, e mapitest.Envelope) error { sent <- e; return nil },
	})
	alice, err := x.AddUser(mapitest.User{Name: "alice", Address: "alice@example.test", Password: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	client, err := mapiclient.New(mapiclient.Options{
		Endpoint: mapiclient.Endpoint{URL: alice.URL(), UserDN: alice.LegacyDN()},
		Auth:     auth.NewBasic(auth.Credentials{User: "alice", Password: auth.NewSecret("secret")}),
		HTTP:     mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: x.CertPool()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	accounts := NewAccounts(func(string) (*mapiclient.Client, error) { return client, nil }, 1)
	defer accounts.Close(context.Background())
	submitter := func() *Submitter {
		s, err := NewSubmitter(SubmitterOptions{Accounts: accounts, Fallback: alice.Address(), Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := submitter()
	to := mail.Recipient{Address: "bob@elsewhere.test"}
	// Long enough to need several requests, of which the one with the submit is lost.
	group := queue.Group{
		Mail: mail.Mail{ID: mail.NewID(now), Envelope: mail.Envelope{From: alice.Address(), Recipients: []mail.Recipient{to}},
			Body: content("From: alice@example.test\r\nTo: bob@elsewhere.test\r\nSubject: hello\r\n\r\n" + strings.Repeat("0123456789abcdef\r\n", 9000))},
		Items: []queue.Item{{Recipient: to, Attempt: 1}},
	}
	x.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.SubmitMessage), ExpireSession: true})
	first := s.Deliver(t.Context(), group)[0]
	if first.Verdict == mail.Delivered || len(alice.Messages(mapitest.Outbox)) != 1 {
		t.Fatalf("%v %s with %d messages in the Outbox: the fault did not hit", first.Verdict, first.Text, len(alice.Messages(mapitest.Outbox)))
	}
	// A mail that is never tried again leaves its draft for an hour at most.
	now = now.Add(purgeEvery + leftoverAge)
	if _, err := accounts.Tidy(t.Context(), alice.Address(), now, time.Time{}); err != nil {
		t.Fatal(err)
	}
	drafts := func() (n int) {
		for _, m := range alice.Messages(mapitest.Outbox) {
			if m.Flags&mapi.MfSubmitted == 0 {
				n++
			}
		}
		return n
	}
	if n := drafts(); n != 0 {
		t.Errorf("%d old drafts are left in the Outbox", n)
	}
	// One that is tried again takes its own away at once.
	x.Faults().Add(mapitest.Fault{At: mapitest.ROP(rop.SubmitMessage), ExpireSession: true})
	lost := s.Deliver(t.Context(), group)[0]
	if lost.Verdict == mail.Delivered || drafts() != 1 {
		t.Fatalf("%v %s with %d drafts: the fault did not hit", lost.Verdict, lost.Text, drafts())
	}
	group.Items[0].Attempt, group.Items[0].Unknown = 2, lost.Verdict == mail.Unknown
	if o := s.Deliver(t.Context(), group)[0]; o.Verdict != mail.Delivered {
		t.Fatalf("the second try: %v %s", o.Verdict, o.Text)
	}
	<-sent
	if n := drafts(); n != 0 || len(sent) != 0 {
		t.Errorf("%d drafts are left, %d more mails were sent", n, len(sent))
	}
}

// People send again what lies in Sent Items, or what came back, with all its properties, and may put that off. Such a message has the id of
// a mail of ours in its header fields, but no mark of a draft: nothing of ours may delete it, neither by the clock nor while trying the mail.
func TestNothingOfSomebodyElseIsDeleted(t *testing.T) {
	now := time.Now()
	r := newRigWith(t, mapitest.Options{Now: func() time.Time { return now }}, "alice")
	s := r.submitter(SubmitterOptions{Fallback: "alice@example.test", SentItems: SentMailbox, Now: func() time.Time { return now }})
	g := group("alice@example.test", hello, "bob@elsewhere.test")
	if o := s.Deliver(t.Context(), g)[0]; o.Verdict != mail.Delivered {
		t.Fatalf("%v: %s", o.Verdict, o.Text)
	}
	alice := r.x.Mailbox("alice")
	sent, err := alice.WaitFor(t.Context(), mapitest.SentItems, nil)
	if err != nil {
		t.Fatal(err)
	}
	if id, mark := idHeader.Get(sent.Props), draftMark.Get(sent.Props); id != string(g.Mail.ID) || mark != "" {
		t.Fatalf("the sent copy has the id %q and the mark %q, want the id and no mark", id, mark)
	}
	again := sent.Message
	again.Props.Set(mapi.PidTagMessageFlags.Of(mapi.MfUnsent | mapi.MfRead))
	again.Props.Set(mapi.PidTagDeferredSendTime.Of(now.Add(24 * time.Hour)))
	if _, err := alice.Deposit(mapitest.Outbox, &again); err != nil {
		t.Fatal(err)
	}
	retried := g
	retried.Items = []queue.Item{g.Items[0]}
	retried.Items[0].Attempt = 2
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"a look for an earlier try", func() { s.Deliver(t.Context(), inDoubt(g)) }},
		{"a second try", func() { s.Deliver(t.Context(), retried) }},
		{"tidying up", func() {
			now = now.Add(purgeEvery + leftoverAge)
			r.accounts.Close(t.Context()) // the server has forgotten the sessions since
			if _, err := r.accounts.Tidy(t.Context(), alice.Address(), now, time.Time{}); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		step.do()
		if !slices.ContainsFunc(alice.Messages(mapitest.Outbox), func(m mapitest.Stored) bool {
			return mapi.PidTagDeferredSendTime.Get(m.Props).After(now)
		}) {
			t.Fatalf("%s has deleted what somebody has put off", step.name)
		}
	}
}
