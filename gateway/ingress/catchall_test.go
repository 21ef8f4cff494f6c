package ingress

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/gateway/rewrite"
	"github.com/mapigate/mapigate/smtpside"
)

// A village is a directory of here.test: anna, bert and the box live there.
type village struct{}

func (village) Lists(leg queue.Leg, address string) bool {
	return strings.HasPrefix(leg.Courier, "exchange") && strings.HasSuffix(address, "@here.test")
}

func (v village) Check(_ context.Context, leg queue.Leg, address string) error {
	name, _, _ := strings.Cut(address, "@")
	switch {
	case name == "later":
		return smtpside.LocalError("not now")
	case !v.Lists(leg, address) || slices.Contains([]string{"anna", "bert", "box"}, name):
		return nil
	}
	return smtpside.NoSuchUser("")
}

// A catch-all mailbox gets the mail for addresses that stand in no address book, and of domains without one all.
func TestCatchAll(t *testing.T) {
	s := newSite(t, loopback(), func(o *Options) {
		o.Directory = village{}
		o.Rewrite = &rewrite.Incoming{CatchAlls: []rewrite.CatchAll{
			{To: patterns(t, "here.test"), Mailbox: "box@here.test"},
			{To: patterns(t, "far.test"), Except: patterns(t, "eva@far.test"), Mailbox: "box@here.test"},
		}}
	})
	s.talk("> MAIL FROM:<a@b.test>\n250\n> RCPT TO:<later@here.test>\n451 4.3.0\n> RCPT TO:<anna@here.test>\n250\n> RCPT TO:<nobody1@here.test>\n250\n" +
		"> RCPT TO:<eva@far.test>\n250\n> RCPT TO:<x@far.test>\n250\n> RCPT TO:<y@else.test>\n250\n> DATA\n354\n> Subject: x\\r\\n\\r\\nx\\r\\n.\n250")
	page, err := s.q.List(t.Context(), queue.Filter{All: true})
	if err != nil || len(page.Records) != 1 {
		t.Fatalf("%d mails, %v", len(page.Records), err)
	}
	var got []string
	for _, r := range page.Records[0].Recipients {
		got = append(got, r.Address)
	}
	slices.Sort(got)
	if want := "anna@here.test box@here.test eva@far.test y@else.test"; strings.Join(got, " ") != want {
		t.Errorf("goes to %v, want %s", got, want)
	}
	if s.seen.last() != "directory_down" {
		t.Errorf("refused: %s", s.seen.last())
	}
}
