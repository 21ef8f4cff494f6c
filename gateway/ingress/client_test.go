package ingress

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/ingress/quota"
	"github.com/mapigate/mapigate/gateway/mail"
	"github.com/mapigate/mapigate/gateway/queue"
	"github.com/mapigate/mapigate/smtpside"
)

// What the rules for clients let through. s.talk is one session.
func TestClients(t *testing.T) {
	const (
		mail = "> MAIL FROM:<a@here.test>\n250\n"
		rcpt = "> RCPT TO:<bob@here.test>\n250\n"
		data = "> DATA\n354\n> "
		auth = "> AUTH PLAIN AGJvYgBzZWNyZXQ=\n235\n" // bob, secret
	)
	here := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	there := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	long := "Subject: x\\r\\n\\r\\n" + strings.Repeat("0123456789", 20) + "\\r\\n."
	for name, c := range map[string]struct {
		rules   []Client
		script  string
		refused string
	}{
		"no rule":                 {nil, mail + rcpt, ""},
		"rule of others":          {[]Client{{Networks: there, From: patterns(t, "x@y.test")}, {Users: []string{"bob"}, From: patterns(t, "x@y.test")}}, mail + rcpt, ""},
		"the first that fits":     {[]Client{{Networks: here}, {From: patterns(t, "x@y.test")}}, mail, ""},
		"network and user":        {[]Client{{Networks: here, Users: []string{"bob"}, From: patterns(t, "x@y.test")}}, mail + "> RSET\n250\n" + auth + "> MAIL FROM:<a@here.test>\n550 5.7.1", "sender"},
		"null sender not allowed": {[]Client{{From: patterns(t, "here.test")}}, "> MAIL FROM:<>\n550 5.7.1", "sender"},
		"null sender allowed":     {[]Client{{From: patterns(t, "here.test", "<>")}}, "> MAIL FROM:<>\n250", ""},
		"SIZE":                    {[]Client{{MessageBytes: 100}}, "> MAIL FROM:<a@here.test> SIZE=101\n552 5.3.4", "size"},
		"size":                    {[]Client{{MessageBytes: 100}}, mail + rcpt + data + long + "\n552 5.3.4\n" + mail, "size"},
		"below the size":          {[]Client{{MessageBytes: 300}}, mail + rcpt + data + long + "\n250", ""},
		"recipients":              {[]Client{{Recipients: 1}}, mail + rcpt + "> RCPT TO:<eve@here.test>\n452 4.5.3\n" + data + long + "\n250\n" + mail + rcpt, "recipients"},
		"mails per minute":        {[]Client{{Limits: quota.Limits{MailsPerMinute: 2}}}, mail + "> RSET\n250\n" + mail + "> RSET\n250\n> MAIL FROM:<a@here.test>\n450 4.7.1", "rate"},
		"mails per day":           {[]Client{{Limits: quota.Limits{MailsPerDay: 1}}}, mail + "> RSET\n250\n> MAIL FROM:<a@here.test>\n450 4.7.1", "rate"},
		"recipients per day":      {[]Client{{Limits: quota.Limits{RecipientsPerDay: 1}}}, mail + rcpt + "> RCPT TO:<eve@here.test>\n450 4.7.1", "rate"},
		"a user of his own": {[]Client{{Limits: quota.Limits{MailsPerMinute: 1}}},
			mail + "> RSET\n250\n" + auth + mail + "> RSET\n250\n> MAIL FROM:<a@here.test>\n450", "rate"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, loopback(), func(o *Options) { o.Clients = c.rules })
			s.talk(c.script)
			if got := s.seen.last(); got != c.refused {
				t.Errorf("refusals %q, want %q", got, c.refused)
			}
		})
	}
}

// Sessions count from the first MAIL on, and no longer when they have ended.
func TestClientSessions(t *testing.T) {
	s := newSite(t, loopback(), func(o *Options) { o.Clients = []Client{{Limits: quota.Limits{Sessions: 1}}} })
	s.talk("> MAIL FROM:<a@here.test>\n250\n> RSET\n250\n> MAIL FROM:<a@here.test>\n250\n> QUIT\n221")
	for n := 0; !s.backend.meter.Open("127.0.0.1/32", quota.Limits{Sessions: 1}); n++ {
		if time.Sleep(time.Millisecond); n == 2000 {
			t.Fatal("a session is counted that has ended")
		}
	}
	s.talk("> MAIL FROM:<a@here.test>\n421 4.7.0")
}

// A small house takes mails of 100 octets, and none for its guests.
type smallHouse struct{ asked []string }

func (h *smallHouse) Fits(_ context.Context, leg queue.Leg, source mail.Source, from, to string, size int64) error {
	h.asked = append(h.asked, fmt.Sprint(leg.Route, " ", source.Name, " ", from, " ", to, " ", size))
	switch {
	case size > 100:
		return smtpside.TooLarge("")
	case to == "guest@here.test":
		return smtpside.Status{Code: 452, Detail: "2.2", Text: "the mailbox is full"}
	}
	return nil
}

// What will not fit is refused before it is sent.
func TestRoom(t *testing.T) {
	house := &smallHouse{}
	s := newSite(t, loopback(), func(o *Options) { o.Room = house })
	s.talk("> MAIL FROM:<a@here.test> SIZE=101\n250\n> RCPT TO:<bob@here.test>\n552 5.3.4\n> RSET\n250\n> MAIL FROM:<a@here.test> SIZE=10\n250\n" +
		"> RCPT TO:<guest@here.test>\n452 4.2.2 the mailbox is full\n> RCPT TO:<bob@here.test>\n250\n> RSET\n250\n> MAIL FROM:<a@here.test>\n250\n> RCPT TO:<x@far.test>\n250")
	want := []string{"exchange/main apps a@here.test bob@here.test 101", "exchange/main apps a@here.test guest@here.test 10",
		"exchange/main apps a@here.test bob@here.test 10", "internet apps a@here.test x@far.test 0"}
	if !slices.Equal(house.asked, want) {
		t.Errorf("asked\n%q, want\n%q", house.asked, want)
	}
	if got := s.seen.last(); got != "room room" {
		t.Errorf("refused for %q", got)
	}
}
