package gateway_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// Members of a group, of groups in it, and whoever a filter matches are watched; others are not.
func TestGroupsAreWatched(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, strings.Replace(gatewayConfig, "routes:\n", `  - group: senders@example.test
    directory: {department: "sal*", address: example.test}
    grace: 0s
    poll: 1s
    acknowledge_bypassed_checks: true
routes:
`, 1), setting{prepare: func(x *mapitest.Server) {
		for _, u := range []mapitest.User{
			{Name: "member", Address: "member@example.test"}, {Name: "nested", Address: "nested@example.test"},
			{Name: "seller", Address: "seller@example.test", Department: "Sales"}, {Name: "other", Address: "other@example.test", Department: "Stores"},
			{Name: "team", Address: "team@example.test", Members: []string{"nested", "senders"}},
			{Name: "senders", Address: "senders@example.test", Members: []string{"member", "team"}},
		} {
			m, err := x.AddUser(u)
			if err == nil {
				err = m.Grant("robot@example.test", mapitest.FullAccess)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}})
	const folder = "Internet Outbox"
	watched := []string{"member", "nested", "seller"}
	for _, name := range watched {
		box := w.exchange.Mailbox(name)
		for deadline := time.Now().Add(20 * time.Second); !contains(box.Folders(), folder); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s is not watched: %q", name, box.Folders())
			}
		}
		if _, err := box.Deposit(folder, outgoing("From "+name, "someone@elsewhere.test")); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	mails, err := w.sink.WaitFor(ctx, len(watched))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mails {
		if name, _, _ := strings.Cut(m.From, "@"); m.Header("Subject") != "From "+name {
			t.Errorf("%q from %s", m.Header("Subject"), m.From)
		}
	}
	for _, name := range watched { // the page shows them, as it does those of the configuration
		w.until("/api/v1/watches", 200, name+"@example.test")
	}
	if other := w.exchange.Mailbox("other"); contains(other.Folders(), folder) {
		t.Error("somebody whom nothing matches is watched")
	}
	sent := w.folder("nested", mapitest.SentItems, nil)
	if mapi.PidTagSubject.Get(sent.Props) != "From nested" {
		t.Errorf("settled as %q", mapi.PidTagSubject.Get(sent.Props))
	}
}

func contains(list []string, name string) bool {
	for _, s := range list {
		if strings.HasSuffix(s, name) {
			return true
		}
	}
	return false
}
