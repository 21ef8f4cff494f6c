package gateway_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/smtpside/smtptest"
)

// The user hears what became of each recipient: by reports of Exchange's own classes, and from the sent message.
func TestUserHearsOfEachRecipient(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, strings.Replace(gatewayConfig, "retry: {", "retry: {warn: 1s, ", 1), setting{without: []string{"DSN"}})
	w.sink.Fail(smtptest.Fault{Verb: "RCPT", Match: "gone@elsewhere.test", Reply: "550 5.1.1 no such user"})
	w.sink.Fail(smtptest.Fault{Verb: "RCPT", Match: "slow@elsewhere.test", Reply: "450 4.2.1 come back later", Times: 2})
	m := outgoing("With receipts", "fine@elsewhere.test")
	for _, to := range []string{"gone@elsewhere.test", "slow@elsewhere.test"} {
		m.Recipients = append(m.Recipients, outgoing("", to).Recipients...)
	}
	m.Props.Set(mapi.PidTagOriginatorDeliveryReportRequested.Of(true))
	m.Props.Set(mapi.PidTagReadReceiptRequested.Of(true))
	if _, err := w.exchange.Mailbox("robot").Deposit(mapitest.Outbox, m); err != nil {
		t.Fatal(err)
	}
	// An SMTP host that does not report itself has the mail, not yet the recipient: relayed.
	for class, to := range map[string]string{"REPORT.IPM.Note.Relayed.DR": "fine@elsewhere.test",
		"REPORT.IPM.Note.NDR": "gone@elsewhere.test", "REPORT.IPM.Note.Delayed.DR": "slow@elsewhere.test"} {
		report := w.folder("robot", mapitest.Inbox, func(m *mapitest.Stored) bool {
			return mapi.PidTagMessageClass.Get(m.Props) == class && strings.Contains(mapi.PidTagBody.Get(m.Props), to)
		})
		if len(report.Attachments) == 0 && class == "REPORT.IPM.Note.NDR" {
			t.Errorf("the %s has no original attached", class)
		}
	}
	sent := w.folder("robot", mapitest.SentItems, nil)
	named := func(name string) string {
		for _, p := range sent.Props {
			if p.Name != nil && p.Name.Name == name {
				v, _ := p.Value.(string)
				return v
			}
		}
		return ""
	}
	if named("Delivery") != "delivered to 2 of 3" || !slices.Contains(mapi.PidNameKeywords.Get(sent.Props), "Not delivered") {
		t.Errorf("the sent message says %q with categories %q", named("Delivery"), mapi.PidNameKeywords.Get(sent.Props))
	}
	for _, got := range w.sink.Mails() {
		if got.Header("Disposition-Notification-To") == "" {
			t.Errorf("a mail asks for no read receipt:\n%s", got.Raw)
		}
	}
}

// A read receipt that the user's client leaves in the Outbox goes out without a sender: nothing may answer it.
func TestReadReceiptGoesOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := outgoing("Read: something", "someone@elsewhere.test")
	m.Props.Set(mapi.PidTagMessageClass.Of("REPORT.IPM.Note.IPNRN"))
	m.Props.Set(mapi.PidTagOriginalMessageClass.Of("IPM.Note"))
	if _, err := w.exchange.Mailbox("robot").Deposit(mapitest.Outbox, m); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	mails, err := w.sink.WaitFor(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := mails[0]; got.From != "" || !strings.Contains(string(got.Raw), "disposition-notification") {
		t.Errorf("from %q:\n%s", got.From, got.Raw)
	}
}

// A mail to somebody of the same Exchange and to somebody elsewhere is one mail that goes two ways.
func TestOwnRecipientsGoBackIntoExchange(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, strings.Replace(gatewayConfig, "  - {to: [example.test], via: exchange}\n", "", 1), setting{})
	m := outgoing("Two ways", "someone@elsewhere.test")
	m.Recipients = append(m.Recipients, outgoing("", "alice@example.test").Recipients...)
	if _, err := w.exchange.Mailbox("robot").Deposit(mapitest.Outbox, m); err != nil {
		t.Fatal(err)
	}
	inside := w.folder("alice", mapitest.Inbox, nil)
	if mapi.PidTagSubject.Get(inside.Props) != "Two ways" || mapi.PidTagSentRepresentingSmtpAddress.Get(inside.Props) != "robot@example.test" {
		t.Errorf("alice got %q from %q", mapi.PidTagSubject.Get(inside.Props), mapi.PidTagSentRepresentingSmtpAddress.Get(inside.Props))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	mails, err := w.sink.WaitFor(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	if to := mails[0].To; len(mails) != 1 || len(to) != 1 || to[0] != "someone@elsewhere.test" {
		t.Errorf("the sink got %d mails, the first for %q", len(mails), to)
	}
}
