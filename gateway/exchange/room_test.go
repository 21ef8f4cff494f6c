package exchange

import (
	"fmt"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/route"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/mapiclient/rop"
)

// What a store says about its room decides before the mail is there; what it does not say, or who the mailbox is, does not.
func TestFits(t *testing.T) {
	r := newRigWith(t, mapitest.Options{Limits: mapitest.Limits{MessageBytes: 64 << 10, MailboxBytes: 100 << 10}}, "alice", "bob")
	now := time.Unix(1e9, 0)
	clock := func() time.Time { return now }
	pattern, err := route.ParsePattern("bob@example.test")
	if err != nil {
		t.Fatal(err)
	}
	s := r.submitter(SubmitterOptions{
		Fallback: "alice@example.test", Now: clock,
		Identities: Identities{{Users: []string{"b"}, Mailbox: "bob@example.test"}, {Users: []string{"x"}, From: []route.Pattern{pattern}, Mailbox: "bob@example.test"}},
	})
	d, err := NewDepositor(DepositorOptions{Accounts: s.opts.Accounts, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	said := func(o mail.Outcome, refused bool) string {
		if !refused {
			return "fits"
		}
		return fmt.Sprint(o.Code, " ", o.Status())
	}
	submit := func(user string, size int64) string {
		return said(s.Fits(t.Context(), mail.Source{User: user}, "any@example.test", size))
	}
	deposit := func(to string, size int64) string { return said(d.Fits(t.Context(), to, size)) }
	for _, c := range []struct{ what, got, want string }{
		{"small", submit("", 1000), "fits"},
		{"nothing said", submit("", 0), "fits"},
		{"large, but for base64", submit("", 85<<10), "fits"},
		{"too large", submit("", 100<<10), "552 5.3.4"},
		{"too large for an identity", submit("b", 100<<10), "552 5.3.4"},
		{"an identity that the header may choose", submit("x", 100<<10), "fits"},
		{"into an Inbox", deposit("bob@example.test", 100<<10), "fits"},
		{"too much for an Inbox", deposit("bob@example.test", 200<<10), "452 4.2.2"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.what, c.got, c.want)
		}
	}
	if n := r.x.Count(mapitest.ROP(rop.GetPropertiesSpecific)); n > 4 {
		t.Errorf("the stores were asked %d times", n)
	}
	// What was said counts for a while.
	acc, err := r.accounts.account("alice@example.test")
	if err != nil {
		t.Fatal(err)
	}
	acc.rooms.last.used = acc.rooms.last.send
	if got := submit("", 10); got != "452 4.2.2" {
		t.Errorf("a full mailbox: %s", got)
	}
	now = now.Add(6 * time.Minute)
	if got := submit("", 10); got != "fits" {
		t.Errorf("the store was not asked again: %s", got)
	}
	// A store that does not answer has room.
	now = now.Add(6 * time.Minute)
	r.x.Faults().Add(mapitest.Fault{At: mapitest.AnyRequest(), HTTPStatus: 503, Times: -1})
	if got := submit("", 1<<30); got != "fits" {
		t.Errorf("a store that is down: %s", got)
	}
}
