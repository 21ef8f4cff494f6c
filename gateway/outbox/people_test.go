package outbox

import (
	"strings"
	"testing"

	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
)

// One mail goes its several ways: those of this Exchange back into it, others by the routes, lists by their members if so wanted.
func TestSplit(t *testing.T) {
	own := queue.Leg{Courier: "exchange/main", Route: "own"}
	for name, tc := range map[string]struct {
		limit int
		want  string
	}{
		"lists left to the server": {0, "bob@example.test=own list@example.test=own bob@elsewhere.test=out"},
		"lists taken apart":        {3, "bob@example.test=own carol@example.test=own hollow@example.test=own bob@elsewhere.test=out"},
		"a list too long":          {1, "bob@example.test=own list@example.test=refuse bob@elsewhere.test=out"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, func(o *Options) { o.Own, o.ListLimit = own, tc.limit })
			for _, u := range []mapitest.User{
				{Name: "bob", Address: "bob@example.test"}, {Name: "carol", Address: "carol@example.test"},
				{Name: "hollow", Address: "hollow@example.test", Members: []string{"hidden@elsewhere.test"}},
				{Name: "inner", Address: "inner@example.test", Members: []string{"carol", "list", "hollow"}},
				{Name: "list", Address: "list@example.test", Members: []string{"bob", "inner"}},
			} {
				if _, err := b.exchange.AddUser(u); err != nil {
					t.Fatal(err)
				}
			}
			m := draft("to all sorts")
			elsewhere := m.Recipients[0]
			m.Recipients = nil
			for _, who := range []string{"bob", "list"} {
				box := b.exchange.Mailbox(who)
				m.Recipients = append(m.Recipients, mapi.Recipient{Type: mapi.RecipientTo, Props: mapi.Props{mapi.PidTagDisplayName.Of(who),
					mapi.PidTagAddressType.Of("EX"), mapi.PidTagEmailAddress.Of(box.LegacyDN())}})
			}
			m.Recipients = append(m.Recipients, elsewhere)
			b.deposit(mapitest.Outbox, m)
			var got []string
			for _, r := range b.records(1)[0].Recipients {
				way := map[string]string{own.Courier: "own", "out": "out", "refuse": "refuse"}[r.Courier]
				got = append(got, r.Address+"="+way)
			}
			if all := strings.Join(got, " "); all != tc.want {
				t.Errorf("got  %s\nwant %s", all, tc.want)
			}
		})
	}
}
