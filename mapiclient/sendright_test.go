package mapiclient_test

import (
	"context"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// What a logon tells of the right to send in another's name, and what a mail does.
func TestSendRights(t *testing.T) {
	for _, c := range []struct {
		name   string
		grants []mapitest.Grant
		logon  mapiclient.SendRight
		probe  mapiclient.SendRight
	}{
		{"nothing", nil, mapiclient.SendUntold, mapiclient.SendDenied},
		{"full access alone", []mapitest.Grant{mapitest.FullAccess}, mapiclient.SendDenied, mapiclient.SendDenied},
		{"on behalf", []mapitest.Grant{mapitest.SendOnBehalf}, mapiclient.SendUntold, mapiclient.SendOnBehalf},
		{"send as", []mapitest.Grant{mapitest.SendAs}, mapiclient.SendUntold, mapiclient.SendAs},
		{"send as and full access", []mapitest.Grant{mapitest.SendAs, mapitest.FullAccess}, mapiclient.SendAs, mapiclient.SendAs},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, opts := newExchange(t)
			if err := s.Mailbox("bob").Grant("alice", c.grants...); err != nil {
				t.Fatal(err)
			}
			other := opts
			other.Endpoint = mapiclient.Endpoint{URL: s.Mailbox("bob").URL(), UserDN: s.Mailbox("bob").LegacyDN()}
			bob, err := mapiclient.New(other)
			if err != nil {
				t.Fatal(err)
			}
			defer bob.Close()
			right, err := bob.SendRight(t.Context())
			if right != c.logon || (err != nil) != (c.logon == mapiclient.SendUntold) {
				t.Errorf("the logon tells %v, %v, want %v", right, err, c.logon)
			}
			m := openAlice(t, opts)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			if right, err := m.ProbeSend(ctx, "alice@example.test", "bob@example.test"); right != c.probe || err != nil {
				t.Errorf("a mail tells %v, %v, want %v", right, err, c.probe)
			}
			for _, folder := range []string{mapitest.Inbox, mapitest.Outbox} {
				if left := s.Mailbox("alice").Messages(folder); len(left) != 0 {
					t.Errorf("%d messages are left in %s", len(left), folder)
				}
			}
		})
	}
}

// A server that takes the probe and then says by a report that it cannot go has refused; one that lets nothing
// arrive has not said anything.
func TestSendRightByReport(t *testing.T) {
	swallow := func(context.Context, *mapi.Message, mapitest.Envelope) error { return nil }
	for name, c := range map[string]struct {
		transport mapitest.Transport
		limit     time.Duration
		want      mapiclient.SendRight
	}{"a report": {nil, 20 * time.Second, mapiclient.SendDenied}, "nothing": {swallow, time.Second, mapiclient.SendUntold}} {
		t.Run(name, func(t *testing.T) {
			s := mapitest.NewServer(t, mapitest.Options{Transport: c.transport})
			m := openAlice(t, addAlice(t, s))
			if err := s.Mailbox("bob").Grant("alice", mapitest.SendAs); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), c.limit)
			defer cancel()
			// The mail goes to where it does not come back from.
			if right, err := m.ProbeSend(ctx, "alice@away.test", "bob@example.test"); right != c.want || err != nil {
				t.Errorf("%v, %v, want %v", right, err, c.want)
			}
		})
	}
}
