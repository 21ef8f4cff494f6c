package mapiclient_test

import (
	"context"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/autodiscover"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// The mailboxes that were shared with a user are found by what Autodiscover says, and opened, by address and by DN.
func TestAlternativeMailboxes(t *testing.T) {
	s, opts := newExchange(t)
	if err := s.Mailbox("bob").Grant("alice", mapitest.FullAccess); err != nil {
		t.Fatal(err)
	}
	opts.Endpoint, opts.AutodiscoverURL = mapiclient.Endpoint{}, s.AutodiscoverURL()
	c, err := mapiclient.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	list, err := c.Alternatives(t.Context())
	if err != nil || len(list) != 1 || list[0].SMTPAddress != "bob@example.test" || list[0].Type != "Delegate" {
		t.Fatalf("%+v, %v, want bob's", list, err)
	}
	for _, other := range []autodiscover.AlternativeMailbox{list[0], {Type: "Archive", LegacyDN: s.Mailbox("bob").LegacyDN()}} {
		shared, err := c.Alternative(other)
		if err != nil {
			t.Fatal(err)
		}
		m, err := shared.OpenMailbox(t.Context())
		if err != nil {
			t.Fatalf("%+v: %v", other, err)
		}
		if m.UserDN() != s.Mailbox("bob").LegacyDN() {
			t.Errorf("%+v is the mailbox of %s", other, m.UserDN())
		}
		_ = m.Close(context.Background())
		shared.Close()
	}
	if _, err := c.Alternative(autodiscover.AlternativeMailbox{DisplayName: "Team"}); err == nil || !strings.Contains(err.Error(), "Team") {
		t.Errorf("a mailbox without a name: %v", err)
	}
}
