package gateway_test

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// Addresses change as mail comes in, again as it leaves, and the archive gets its copy.
func TestRewrites(t *testing.T) {
	g, sink, _ := relay(t, `address: "127.0.0.1:0", mode: plain, networks: [127.0.0.0/8]`, // what follows closes internet and opens rewrite
		`helo: gw.test}
rewrite: {canonical: [{match: old.test, to: new.test}], generic: [{match: "*.lan", to: example.test}],
  catch_all: [{to: [new.test], except: [anna@new.test], mailbox: box@new.test}],
  archive: [{source: [smtp], mailbox: archive@example.test}]`)
	conn, err := net.Dial("tcp", g.Addresses()["in"].String())
	if err != nil {
		t.Fatal(err)
	}
	speak(t, conn, [2]string{"", "220"}, [2]string{"EHLO db1.lan\r\n", "250"}, [2]string{"MAIL FROM:<root@db1.lan>\r\n", "250"},
		[2]string{"RCPT TO:<anna@old.test>\r\n", "250"}, [2]string{"RCPT TO:<nobody@old.test>\r\n", "250"}, [2]string{"RCPT TO:<else@new.test>\r\n", "250"},
		[2]string{"DATA\r\n", "354"}, [2]string{"From: Root <root@db1.lan>\r\nTo: Anna <anna@old.test>\r\nSubject: for root@db1.lan\r\n\r\nTo: anna@old.test\r\n.\r\n", "250"})
	mails := received(t, sink, "anna@new.test", "box@new.test", "archive@example.test")
	for _, m := range mails {
		if m.From != "root@example.test" {
			t.Errorf("from %s", m.From)
		}
		head, body, _ := strings.Cut(string(m.Raw), "\r\n\r\n")
		for _, want := range []string{"From: Root <root@example.test>", "To: Anna <anna@new.test>", "Subject: for root@db1.lan"} {
			if !slices.Contains(strings.Split(head, "\r\n"), want) {
				t.Errorf("no %q in\n%s", want, head)
			}
		}
		if strings.TrimSpace(body) != "To: anna@old.test" {
			t.Errorf("the body is %q", body)
		}
		if strings.Contains(head, "archive@") {
			t.Errorf("the header tells of the archive:\n%s", head)
		}
	}
}

// received waits until the sink has had mail for exactly these recipients.
func received(t *testing.T, sink *smtptest.Sink, want ...string) []smtptest.Mail {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	slices.Sort(want)
	var got []string
	for n := 1; n <= len(want); n++ {
		mails, err := sink.WaitFor(ctx, n)
		if err != nil {
			t.Fatalf("%v; so far mail for %v", err, got)
		}
		got = nil
		for _, m := range mails {
			got = append(got, m.To...)
		}
		if len(got) >= len(want) {
			if slices.Sort(got); !slices.Equal(got, want) {
				t.Errorf("mail for %v, want %v", got, want)
			}
			return mails
		}
	}
	t.Fatalf("mail for %v only", got)
	return nil
}

// Mail of a user gets other recipients and a copy for the archive on its way out, and is settled in the mailbox as ever.
func TestRewritesOutOfExchange(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, gatewayConfig+`
rewrite:
  canonical: [{match: old.test, to: new.test}]
  generic: [{match: example.test, to: outside.test, of: [sender]}]
  archive: [{source: [outbox], mailbox: archive@elsewhere.test}]
`, setting{})
	if _, err := w.exchange.Mailbox("robot").Deposit(mapitest.Outbox, outgoing("Out", "someone@old.test")); err != nil {
		t.Fatal(err)
	}
	for _, m := range received(t, w.sink, "someone@new.test", "archive@elsewhere.test") {
		if m.From != "robot@outside.test" || !strings.Contains(m.Header("From"), "robot@outside.test") || !strings.Contains(m.Header("To"), "someone@new.test") {
			t.Errorf("from %s:\n%s", m.From, m.Raw)
		}
	}
	if sent := w.folder("robot", mapitest.SentItems, nil); sent.Flags&8 != 0 {
		t.Errorf("the sent message is a draft: flags 0x%X", sent.Flags)
	}
	// A failure is reported to the mailbox, and names the address that the user wrote to.
	w.sink.Fail(smtptest.Fault{Verb: "RCPT", Match: "gone@new.test", Reply: "550 5.1.1 no such user"})
	if _, err := w.exchange.Mailbox("robot").Deposit(mapitest.Outbox, outgoing("Gone", "gone@old.test")); err != nil {
		t.Fatal(err)
	}
	report := w.inbox("robot", "Undeliverable: Gone")
	if body := mapi.PidTagBody.Get(report.Props) + mapi.PidTagReportText.Get(report.Props); !strings.Contains(body, "gone@new.test") {
		t.Errorf("the report reads %q", body)
	}
}
