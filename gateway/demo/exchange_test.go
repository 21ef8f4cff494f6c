package demo_test

import (
	"context"
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"github.com/mapigate/mapigate/gateway/demo"
	"github.com/mapigate/mapigate/mapiclient"
	"github.com/mapigate/mapigate/mapiclient/auth"
	"github.com/mapigate/mapigate/mapiclient/mapi"
	"github.com/mapigate/mapigate/mapiclient/mapihttp"
	"github.com/mapigate/mapigate/mapiclient/mapitest"
	"github.com/mapigate/mapigate/smtpside/smtptest"
)

func newSink(t *testing.T) *smtptest.Sink {
	t.Helper()
	sink, err := smtptest.NewSink(smtptest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sink.Close() })
	return sink
}

func newExchange(t *testing.T, o demo.ExchangeOptions) *demo.Exchange {
	t.Helper()
	x, err := demo.NewExchange(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	return x
}

func openMailbox(t *testing.T, x *demo.Exchange, address, password string) *mapiclient.Mailbox {
	t.Helper()
	client, err := mapiclient.New(mapiclient.Options{
		Address: address, AutodiscoverURL: x.AutodiscoverURL(),
		Auth: auth.NewBasic(auth.Credentials{User: address, Password: auth.NewSecret(password)}),
		HTTP: mapihttp.LaneConfig{TLS: &tls.Config{RootCAs: x.CertPool()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	m, err := client.OpenMailbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close(context.Background()) })
	return m
}

func message(t *testing.T, subject string, to ...string) *mapi.Message {
	t.Helper()
	m := &mapi.Message{Props: mapi.Props{
		mapi.PidTagMessageClass.Of("IPM.Note"), mapi.PidTagSubject.Of(subject), mapi.PidTagBody.Of("Grüße"),
		mapi.PidTagInternetMessageId.Of("<" + subject + "@example.test>"),
	}}
	for _, address := range to {
		id, err := mapi.EntryIDBytes(mapi.NewOneOff(address, address))
		if err != nil {
			t.Fatal(err)
		}
		m.Recipients = append(m.Recipients, mapi.Recipient{Type: mapi.RecipientTo, Props: mapi.Props{
			mapi.PidTagObjectType.Of(6), mapi.PidTagDisplayType.Of(0), mapi.PidTagDisplayName.Of(address),
			mapi.PidTagAddressType.Of("SMTP"), mapi.PidTagEmailAddress.Of(address), mapi.PidTagSmtpAddress.Of(address),
			mapi.PidTagEntryId.Of(id),
		}})
	}
	return m
}

func wait(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestExchangeSendsByItsSmarthost(t *testing.T) {
	sink := newSink(t)
	x := newExchange(t, demo.ExchangeOptions{Smarthost: sink.Addr, Users: []mapitest.User{
		{Name: "anna", Password: "secret"}, {Name: "bert@other.test", Password: "secret"},
	}})
	m := openMailbox(t, x, "anna@example.test", "secret")
	if _, err := m.Submit(t.Context(), message(t, "out", "bert@other.test", "x@elsewhere.test", "y@elsewhere.test"), mapiclient.SubmitOptions{}); err != nil {
		t.Fatal(err)
	}
	mails, err := sink.WaitFor(wait(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	got := mails[0]
	if got.From != "anna@example.test" || strings.Join(got.To, " ") != "x@elsewhere.test y@elsewhere.test" {
		t.Errorf("envelope %s to %v", got.From, got.To)
	}
	if id := got.MessageID(); id != "<out@example.test>" {
		t.Errorf("Message-ID %s", id)
	}
	for _, header := range []string{"Received", "Date", "From", "To", "Subject"} {
		if got.Header(header) == "" {
			t.Errorf("no %s:\n%s", header, got.Raw)
		}
	}
	if _, err := x.Mailbox("bert@other.test").WaitFor(wait(t), mapitest.Inbox, nil); err != nil {
		t.Errorf("the local recipient: %v", err)
	}
}

// TestExchangeBouncesOnlyWhatFailed: of three recipients one is refused for
// good, one at first; nobody gets two copies and one comes back.
func TestExchangeBouncesOnlyWhatFailed(t *testing.T) {
	sink := newSink(t)
	sink.Fail(smtptest.Fault{Verb: "RCPT", Match: "bad@elsewhere.test", Reply: "550 5.1.1 nobody"})
	sink.Fail(smtptest.Fault{Verb: "RCPT", Match: "late@elsewhere.test", Times: 1, Reply: "450 4.2.0 later"})
	x := newExchange(t, demo.ExchangeOptions{Smarthost: sink.Addr, Users: []mapitest.User{{Name: "anna", Password: "secret"}}})
	m := openMailbox(t, x, "anna@example.test", "secret")
	if _, err := m.Submit(t.Context(), message(t, "some", "good@elsewhere.test", "bad@elsewhere.test", "late@elsewhere.test"), mapiclient.SubmitOptions{}); err != nil {
		t.Fatal(err)
	}
	report, err := x.Mailbox("anna@example.test").WaitFor(wait(t), mapitest.Inbox, nil)
	if err != nil {
		t.Fatal(err)
	}
	body := mapi.PidTagBody.Get(report.Props)
	if !strings.Contains(body, "bad@elsewhere.test") || strings.Contains(body, "good@") || strings.Contains(body, "late@") {
		t.Errorf("the report says %q", body)
	}
	mails, err := sink.WaitFor(wait(t), 2)
	if err != nil {
		t.Fatal(err)
	}
	if len(mails) != 2 || strings.Join(mails[0].To, " ") != "good@elsewhere.test" || strings.Join(mails[1].To, " ") != "late@elsewhere.test" {
		t.Errorf("%d mails: %+v", len(mails), mails)
	}
}

func TestExchangeReturnsMailToNobody(t *testing.T) {
	x := newExchange(t, demo.ExchangeOptions{Users: []mapitest.User{{Name: "anna", Password: "secret"}}})
	m := openMailbox(t, x, "anna@example.test", "secret")
	if _, err := m.Submit(t.Context(), message(t, "nobody", "nobody@example.test", "x@elsewhere.test"), mapiclient.SubmitOptions{}); err != nil {
		t.Fatal(err)
	}
	report, err := x.Mailbox("anna@example.test").WaitFor(wait(t), mapitest.Inbox, nil)
	if err != nil {
		t.Fatal(err)
	}
	if class := mapi.PidTagMessageClass.Get(report.Props); class != "REPORT.IPM.Note.NDR" {
		t.Errorf("class %s", class)
	}
	body := mapi.PidTagBody.Get(report.Props)
	for _, who := range []string{"nobody@example.test", "x@elsewhere.test"} {
		if !strings.Contains(body, who) {
			t.Errorf("the report does not name %s: %q", who, body)
		}
	}
}
